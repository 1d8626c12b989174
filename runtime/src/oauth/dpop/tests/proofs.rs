use super::super::key::public_key;
use super::*;

fn proof(key: &DpopKey, url: &str, token_hash: Option<&str>, nonce: Option<&str>) -> Proof {
    let url = Url::parse(url).unwrap();
    Proof::of(&key.proof(&Method::POST, &url, token_hash, nonce).unwrap())
}

const URL: &str = "https://api.example/a";

#[test]
fn proof_is_signed_by_the_key_in_its_header_and_says_what_rfc_9449_wants() {
    let key = DpopKey::generate().unwrap();
    let proof = proof(&key, URL, Some("hash"), Some("n"));
    let members = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let names = |names: &[&str]| -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    };
    assert_eq!(members(&proof.header), names(&["typ", "alg", "jwk"]));
    assert_eq!(
        (&proof.header["typ"], &proof.header["alg"]),
        (&json!("dpop+jwt"), &json!("ES256"))
    );
    // Nothing of the private key (`d`).
    assert_eq!(
        members(&proof.header["jwk"]),
        names(&["kty", "crv", "x", "y"])
    );
    let claims = Value::Object(proof.claims);
    assert_eq!(
        members(&claims),
        names(&["jti", "htm", "htu", "iat", "ath", "nonce"])
    );
    assert_eq!(
        (&claims["htm"], &claims["ath"], &claims["nonce"]),
        (&json!("POST"), &json!("hash"), &json!("n"))
    );
    let age = jiff::Timestamp::now().as_second() - claims["iat"].as_i64().unwrap();
    assert!((0..60).contains(&age), "{age}");
}

#[test]
fn proof_for_the_token_endpoint_has_neither_token_nor_nonce() {
    let proof = proof(&DpopKey::generate().unwrap(), URL, None, None);
    assert!(!proof.claims.contains_key("ath") && !proof.claims.contains_key("nonce"));
}

#[test]
fn proof_names_the_url_without_query_and_fragment() {
    let key = DpopKey::generate().unwrap();
    for (url, named) in [
        ("https://api.example/a/b?c=d&e#f", "https://api.example/a/b"),
        ("https://api.example", "https://api.example/"),
        ("HTTPS://API.example:443/a%2Fb", "https://api.example/a%2Fb"),
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"),
    ] {
        assert_eq!(proof(&key, url, None, None).claims["htu"], named);
    }
}

#[test]
fn no_two_proofs_have_the_same_id() {
    let key = DpopKey::generate().unwrap();
    let id = || proof(&key, URL, None, None).claims["jti"].to_string();
    let ids: BTreeSet<String> = (0..100).map(|_| id()).collect();
    assert_eq!(ids.len(), 100);
}

#[test]
fn access_token_is_hashed_as_in_the_example_of_rfc_9449() {
    // Section 7.1.
    assert_eq!(
        hash("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
        "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    );
}

#[test]
fn key_is_identified_as_in_the_example_of_rfc_9449() {
    // Sections 4.1 and 6.1.
    let key = public_key(
        "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    );
    assert_eq!(
        hash(&key.to_string()),
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    );
    let key = DpopKey::generate().unwrap();
    assert_eq!(proof(&key, URL, None, None).thumbprint(), key.thumbprint());
}

#[test]
fn key_is_the_same_after_it_was_kept() {
    let key = DpopKey::generate().unwrap();
    let again = DpopKey::read(key.secret()).unwrap();
    assert_eq!(again.thumbprint(), key.thumbprint());
    assert_ne!(
        DpopKey::generate().unwrap().thumbprint(),
        key.thumbprint(),
        "each connection has its own"
    );
}

#[test]
fn key_that_cannot_be_read_is_not_quoted() {
    for text in ["canary", "", "***", "MIGHAgEA"] {
        let error = DpopKey::read(&text.into()).err().unwrap().to_string();
        assert!(error.contains("sign in again"), "{error}");
        assert!(text.is_empty() || !error.contains(text), "{error}");
    }
}

#[test]
fn tokens_are_kept_with_their_key_and_do_not_show_it() {
    let key = DpopKey::generate().unwrap();
    let mut tokens = Tokens::new("a");
    (tokens.dpop_key, tokens.dpop_bound) = (Some(key.secret().clone()), true);
    assert!(!format!("{tokens:?}").contains(key.secret().expose_secret()));
    let read = Tokens::from_json(&tokens.to_json()).unwrap();
    let binding = Binding::of(&read).unwrap().unwrap();
    assert_eq!(binding.key.thumbprint(), key.thumbprint());

    tokens.dpop_bound = false;
    let bearer = Tokens::from_json(&tokens.to_json()).unwrap();
    assert!(bearer.dpop_key.is_some() && Binding::of(&bearer).unwrap().is_none());
}

#[test]
fn nonces_are_remembered_by_origin() {
    let nonces = Nonces::default();
    let url = |text: &str| Url::parse(text).unwrap();
    let learn = |at: &str, nonce: &str| {
        let answer = HeaderMap::from_iter([(NONCE, nonce.parse().unwrap())]);
        nonces.learn(&url(at), &answer)
    };
    assert!(learn("https://a.example/x", "1") && learn("https://b.example/", "2"));
    assert!(learn("https://a.example/y", "3"));
    assert!(!learn("https://a.example/y", ""));
    assert!(!nonces.learn(&url("https://a.example/y"), &HeaderMap::new()));
    assert_eq!(nonces.of(&url("https://a.example/z")).unwrap(), "3");
    assert_eq!(nonces.of(&url("https://b.example/z")).unwrap(), "2");
    for other in ["https://a.example:8443/", "http://a.example/"] {
        assert_eq!(nonces.of(&url(other)), None);
    }
}
