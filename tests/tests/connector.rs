//! The program `connector`, from the first connection to the last, against a certified OpenID provider.

#![allow(
    clippy::unwrap_used,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;

use base64::Engine as _;
use connector_tests::{Browser, OidcOptions, OidcProvider};
use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "connector/adding.rs"]
mod adding;
#[path = "connector/parameters.rs"]
mod parameters;
#[path = "connector/sharing.rs"]
mod sharing;
#[path = "connector/signing_in.rs"]
mod signing_in;
#[cfg(target_os = "linux")]
#[path = "connector/terminal.rs"]
mod terminal;
#[path = "connector/trouble.rs"]
mod trouble;

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| connector_tests::connector::build().unwrap());

/// The secret of the provider's client `basic`, which must not be found anywhere.
const SECRET: &str = "basic-secret";

/// The environment of somebody, with its key in a file.
struct Home(TempDir);

/// What the program did.
#[derive(Debug)]
struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Said {
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }

    #[track_caller]
    fn succeeds(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    #[track_caller]
    fn fails(self, code: i32, reason: &str) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.stderr.contains(reason), "{reason}: {self:?}");
        self
    }
}

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write_key();
        home
    }

    /// With the key there already, no keyring of the system is asked.
    fn write_key(&self) {
        let bytes: Vec<u8> = (0..32).map(|_| fastrand::u8(..)).collect();
        let key = base64::engine::general_purpose::STANDARD.encode(bytes);
        let path = self.file("key", &key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A command whose words have spaces between them.
    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(PROGRAM.as_path());
        command
            .args(words.split(' ').filter(|word| !word.is_empty()))
            .env("CONNECTOR_HOME", self.path())
            .env_remove("CONNECTOR_KEY")
            .env_remove("CONNECTOR_CONNECTIONS")
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, words: &str) -> Said {
        self.run_with(words, "")
    }

    fn run_with(&self, words: &str, stdin: &str) -> Said {
        let mut child = self.command(words).spawn().unwrap();
        // A program that ends without reading is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let said = Said {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        for text in [&said.stdout, &said.stderr] {
            assert!(!text.contains(SECRET), "{said:?}");
        }
        said
    }

    fn status(&self) -> String {
        let shown = self.run("show acme work --json").json();
        shown["status"].as_str().unwrap().to_owned()
    }

    fn is_empty(&self) -> bool {
        self.run("list --json").json() == json!([])
    }

    /// Looks for text in all files.
    fn holds(&self, text: &str) -> bool {
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = fs::read(path).unwrap();
                if bytes.windows(text.len()).any(|at| at == text.as_bytes()) {
                    return true;
                }
            }
        }
        false
    }
}

/// A connector as generated crates describe theirs, whose API and authorization server is the provider.
fn describe(home: &Home, provider: &OidcProvider) -> PathBuf {
    let flow = |kind: &str| {
        json!({
            "kind": kind,
            "token_url": format!("{}/token", provider.issuer()),
            "authorization_url": format!("{}/auth", provider.issuer()),
            "scopes": ["read", "write"],
        })
    };
    let description = json!({
        "name": "acme",
        "version": "1",
        "servers": [{ "url": provider.url() }],
        "security_schemes": [
            { "name": "bearer", "kind": "bearer" },
            { "name": "oauth", "kind": "oauth2", "flows": [flow("authorization_code"), flow("client_credentials")] },
            {
                "name": "oidc",
                "kind": "open_id_connect",
                "configuration_url": "/.well-known/openid-configuration",
            },
        ],
    });
    home.file("connector.json", &description.to_string())
}

/// A connection that nobody has signed in to yet.
fn waiting(provider: &OidcProvider, more: &str) -> Home {
    let home = Home::new();
    describe(&home, provider);
    let words = format!(
        "add acme work --from . --base-url {} --scheme oauth --issuer {} --client-id native --public --scope openid --scope read --no-sign-in {more}",
        provider.url(),
        provider.issuer()
    );
    home.run(&words).succeeds();
    home
}

/// A sign-in that waits for its person.
struct Waiting {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Waiting {
    fn start(home: &Home, words: &str) -> Self {
        let mut child = home.command(words).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr }
    }

    /// The first address that it tells on a line that begins with `before`.
    fn address(&mut self, before: &str) -> String {
        let mut told = String::new();
        loop {
            let mut line = String::new();
            let read = self.stderr.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "no address in: {told}");
            told.push_str(&line);
            let rest = line.trim_end().strip_prefix(before);
            if let Some(url) = rest.filter(|rest| rest.starts_with("http")) {
                return url.to_owned();
            }
        }
    }

    fn end(mut self) -> Said {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        let output = self.child.wait_with_output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr,
        }
    }
}

/// Ada signs in to a connection.
fn sign_in(home: &Home) -> Said {
    let mut waiting = Waiting::start(home, "sign-in acme work --no-browser");
    let url = waiting.address("");
    let page = Browser::of("ada", "secret").sign_in(&url).unwrap();
    assert_eq!(page.status, 200, "{page:?}");
    waiting.end()
}
