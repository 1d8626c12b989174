//! Secrets do not outlive what they belong to: after it is dropped, the memory of the process is searched for them.
#![cfg(all(target_os = "linux", feature = "oauth2"))]
#![allow(
    clippy::unwrap_used,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

use std::fs::{File, read_to_string};
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;

use connector_runtime::mock::MockTransport;
use connector_runtime::secrecy::ExposeSecret as _;
use connector_runtime::secrecy::zeroize::Zeroizing;
use connector_runtime::token::Tokens;
use connector_runtime::{Api, Client, Credential, OAuthClient, SecurityScheme};

static API: Api = Api::new("acme", "1").security_schemes(&[
    SecurityScheme::basic("basic"),
    SecurityScheme::bearer("bearer"),
    SecurityScheme::api_key_header("key", "x-key"),
    SecurityScheme::oauth2("oauth"),
]);

/// A secret that is kept here in disguise only, so that the search does not find itself.
struct Canary([u8; 32]);

const DISGUISE: u8 = 0x55;

impl Canary {
    fn new() -> Self {
        Self(std::array::from_fn(|_| {
            fastrand::alphanumeric() as u8 ^ DISGUISE
        }))
    }

    fn reveal(&self) -> Zeroizing<String> {
        let bytes = self.0.iter().map(|byte| byte ^ DISGUISE);
        // With its whole room from the start: a text that grows leaves its old places behind.
        let mut text = Zeroizing::new(String::with_capacity(self.0.len()));
        text.extend(bytes.map(char::from));
        text
    }

    /// How often the secret is on the heap.
    fn copies(&self) -> usize {
        let memory = File::open("/proc/self/mem").unwrap();
        let maps = read_to_string("/proc/self/maps").unwrap();
        let mut found = 0;
        for map in maps.lines() {
            let mut columns = map.split_whitespace();
            let (range, rights) = (columns.next().unwrap(), columns.next().unwrap());
            // Anonymous memory, where allocators are; not the stack, whose frames nobody wipes.
            let is_heap = columns.nth(3).is_none_or(|name| name == "[heap]");
            if !rights.starts_with("rw") || !is_heap {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let start = u64::from_str_radix(start, 16).unwrap();
            let length = u64::from_str_radix(end, 16).unwrap() - start;
            found += self.search(&memory, start, length);
        }
        found
    }

    fn search(&self, memory: &File, start: u64, length: u64) -> usize {
        const STEP: usize = 1 << 20;
        let mut found = 0;
        let mut offset = 0;
        while offset < length {
            let size = STEP.min((length - offset) as usize);
            let mut chunk = vec![0; size];
            if memory.read_exact_at(&mut chunk, start + offset).is_ok() {
                // What is read is in memory, too; in disguise it is no copy.
                chunk.iter_mut().for_each(|byte| *byte ^= DISGUISE);
                found += chunk.windows(32).filter(|window| *window == self.0).count();
            }
            offset += size as u64;
        }
        found
    }
}

/// Makes something of a secret, drops it, and counts what is left.
fn left_after<T>(make: impl Fn(&str) -> T) -> usize {
    let canary = Canary::new();
    let made = {
        let secret = canary.reveal();
        black_box(make(&secret))
    };
    drop(made);
    canary.copies()
}

#[test]
fn secrets_are_wiped_with_what_holds_them() {
    let canary = Canary::new();
    let kept = canary.reveal().to_string();
    assert!(canary.copies() > 0, "the search finds nothing");
    drop(Zeroizing::new(kept));

    let client = |scheme: &'static str, credential: Credential| {
        Client::builder(&API)
            .transport(MockTransport::new())
            .base_url("https://api.acme.example")
            .credential(scheme, credential)
            .build()
            .unwrap()
    };
    let results = [
        (
            "a bearer token",
            left_after(|secret| Credential::bearer(secret)),
        ),
        (
            "a client with a bearer token",
            left_after(|secret| client("bearer", Credential::bearer(secret))),
        ),
        (
            "a client with a password",
            left_after(|secret| client("basic", Credential::basic("ada", secret))),
        ),
        (
            "a client with a key",
            left_after(|secret| client("key", Credential::api_key(secret))),
        ),
        (
            "an OAuth client",
            left_after(|secret| {
                let oauth =
                    OAuthClient::new("id", secret).token_url("https://login.acme.example/token");
                client("oauth", Credential::oauth2_client_credentials(oauth))
            }),
        ),
        ("tokens", left_after(|secret| Tokens::new(secret))),
        (
            "tokens that were written and read",
            left_after(|secret| {
                let mut tokens = Tokens::new(secret);
                tokens.refresh_token = Some(secret.into());
                let json = tokens.to_json();
                let read = Tokens::from_json(&json).unwrap();
                assert_eq!(read.access_token.expose_secret(), secret);
                (tokens, read)
            }),
        ),
    ];
    let left: Vec<_> = results.iter().filter(|(_, copies)| *copies > 0).collect();
    assert!(left.is_empty(), "{left:?}");
}
