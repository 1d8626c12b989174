//! What a person's browser shows after the redirect back.

use ring::digest::{SHA256, digest};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An answer to a browser. All text is fixed: nothing of the request comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) status: u16,
    title: &'static str,
    text: &'static str,
}

/// Takes the code out of the address bar, and so out of the history.
const SCRIPT: &str = "history.replaceState(null, '', location.pathname)";

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;margin:20vh auto 0;max-width:32rem;padding:0 1rem;color-scheme:light dark}";

impl Page {
    pub(super) const SIGNED_IN: Self = Self {
        status: 200,
        title: "Signed in",
        text: "You can close this window and go back to the program.",
    };
    pub(super) const FAILED: Self = Self {
        status: 400,
        title: "Not signed in",
        text: "The program that started the sign-in says why. You can close this window.",
    };
    pub(super) const REPEATED: Self = Self {
        status: 400,
        title: "This sign-in is over",
        text: "It has had its answer already. To sign in again, start it from the program.",
    };
    pub(super) const FOREIGN: Self = Self {
        status: 400,
        title: "Not the sign-in that is waited for",
        text: "This answer belongs to another sign-in, perhaps one in an older window. Go on in the window that was opened last.",
    };
    pub(super) const NOT_FOUND: Self = Self {
        status: 404,
        title: "Nothing here",
        text: "This address only takes the answer of a sign-in.",
    };
    pub(super) const BAD_REQUEST: Self = Self {
        status: 400,
        title: "Not understood",
        text: "This address only takes the answer of a sign-in.",
    };

    /// The whole response; without its body for `HEAD`.
    pub(super) fn response(self, with_body: bool) -> Vec<u8> {
        let Self {
            status,
            title,
            text,
        } = self;
        let reason = match status {
            200 => "OK",
            404 => "Not Found",
            _ => "Bad Request",
        };
        let body = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style><h1>{title}</h1><p>{text}</p><script>{SCRIPT}</script></html>"
        );
        let (script, style) = (source(SCRIPT), source(STYLE));
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\n\
             Content-Type: text/html; charset=utf-8\r\n\
             Content-Length: {}\r\n\
             Cache-Control: no-store\r\n\
             Referrer-Policy: no-referrer\r\n\
             Content-Security-Policy: default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
             X-Content-Type-Options: nosniff\r\n\
             Cross-Origin-Opener-Policy: same-origin\r\n\
             Connection: close\r\n\r\n",
            body.len()
        );
        match with_body {
            true => (head + &body).into_bytes(),
            false => head.into_bytes(),
        }
    }
}

/// Allows this inline text and no other (Content Security Policy Level 3, section 8.2).
fn source(text: &str) -> String {
    let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
    format!("'sha256-{hash}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_is_kept_nowhere_and_runs_nothing_foreign() {
        let response = String::from_utf8(Page::SIGNED_IN.response(true)).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        for header in [
            "Cache-Control: no-store",
            "Referrer-Policy: no-referrer",
            "default-src 'none'",
            "frame-ancestors 'none'",
            "Connection: close",
        ] {
            assert!(head.contains(header), "{header}");
        }
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
        assert!(body.contains("You can close this window"));
        assert!(Page::SIGNED_IN.response(false).ends_with(b"\r\n\r\n"));
    }
}
