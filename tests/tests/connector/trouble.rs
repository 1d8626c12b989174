//! What is broken is told, with an exit code for scripts, and can be put away.

use super::*;

fn with_key() -> Home {
    let home = Home::new();
    let words =
        "add acme work --base-url http://127.0.0.1:1 --type key --scheme token --secret-stdin";
    home.run_with(words, "key").succeeds();
    home
}

#[test]
fn wrong_key_is_told_and_nothing_is_lost() {
    let home = with_key();
    let right = fs::read_to_string(home.path().join("key")).unwrap();
    home.write_key();
    for words in [
        "list",
        "show acme work",
        "test acme work",
        "rotate-key",
        "remove acme work --yes",
    ] {
        home.run(words).fails(3, "key");
    }
    home.file("key", &right);
    assert_eq!(home.status(), "ready");
}

#[test]
fn connection_that_cannot_be_read_is_shown_and_removed() {
    let home = with_key();
    let database = home.path().join("connections.db");
    let sql = rusqlite::Connection::open(database).unwrap();
    let damage = "UPDATE connections SET value = randomblob(100)";
    sql.execute(damage, []).unwrap();
    drop(sql);
    assert!(home.run("list").succeeds().stdout.contains("unreadable"));
    let shown = home.run("show acme work").succeeds().stdout;
    assert!(shown.contains("can't be decrypted"), "{shown}");
    assert_eq!(home.status(), "unreadable");
    home.run("test acme work").fails(3, "can't be decrypted");
    home.run("rotate-key").succeeds();
    home.run("remove acme work --yes").succeeds();
    assert!(home.is_empty());
}

#[test]
fn declared_connection_is_changed_in_its_file() {
    let home = Home::new();
    let text = "[acme.work]\nbase_url = \"http://127.0.0.1:1\"\n[acme.work.credentials.token]\ntype = \"key\"\nkey = \"env:ACME_KEY\"\n";
    home.file("connections.toml", text);
    let shown = home.run("show acme work").succeeds().stdout;
    assert!(shown.contains("declared in connections.toml"), "{shown}");
    home.run("test acme work").fails(2, "ACME_KEY");
    home.run("remove acme work --yes")
        .fails(2, "change it there");
    home.file(
        "connections.toml",
        "[acme.work.credentials.token]\ntype = \"key\"\nkey = \"basic-secret\"\n",
    );
    home.run("list").fails(
        2,
        "connections.toml: in [acme.work.credentials.token]: a secret is not written down here",
    );
}

#[test]
fn server_that_is_gone_stops_no_removal() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = waiting(&provider, "");
    sign_in(&home).succeeds();
    drop(provider);
    let removed = home.run("remove acme work --yes").succeeds();
    assert!(
        removed
            .stderr
            .contains("warning: the tokens for `oauth` are erased here, but not revoked"),
        "{removed:?}"
    );
    assert!(home.is_empty());
}

#[test]
fn programs_read_errors_as_json() {
    let home = Home::new();
    let said = home
        .run("show acme work --json")
        .fails(2, "connector add acme work");
    let error: Value = serde_json::from_str(&said.stderr).unwrap();
    assert!(error["error"].is_string());
    assert!(said.stdout.is_empty());
    // Nobody is asked, and nobody's browser is opened.
    home.run("add acme work --json").fails(2, "--base-url");
}

#[test]
#[cfg(unix)]
fn folder_that_cannot_be_made_is_told() {
    let home = Home::new();
    home.file("file", "");
    home.run("list --home file/below").fails(3, "file/below");
}

#[test]
fn reader_that_leaves_early_is_no_trouble() {
    let home = with_key();
    for words in ["list", "completions bash"] {
        let mut child = home.command(words).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && stderr.is_empty(), "{stderr}");
    }
}

#[test]
fn address_of_the_document_is_shown_with_its_variables() {
    let home = Home::new();
    let description = json!({
        "name": "acme",
        "version": "1",
        "servers": [{
            "url": "https://{region}.acme.example/v1",
            "variables": [{ "name": "region", "default": "eu", "values": ["eu", "us"] }],
        }],
        "security_schemes": [{ "name": "token", "kind": "bearer" }],
    });
    home.file("connector.json", &description.to_string());
    let words = "add acme work --from . --secret-stdin";
    home.run_with(&format!("{words} --variable region=xx"), "key")
        .fails(2, "region");
    home.run_with(&format!("{words} --variable region=us"), "key")
        .succeeds();
    let shown = home.run("show acme work --json").json();
    assert_eq!(shown["base_url"], "https://us.acme.example/v1");
}
