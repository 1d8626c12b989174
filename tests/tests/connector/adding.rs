//! Connections are added with arguments only, tried, shown and removed.

use super::*;

#[test]
fn client_with_a_secret_is_added_tried_and_removed() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = Home::new();
    describe(&home, &provider);
    let words = "add acme work --from . --scheme oauth --grant client-credentials --client-id basic --scope read --secret-stdin";
    // The document has no endpoint for revocation; the issuer's metadata has.
    let words = &format!("{words} --issuer {}", provider.issuer());
    let added = home.run_with(words, "basic-secret\n").succeeds();
    assert_eq!(added.stdout, "added acme work\n");
    home.run_with(words, "basic-secret\n")
        .fails(2, "connector remove acme work");

    let listed = home.run("list").succeeds().stdout;
    let row = listed.lines().nth(1).unwrap();
    assert!(row.contains("ready") && row.ends_with("never"), "{listed}");
    let tried = home.run("test acme work").succeeds().stdout;
    assert!(tried.contains("the credential is ready"), "{tried}");
    let tried = home.run("test acme work /oauth/read").succeeds().stdout;
    assert!(tried.starts_with("the API answered 200"), "{tried}");
    assert_eq!(provider.grants("client_credentials"), 1);

    let shown = home.run("show acme work").succeeds().stdout;
    assert!(shown.contains("the access token expires at"), "{shown}");
    let shown = home.run("show acme work --json").json();
    assert_eq!(shown["status"], "ready");
    assert_eq!(
        shown["credentials"]["oauth"]["kind"],
        "oauth2 client_credentials"
    );
    assert!(shown["last_used_at"].is_string(), "{shown}");
    assert!(!home.holds(SECRET));

    home.run("remove acme work").fails(2, "--yes");
    let removed = home.run("remove acme work --yes").succeeds();
    assert_eq!(
        (removed.stdout.as_str(), removed.stderr.as_str()),
        ("removed acme work\n", "")
    );
    provider
        .wait_for("client_credentials.destroyed", 1)
        .unwrap();
    assert!(home.is_empty());
    home.run("remove acme work --yes")
        .fails(2, "connector add acme work");
}

#[test]
fn secret_is_read_from_a_variable_or_a_file_each_time_anew() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = Home::new();
    describe(&home, &provider);
    let words =
        "add acme work --from . --scheme oauth --grant client-credentials --client-id basic";
    let added = home
        .run(&format!("{words} --secret-env ACME_SECRET"))
        .succeeds();
    assert!(
        added
            .stderr
            .contains("warning: the environment variable ACME_SECRET")
    );
    home.run("test acme work").fails(2, "ACME_SECRET");
    let with_secret = home
        .command("test acme work")
        .env("ACME_SECRET", SECRET)
        .output();
    assert!(with_secret.unwrap().status.success());
    home.run("remove acme work --yes").succeeds();

    home.file("secret", "wrong");
    home.run(&format!("{words} --secret-file secret"))
        .succeeds();
    home.run("test acme work").fails(1, "invalid_client");
    assert_eq!(home.status(), "failing");
}

#[test]
fn api_without_a_description_is_tried_with_the_kind_of_credential() {
    let home = Home::new();
    let words = "add other key --base-url http://127.0.0.1:1 --type key --scheme token --secret-stdin --json";
    let added = home.run_with(words, "canary-4711").json();
    assert_eq!(
        added,
        json!({ "added": { "connector": "other", "name": "key" }, "needs_sign_in": false })
    );
    home.run("test other key").succeeds();
    // Nobody listens there.
    home.run("test other key /").fails(1, "127.0.0.1:1");
    assert!(!home.holds("canary-4711"));
}

#[test]
fn provider_is_described_in_a_file() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = Home::new();
    let text = format!(
        "token_url = \"{}/token\"\n[parameters.tenant]\ndescription = \"Whose\"\n",
        provider.issuer()
    );
    home.file("provider.toml", &text);
    let words = format!(
        "add acme work --base-url {} --scheme oauth --provider provider.toml --grant client-credentials --client-id basic --secret-stdin",
        provider.url()
    );
    home.run_with(&words, SECRET)
        .fails(2, "--parameter tenant=");
    let words = format!("{words} --parameter tenant=t1");
    home.run_with(&words, SECRET).succeeds();
    home.run("test acme work").succeeds();
}

#[test]
fn what_is_missing_or_of_no_use_is_told_before_anything_is_kept() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = Home::new();
    describe(&home, &provider);
    home.file("nonsense", "nonsense");
    let from = "add acme work --from . --secret-stdin";
    let oauth = format!("{from} --scheme oauth --grant client-credentials --client-id basic");
    for (words, reason) in [
        ("add acme work", "--base-url"),
        ("add acme work --base-url https://a.example", "--type"),
        (
            "add acme work --base-url https://a.example --type key",
            "--scheme",
        ),
        (
            "add acme work --base-url https://a.example --type key --scheme k",
            "--secret-env",
        ),
        (
            "add acme work --base-url nonsense --type key --scheme k --secret-stdin",
            "nonsense",
        ),
        (
            "add acme wo/rk --base-url https://a.example",
            "no name for a connection",
        ),
        ("add acme work --from nowhere", "nowhere cannot be read"),
        (
            "add acme work --from nonsense",
            "does not describe a connector",
        ),
        (from, "--scheme"),
        (
            &format!("{from} --scheme other"),
            "it has bearer, oauth, oidc",
        ),
        (
            &format!("{from} --scheme bearer --server 1"),
            "has 1 servers",
        ),
        (
            &format!("{from} --scheme bearer --client-identity nowhere"),
            "nowhere",
        ),
        (
            &format!("{from} --scheme bearer --root-certificate nonsense"),
            "certificate",
        ),
        (
            &format!("{from} --scheme oauth --type shared-key --username a"),
            "oauth",
        ),
        (
            &format!("{oauth} --provider nonsense"),
            "does not describe a provider",
        ),
        (&format!("{oauth} --provider gihub"), "known are atlassian"),
        (&format!("{oauth} --private-key nonsense"), "signing key"),
        (&format!("{oauth} --private-key nowhere"), "nowhere"),
        (
            &format!("{oauth} --authentication tls"),
            "--client-identity",
        ),
        (&format!("{oauth} --secret-env A"), "cannot be used with"),
        (
            "add acme work --from . --scheme oauth --grant jwt-bearer --client-id a",
            "--private-key",
        ),
        (
            "add acme work --from . --scheme bearer --secret-file nowhere",
            "nowhere",
        ),
        (
            "add acme work --from . --scheme bearer --secret-stdin --variable a",
            "NAME=VALUE",
        ),
    ] {
        let said = home.run_with(words, "a2V5");
        assert_eq!(said.code, 2, "{words}: {said:?}");
        assert!(said.stderr.contains(reason), "{words}: {said:?}");
        assert!(
            said.stdout.is_empty() && said.stderr.len() < 700,
            "{words}: {said:?}"
        );
    }
    home.run("add acme work --from . --scheme bearer --secret-stdin")
        .fails(2, "standard input");
    assert!(home.is_empty());
}

#[test]
fn help_names_every_exit_code() {
    let help = Home::new().run("--help").succeeds().stdout;
    for code in [
        "0 done",
        "1 refused",
        "2 wrong",
        "3 the environment",
        "4 a person",
    ] {
        assert!(help.contains(code), "{code}: {help}");
    }
    let completions = Home::new().run("completions bash").succeeds().stdout;
    assert!(completions.contains("rotate-key"));
}
