//! People sign in.

use super::*;

#[test]
fn person_signs_in_with_a_browser_and_out_by_removal() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = waiting(&provider, "");
    assert_eq!(home.status(), "needs-sign-in");
    home.run("test acme work")
        .fails(4, "connector sign-in acme work");
    let said = sign_in(&home).succeeds();
    assert_eq!(said.stdout, "signed in to acme work\n");
    assert_eq!(home.status(), "ready");
    home.run("test acme work /oauth/read").succeeds();
    home.run("test acme work oauth/write").fails(1, "403");

    home.run("remove acme work --yes").succeeds();
    provider.wait_for("grant.revoked", 1).unwrap();
    assert!(home.is_empty());
}

#[test]
fn person_signs_in_on_another_device() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = waiting(&provider, "--grant device-code");
    for words in ["sign-in acme work", "sign-in acme work --device --json"] {
        let mut waiting = Waiting::start(&home, words);
        let url = waiting.address("or open ");
        Browser::of("ada", "secret").sign_in(&url).unwrap();
        let said = waiting.end().succeeds();
        assert!(said.stdout.contains("signed"), "{said:?}");
    }
    assert_eq!(home.status(), "ready");
    home.run("test acme work /oauth/read").succeeds();
}

#[test]
fn openid_connect_needs_only_the_address_of_the_configuration() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = Home::new();
    describe(&home, &provider);
    // The address in the document is relative.
    home.run("add acme work --from . --scheme oidc --client-id native --public --scope openid --no-sign-in")
        .succeeds();
    let said = sign_in(&home).succeeds();
    assert!(!said.stdout.is_empty());
    home.run("test acme work /oidc").succeeds();
}

#[test]
fn client_with_a_secret_signs_people_in() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = Home::new();
    describe(&home, &provider);
    let words = "add acme work --from . --scheme oauth --grant authorization-code --client-id basic --scope read --secret-stdin --no-sign-in";
    home.run_with(words, SECRET).succeeds();
    sign_in(&home).succeeds();
    home.run("test acme work /oauth/read").succeeds();
    assert!(!home.holds(SECRET));
}

#[test]
fn sign_in_follows_at_once_and_leaves_the_connection_if_it_fails() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = Home::new();
    describe(&home, &provider);
    let words = "add acme work --from . --scheme oidc --client-id native --public --scope openid --no-browser";
    let mut waiting = Waiting::start(&home, words);
    let url = waiting.address("");
    let browser = Browser::new();
    let page = browser.open(&url).unwrap();
    browser.open(&format!("{}/abort", page.url)).unwrap();
    let said = waiting.end().fails(1, "access_denied");
    assert!(
        said.stderr.contains("connector sign-in acme work"),
        "{said:?}"
    );
    assert_eq!(home.status(), "needs-sign-in");
    sign_in(&home).succeeds();
}

#[test]
fn grant_that_has_ended_needs_the_person_again() {
    let options = OidcOptions {
        access_token_seconds: 1,
        refresh_token_seconds: 1,
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let home = waiting(&provider, "");
    sign_in(&home).succeeds();
    thread::sleep(std::time::Duration::from_secs(2));
    home.run("test acme work")
        .fails(4, "connector sign-in acme work");
    assert_eq!(home.status(), "needs-sign-in");
    home.run("test acme work")
        .fails(4, "connector sign-in acme work");
}

#[test]
fn who_needs_no_person_is_told_so() {
    let home = Home::new();
    let words =
        "add acme work --base-url http://127.0.0.1:1 --type key --scheme token --secret-stdin";
    home.run_with(words, "key").succeeds();
    home.run("sign-in acme work")
        .fails(2, "its credentials do without");
    home.run("sign-in acme work --scheme token")
        .fails(2, "nobody has to sign in");
    home.run("sign-in acme home")
        .fails(2, "connector add acme home");
}
