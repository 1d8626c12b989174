//! Other programs use the connections: this test starts itself again as such a program.

use std::env;

use connector_runtime::environment::Environment;
use connector_runtime::{Api, Client, SecurityScheme, Text};

use super::*;

static API: Api = Api::new("acme", "1").security_schemes(&[SecurityScheme::oauth2("oauth")]);

/// Starts this test again in a role.
fn program(home: &Home, role: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", role, "--ignored", "--nocapture"])
        .env("CONNECTOR_HOME", home.path())
        .env_remove("CONNECTOR_KEY")
        .env_remove("CONNECTOR_CONNECTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

#[tokio::test]
#[ignore = "a program that other tests start"]
async fn program_calls_the_api() {
    let client = Client::connect(&API, "acme", "work").await.unwrap();
    let request = client.request("GET", "/oauth/read");
    println!("{}", request.send::<Text>().await.unwrap());
}

#[tokio::test]
#[ignore = "a program that other tests start"]
async fn program_uses_the_store_until_its_input_ends() {
    let mut rounds = 0;
    let end = thread::spawn(|| std::io::stdin().read_to_end(&mut Vec::new()));
    while !end.is_finished() {
        // As programs that start again and again.
        let environment = Environment::open().await.unwrap();
        let connection = environment.connection(&API, "acme", "work").await.unwrap();
        let client = Client::builder(&API)
            .connection(connection)
            .build()
            .unwrap();
        client.check_credentials().await.unwrap();
        rounds += 1;
        println!("round {rounds}");
    }
}

fn call(home: &Home) -> String {
    let output = program(home, "sharing::program_calls_the_api").output();
    let output = output.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}");
    stdout
}

#[test]
fn another_program_refreshes_what_the_person_signed_in() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = waiting(&provider, "");
    sign_in(&home).succeeds();
    assert!(call(&home).contains(r#""subject":"ada""#));
    assert_eq!(provider.grants("refresh_token"), 0);
    provider.revoke_access_tokens().unwrap();
    assert!(call(&home).contains(r#""subject":"ada""#));
    assert_eq!(provider.grants("refresh_token"), 1);
    // The rotated refresh token is in the store: this program goes on with it.
    provider.revoke_access_tokens().unwrap();
    home.run("test acme work /oauth/read").succeeds();
    assert_eq!(provider.grants("refresh_token"), 2);
    assert_eq!(provider.count("grant.revoked"), 0);
}

#[test]
fn key_is_replaced_while_another_program_goes_on() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = waiting(&provider, "");
    sign_in(&home).succeeds();
    let before = fs::read_to_string(home.path().join("key")).unwrap();
    let mut user = program(
        &home,
        "sharing::program_uses_the_store_until_its_input_ends",
    )
    .spawn()
    .unwrap();
    let mut lines = BufReader::new(user.stdout.take().unwrap()).lines();
    let mut wait = |word: &str| {
        let found = lines.by_ref().any(|line| line.unwrap().contains(word));
        assert!(found, "no {word}");
    };
    for _ in 0..3 {
        wait("round");
        let rotated = home.run("rotate-key").succeeds();
        assert!(rotated.stdout.starts_with("2 values"), "{rotated:?}");
        assert_eq!(rotated.stderr, "");
    }
    wait("round");
    drop(user.stdin.take());
    wait("1 passed");
    assert!(user.wait().unwrap().success());
    let after = fs::read_to_string(home.path().join("key")).unwrap();
    assert!(!after.contains(before.trim()), "the old key is still there");
    home.run("test acme work /oauth/read").succeeds();
}
