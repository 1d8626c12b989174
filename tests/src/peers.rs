//! Where the programs are that the tests run against.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// The folder into which `cargo xtask peers` installs.
#[derive(Clone, Debug)]
pub struct Peers {
    folder: PathBuf,
}

impl Peers {
    /// The peers of the repository at `root`, installed or not.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self {
            folder: root.join(".peers"),
        }
    }

    /// The peers of this repository.
    ///
    /// # Errors
    ///
    /// When they are not installed.
    pub fn installed() -> Result<Self> {
        let peers = Self::of(&crate::root());
        for program in [peers.prism(), peers.jupyterhub(), peers.http_proxy()] {
            ensure!(
                program.exists(),
                "{} is missing; `cargo xtask peers` installs it",
                program.display()
            );
        }
        Ok(peers)
    }

    /// The folder of the packages from npm.
    #[must_use]
    pub fn node(&self) -> PathBuf {
        self.folder.join("node")
    }

    /// The virtual environment of the packages from PyPI.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.folder.join("python")
    }

    /// Prism, which answers as a document says and checks that it is asked so.
    #[must_use]
    pub fn prism(&self) -> PathBuf {
        self.node().join("node_modules/.bin/prism")
    }

    /// The proxy that JupyterHub stands behind.
    #[must_use]
    pub fn http_proxy(&self) -> PathBuf {
        self.node()
            .join("node_modules/.bin/configurable-http-proxy")
    }

    /// JupyterHub.
    #[must_use]
    pub fn jupyterhub(&self) -> PathBuf {
        self.python().join("bin/jupyterhub")
    }
}
