//! Fetches what is on the web: no credentials, no cookies, no more than is allowed.

use std::time::Duration;

use ureq::Agent;
use ureq::config::RedirectAuthHeaders;
use ureq::http::header;

use super::access::{Gate, Refusal, too_much};
use super::address::Address;

/// How long one URL may take, redirects aside.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// Fetches `address`, at most `limit` bytes; gives the content and the address that it came from in the end.
pub(super) fn fetch(
    gate: &Gate,
    address: &Address,
    limit: u64,
) -> Result<(Vec<u8>, Address), Refusal> {
    let mut address = address.clone();
    for _ in 0..=MAX_REDIRECTS {
        gate.check_url(&address)?;
        if !address.is_private() {
            return Err(Refusal::new(
                "is not fetched: only https is, outside of this machine",
            ));
        }
        match request(&address, limit)? {
            Answer::Content(bytes) => return Ok((bytes, address)),
            Answer::Redirect(location) => {
                address = address
                    .resolve(&location)
                    .ok_or_else(|| Refusal::new("redirects to what is no URL"))?;
            }
        }
    }
    Err(Refusal::new("redirects too often"))
}

enum Answer {
    Content(Vec<u8>),
    Redirect(String),
}

fn request(address: &Address, limit: u64) -> Result<Answer, Refusal> {
    let failed = |error: ureq::Error| match error {
        ureq::Error::BodyExceedsLimit(_) => too_much(),
        error => Refusal::new(format!("cannot be fetched: {error}")),
    };
    let mut response = agent(address)
        .get(address.as_str())
        .header(
            header::ACCEPT,
            "application/yaml, application/json, */*;q=0.5",
        )
        .call()
        .map_err(failed)?;
    let status = response.status();
    if status.is_redirection() {
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        let location = location.ok_or_else(|| Refusal::new("redirects to nowhere"))?;
        return Ok(Answer::Redirect(location.to_owned()));
    }
    if status.as_u16() != 200 {
        return Err(Refusal::new(format!(
            "cannot be fetched: the server says {status}"
        )));
    }
    let body = response.body_mut().with_config().limit(limit);
    body.read_to_vec().map(Answer::Content).map_err(failed)
}

fn agent(address: &Address) -> Agent {
    let mut config = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        // Each of them is checked here.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .redirect_auth_headers(RedirectAuthHeaders::Never)
        .user_agent(concat!("connector-gen/", env!("CARGO_PKG_VERSION")));
    if address.is_loopback() {
        config = config.proxy(None);
    }
    config.build().new_agent()
}
