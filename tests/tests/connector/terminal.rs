//! At a terminal, the program asks.

use super::*;

/// The program at a terminal, which `script` of util-linux makes.
struct Terminal {
    child: Child,
    stdin: std::process::ChildStdin,
    stdout: std::process::ChildStdout,
    shown: String,
}

impl Terminal {
    fn start(home: &Home, words: &str) -> Self {
        let line = format!("{} {words}", PROGRAM.display());
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env("CONNECTOR_HOME", home.path())
            .env_remove("CONNECTOR_KEY")
            .env_remove("CONNECTOR_CONNECTIONS")
            .current_dir(home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take().unwrap(),
            stdout: child.stdout.take().unwrap(),
            child,
            shown: String::new(),
        }
    }

    /// Waits for a question, and answers it.
    fn answer(&mut self, question: &str, answer: &str) {
        let from = self.shown.len();
        while !self.shown[from..].contains(question) {
            let mut bytes = [0; 1024];
            let read = self.stdout.read(&mut bytes).unwrap();
            assert_ne!(read, 0, "no {question} in:\n{}", self.shown);
            self.shown
                .push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        // The question is shown a moment before the echo is off.
        thread::sleep(std::time::Duration::from_millis(500));
        self.stdin.write_all(answer.as_bytes()).unwrap();
        self.stdin.write_all(b"\n").unwrap();
    }

    fn end(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        self.shown.push_str(&rest);
        (self.child.wait().unwrap().code().unwrap(), self.shown)
    }
}

#[test]
fn connection_is_made_from_answers_and_the_secret_is_not_shown() {
    let home = Home::new();
    let mut terminal = Terminal::start(&home, "add acme work");
    terminal.answer("The API's address: ", "http://127.0.0.1:1");
    terminal.answer("Kind of credential (", "nonsense");
    terminal.answer("Kind of credential (", "key");
    terminal.answer("as the API's document names it [bearer]: ", "");
    terminal.answer("Key or token: ", "canary-4711");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("`nonsense` is none of"), "{shown}");
    assert!(shown.contains("added acme work"), "{shown}");
    assert!(!shown.contains("canary-4711"), "{shown}");
    assert!(!home.holds("canary-4711"));
    let listed = home.run("show acme work --json").json();
    assert_eq!(listed["credentials"]["bearer"]["kind"], "key");

    let mut terminal = Terminal::start(&home, "remove acme work");
    terminal.answer("erase its secrets? (yes/no) [no]: ", "");
    assert_eq!(terminal.end().0, 2);
    let mut terminal = Terminal::start(&home, "remove acme work");
    terminal.answer("erase its secrets? (yes/no) [no]: ", "yes");
    assert_eq!(terminal.end().0, 0);
    assert!(home.is_empty());
}

#[test]
fn document_says_what_there_is_to_choose_from() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let home = Home::new();
    describe(&home, &provider);
    let mut terminal = Terminal::start(&home, "add acme work --from . --no-browser");
    terminal.answer("Security scheme (bearer, oauth, oidc): ", "oauth");
    let question = "(authorization-code, client-credentials) [authorization-code]: ";
    terminal.answer(question, "");
    terminal.answer("Client id: ", "native");
    terminal.answer("Client secret (empty if there is none): ", "");
    terminal.answer("Scopes", "read");
    terminal.answer("Open this address to sign in:\r\n", "");
    while !terminal.shown.trim_end().contains("&state=") || !terminal.shown.ends_with('\n') {
        let mut bytes = [0; 1024];
        let read = terminal.stdout.read(&mut bytes).unwrap();
        assert_ne!(read, 0, "{}", terminal.shown);
        terminal
            .shown
            .push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    let mut words = terminal.shown.split_whitespace();
    let url = words
        .rfind(|word| word.starts_with("http"))
        .unwrap()
        .to_owned();
    Browser::of("ada", "secret").sign_in(&url).unwrap();
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("signed in to acme work"), "{shown}");
    home.run("test acme work /oauth/read").succeeds();
}

#[test]
fn connection_parameters_are_asked_for() {
    let home = Home::new();
    let description = json!({
        "name": "shop", "version": "1",
        "servers": [{ "url": "http://127.0.0.1:1" }],
        "security_schemes": [{ "name": "key", "kind": "api_key", "location": "header", "parameter": "x-key" }],
        "parameter_sets": [{ "name": "", "parameters": [
            { "name": "api_key", "kind": "secret", "required": true, "description": "The key", "bindings": [{ "key": "key" }] },
            { "name": "region", "kind": "text", "default": "eu", "values": ["eu", "us"] },
            { "name": "note", "kind": "text" },
        ] }],
    });
    home.file("connector.json", &description.to_string());
    let mut terminal = Terminal::start(&home, "add shop work --from .");
    terminal.answer("api_key (The key): ", "canary-4711");
    terminal.answer("region (eu, us) [eu]: ", "us");
    terminal.answer("note: ", "");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(
        !shown.contains("canary-4711") && !home.holds("canary-4711"),
        "{shown}"
    );
    let kept = home.run("show shop work --json").json();
    assert_eq!(kept["parameters"], json!({ "region": "us" }));
    assert_eq!(kept["secrets"], json!({ "api_key": null }));
}
