//! Signatures against those of PyJWT, both ways by way of its public keys.

use std::fs;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use super::*;
use crate::oauth::{SignAssertion as _, SignGrant as _};

const RSA: &str = include_str!("fixtures/rsa.pkcs8.pem");
const P256: &str = include_str!("fixtures/p256.pkcs8.pem");

fn keys() -> JwkSet {
    JwkSet::from_json(include_bytes!("fixtures/jwks.json")).unwrap()
}

/// Tokens that PyJWT signed, by algorithm.
fn foreign() -> Map<String, Value> {
    serde_json::from_str(include_str!("fixtures/tokens.json")).unwrap()
}

fn claims() -> Map<String, Value> {
    Map::from_iter([("sub".to_owned(), "ada".into())])
}

fn signed(key: &SigningKey) -> String {
    key.sign(&claims()).unwrap().expose_secret().to_owned()
}

/// A token with this header and these claims, and somebody's signature.
fn forged(header: Value, claims: Value, signature: &str) -> String {
    let [header, claims] = [header, claims].map(|part| base64url(part.to_string()));
    format!("{header}.{claims}.{signature}")
}

#[test]
fn tokens_of_another_implementation_are_verified() {
    let foreign = foreign();
    assert_eq!(foreign.len(), Algorithm::ALL.len());
    for (name, token) in &foreign {
        let algorithm = Algorithm::from_name(name).unwrap();
        let verified = verify(token.as_str().unwrap(), &keys(), &[algorithm]).unwrap();
        assert_eq!(verified.claims["made_by"], "PyJWT", "{name}");
        assert_eq!(verified.algorithm, algorithm);
    }
}

#[test]
fn every_algorithm_signs_what_the_public_key_verifies() {
    let files = [
        ("rsa", RSA),
        ("rsa", include_str!("fixtures/rsa.pkcs1.pem")),
        ("p256", P256),
        ("p256", include_str!("fixtures/p256.sec1.pem")),
        ("p384", include_str!("fixtures/p384.sec1.pem")),
        ("ed25519", include_str!("fixtures/ed25519.pkcs8.pem")),
    ];
    let mut count = 0;
    for (id, pem) in files {
        let key = SigningKey::from_pem(pem).unwrap().key_id(id);
        for algorithm in Algorithm::ALL {
            let Ok(token) = key.clone().algorithm(algorithm).sign(&claims()) else {
                continue;
            };
            let verified = verify(token.expose_secret(), &keys(), &[algorithm]).unwrap();
            assert_eq!(verified.claims["sub"], "ada");
            count += 1;
        }
    }
    // Six for each of the two RSA files, one for each of the others.
    assert_eq!(count, 16);
}

#[test]
fn algorithm_must_be_one_of_the_key() {
    let key = SigningKey::from_pem(P256)
        .unwrap()
        .algorithm(Algorithm::Rs256);
    let error = key.sign(&claims()).unwrap_err().to_string();
    assert!(error.contains("its algorithm is ES256"), "{error}");
}

#[test]
fn certificate_gives_its_thumbprint() {
    let pem = format!("{}{RSA}", include_str!("fixtures/rsa.cert.pem"));
    let token = signed(&SigningKey::from_pem(pem).unwrap());
    let header = from_base64url(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    // As OpenSSL says.
    assert_eq!(header["x5t"], "5DDIfSyK-zvcS9nO4vgNcxW5tGU");
    assert!(header["x5t#S256"].is_string());
}

#[test]
fn key_file_is_read_for_each_signature() {
    let path = std::env::temp_dir().join(format!("connector-key-{}.pem", random::<8>().unwrap()));
    fs::write(&path, RSA).unwrap();
    let key = SigningKey::from_file(&path);
    let algorithm = |token: String| {
        let header = from_base64url(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["alg"].clone()
    };
    assert_eq!(algorithm(signed(&key)), "RS256");
    fs::write(&path, P256).unwrap();
    assert_eq!(algorithm(signed(&key)), "ES256");
    fs::remove_file(&path).unwrap();
    let error = key.sign(&claims()).unwrap_err().to_string();
    assert!(error.contains("connector-key-"), "{error}");
}

#[test]
fn unusable_keys_are_told_apart_and_never_quoted() {
    let reason = |pem: &str| {
        SigningKey::from_pem(pem.to_owned())
            .unwrap_err()
            .to_string()
    };
    assert!(reason("").contains("there is no `PRIVATE KEY`"));
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert!(reason(encrypted).contains("is encrypted"));
    let other = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    assert!(reason(other).contains("no supported kind"));
    assert!(!reason(other).contains("c2VjcmV0"));
    let debug = format!("{:?}", SigningKey::from_pem(RSA).unwrap());
    assert!(!debug.contains("MII"), "{debug}");
}

#[test]
fn unsigned_tokens_are_refused() {
    let token = forged(json!({"alg": "none"}), json!({"sub": "eve"}), "");
    let error = verify(&token, &keys(), &Algorithm::ALL).unwrap_err();
    assert_eq!(error, VerifyError::Algorithm("none".to_owned()));
}

#[test]
fn public_key_is_no_shared_secret() {
    use ring::hmac;
    // What a verifier accepts that takes the algorithm from the token and the key from the set.
    let unsigned = forged(
        json!({"alg": "HS256", "kid": "rsa"}),
        json!({"sub": "eve"}),
        "",
    );
    let message = unsigned.trim_end_matches('.');
    let set: Value = serde_json::from_slice(include_bytes!("fixtures/jwks.json")).unwrap();
    let modulus = from_base64url(set["keys"][0]["n"].as_str().unwrap()).unwrap();
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &modulus);
    let token = format!(
        "{message}.{}",
        base64url(hmac::sign(&secret, message.as_bytes()))
    );
    let error = verify(&token, &keys(), &Algorithm::ALL).unwrap_err();
    assert_eq!(error, VerifyError::Algorithm("HS256".to_owned()));
}

#[test]
fn only_allowed_algorithms_count() {
    let token = foreign()["RS512"].as_str().unwrap().to_owned();
    let error = verify(&token, &keys(), &[Algorithm::Rs256, Algorithm::Es256]).unwrap_err();
    assert_eq!(error, VerifyError::Algorithm("RS512".to_owned()));
}

#[test]
fn key_of_another_kind_is_not_tried() {
    let signature = base64url([1_u8; 256]);
    let token = forged(
        json!({"alg": "RS256", "kid": "p256"}),
        json!({}),
        &signature,
    );
    assert_eq!(
        verify(&token, &keys(), &Algorithm::ALL).unwrap_err(),
        VerifyError::UnknownKey
    );
}

#[test]
fn changed_claims_break_the_signature() {
    let token = foreign()["ES256"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = token.split('.').collect();
    let changed = base64url(json!({"sub": "eve"}).to_string());
    let token = format!("{}.{changed}.{}", parts[0], parts[2]);
    assert_eq!(
        verify(&token, &keys(), &Algorithm::ALL).unwrap_err(),
        VerifyError::Signature
    );
}

#[test]
fn critical_extensions_and_other_shapes_are_refused() {
    let critical = forged(json!({"alg": "RS256", "crit": ["exp"]}), json!({}), "AA");
    for (token, reason) in [
        (critical.as_str(), "crit"),
        ("a.b.c.d.e", "encrypted"),
        ("a.b", "not a signed JWT"),
        ("!.b.c", "header is not JSON"),
    ] {
        let error = verify(token, &keys(), &Algorithm::ALL)
            .unwrap_err()
            .to_string();
        assert!(error.contains(reason), "{token}: {error}");
    }
}

#[test]
fn keys_for_other_uses_are_left_out() {
    let mut set: Value = serde_json::from_slice(include_bytes!("fixtures/jwks.json")).unwrap();
    let keys = set["keys"].as_array_mut().unwrap();
    keys[0]["use"] = "enc".into();
    keys[1]["alg"] = "ES384".into();
    keys.push(json!({"kty": "oct", "k": "c2VjcmV0", "kid": "p384"}));
    let set = JwkSet::from_json(set.to_string().as_bytes()).unwrap();
    for (name, known) in [
        ("RS256", false),
        ("ES256", false),
        ("ES384", true),
        ("EdDSA", true),
    ] {
        let token = foreign()[name].as_str().unwrap().to_owned();
        assert_eq!(
            verify(&token, &set, &Algorithm::ALL).is_ok(),
            known,
            "{name}"
        );
    }
    assert!(JwkSet::from_json(b"<html>").is_err());
}

fn read(assertion: &SecretString) -> Map<String, Value> {
    verify(assertion.expose_secret(), &keys(), &[Algorithm::Es256])
        .unwrap()
        .claims
}

#[test]
fn assertions_are_short_lived_and_unique() {
    let key = SigningKey::from_pem(P256).unwrap().key_id("p256");
    let mint = || {
        read(
            &key.client_assertion("client", "https://issuer.example")
                .unwrap(),
        )
    };
    let (first, second) = (mint(), mint());
    assert_eq!(first["iss"], "client");
    assert_eq!(first["sub"], "client");
    assert_eq!(first["aud"], "https://issuer.example");
    let life = first["exp"].as_i64().unwrap() - first["iat"].as_i64().unwrap();
    assert_eq!(life, 300);
    assert_ne!(first["jti"], second["jti"]);
}

#[test]
fn audience_and_lifetime_of_client_assertions_can_be_chosen() {
    let key = SigningKey::from_pem(P256).unwrap().key_id("p256");
    let hour = std::time::Duration::from_secs(3600);
    let signer = Assertion::client("client")
        .audience("https://issuer.example/token")
        .lifetime(hour)
        .signed_by(key);
    let claims = read(
        &signer
            .client_assertion("client", "https://issuer.example")
            .unwrap(),
    );
    assert_eq!(claims["aud"], "https://issuer.example/token");
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life, 300);
}

#[test]
fn grant_assertions_carry_scopes_and_claims() {
    let key = SigningKey::from_pem(P256).unwrap().key_id("p256");
    let signer = Assertion::grant("robot@acme.example")
        .subject("ada@acme.example")
        .claim("tenant", 7)
        .signed_by(key);
    let scopes = ["read".to_owned(), "write".to_owned()];
    let claims = read(
        &signer
            .assertion("https://issuer.example/token", &scopes)
            .unwrap(),
    );
    assert_eq!(claims["iss"], "robot@acme.example");
    assert_eq!(claims["sub"], "ada@acme.example");
    assert_eq!(claims["aud"], "https://issuer.example/token");
    assert_eq!(claims["scope"], "read write");
    assert_eq!(claims["tenant"], 7);
}
