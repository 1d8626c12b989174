//! What the end-to-end tests stand on: processes that are watched, and the servers that generated clients call.
//!
//! `cargo xtask` measures with the same [`process`] module, so that a figure means the same wherever it is printed.

mod azurite;
pub mod botocore;
mod browser;
pub mod connector;
mod fault_server;
pub mod generator;
mod httpbin;
mod hub;
mod nanoidp;
mod oauth_mock;
mod oidc_provider;
pub mod peers;
mod prism;
pub mod process;
mod server;
mod sse_starlette;

use std::path::{Path, PathBuf};

pub use azurite::{AZURITE_ACCOUNT, AZURITE_KEY, Azurite};
pub use browser::{Browser, Page};
pub use fault_server::{Answer, FaultServer, Seen};
pub use httpbin::Httpbin;
pub use hub::{HUB_APPLICATION, HUB_APPLICATION_SECRET, HUB_TOKEN, JupyterHub};
pub use nanoidp::NanoIdp;
pub use oauth_mock::OAuthMock;
pub use oidc_provider::{OidcOptions, OidcProvider, OidcTls};
pub use prism::Prism;
pub use sse_starlette::SseStarlette;

/// Compiles the examples in the READMEs of the samples and in the guides, and runs those that need no server.
#[cfg(doctest)]
mod readmes {
    macro_rules! samples {
        ($($name:ident)*) => {
            $(
                #[doc = include_str!(concat!("../../generated-samples/", stringify!($name), "/README.md"))]
                mod $name {}
            )*
        };
    }
    samples!(acme bodies jupyterhub models naming pages petstore2 policies security streams styles);

    #[doc = include_str!("../../codegen/POWERPLATFORM.md")]
    mod power_platform {}
}

/// The folder of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
