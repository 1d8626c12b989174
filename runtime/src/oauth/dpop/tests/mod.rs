//! Proofs as a server reads them, and what becomes of tokens that are bound to a key.

mod grants;
mod proofs;

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Map, Value, json};

use super::*;
use crate::mock::CapturedRequest;
use crate::oauth::jwt::{Algorithm, JwkSet, from_base64url, verify};

/// A proof whose signature is good.
struct Proof {
    header: Value,
    claims: Map<String, Value>,
}

impl Proof {
    /// As a server reads it: the key is in the header (RFC 9449 section 4.3).
    fn of(text: &str) -> Self {
        let header = from_base64url(text.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let keys = json!({ "keys": [header["jwk"]] }).to_string();
        let keys = JwkSet::from_json(keys.as_bytes()).unwrap();
        let claims = verify(text, &keys, &[Algorithm::Es256]).unwrap().claims;
        Self { header, claims }
    }

    fn in_request(request: &CapturedRequest) -> Self {
        Self::of(request.header("dpop").expect("no proof"))
    }

    fn nonce(&self) -> Option<&str> {
        self.claims.get("nonce").and_then(Value::as_str)
    }

    /// What tokens are bound to (RFC 7638).
    fn thumbprint(&self) -> String {
        let jwk = &self.header["jwk"];
        let member = |name: &str| jwk[name].as_str().unwrap().to_owned();
        hash(&format!(
            r#"{{"crv":"{}","kty":"{}","x":"{}","y":"{}"}}"#,
            member("crv"),
            member("kty"),
            member("x"),
            member("y")
        ))
    }
}
