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
        for program in peers.programs() {
            ensure!(
                program.exists(),
                "{} is missing; `cargo xtask peers` installs it",
                program.display()
            );
        }
        Ok(peers)
    }

    /// All of them.
    fn programs(&self) -> Vec<PathBuf> {
        [self.node_programs(), self.python_programs()].concat()
    }

    /// What the packages from npm bring.
    #[must_use]
    pub fn node_programs(&self) -> Vec<PathBuf> {
        vec![
            self.prism(),
            self.http_proxy(),
            self.oidc_provider(),
            self.oauth_mock(),
            self.azurite("blob"),
        ]
    }

    /// What the packages from PyPI bring.
    #[must_use]
    pub fn python_programs(&self) -> Vec<PathBuf> {
        vec![self.jupyterhub(), self.python().join("bin/nanoidp")]
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

    /// A service of Azurite: `blob`, `queue`, or `table`.
    #[must_use]
    pub fn azurite(&self, service: &str) -> PathBuf {
        self.node()
            .join("node_modules/.bin")
            .join(format!("azurite-{service}"))
    }

    /// The OpenID provider, a library for a script.
    #[must_use]
    pub fn oidc_provider(&self) -> PathBuf {
        self.node().join("node_modules/oidc-provider/lib/index.js")
    }

    /// The authorization server whose answers can be spoilt, a library for a script.
    #[must_use]
    pub fn oauth_mock(&self) -> PathBuf {
        self.node()
            .join("node_modules/oauth2-mock-server/dist/index.js")
    }

    /// Python with the packages from PyPI.
    #[must_use]
    pub fn python_program(&self) -> PathBuf {
        self.python().join("bin/python")
    }

    /// JupyterHub.
    #[must_use]
    pub fn jupyterhub(&self) -> PathBuf {
        self.python().join("bin/jupyterhub")
    }
}
