//! The browser of the person in front of this machine.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::time::sleep;

/// Programs that open an address with what the person prefers, in the order in which they are tried. None of them is a shell,
/// and the address is one argument, so nothing in it is a command.
#[cfg(target_os = "macos")]
const OPENERS: &[&[&str]] = &[&["open"]];
#[cfg(windows)]
const OPENERS: &[&[&str]] = &[&["rundll32", "url.dll,FileProtocolHandler"]];
#[cfg(not(any(target_os = "macos", windows)))]
const OPENERS: &[&[&str]] = &[&["xdg-open"], &["gio", "open"], &["wslview"]];

/// How long an opener is watched. One that fails does so at once; one that still runs may be the browser itself.
const WATCHED: Duration = Duration::from_secs(2);

/// Opens an http or https address in the person's browser.
///
/// # Errors
/// When there is no program for it, or it fails.
pub async fn open_browser(url: &str) -> io::Result<()> {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        let message = "only http and https addresses are opened";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let mut last = io::Error::new(io::ErrorKind::NotFound, "there is no browser");
    for opener in OPENERS {
        match run(opener, url).await {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn run(opener: &[&str], url: &str) -> io::Result<()> {
    const STEP: Duration = Duration::from_millis(50);
    let Some((program, arguments)) = opener.split_first() else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let mut child = Command::new(program)
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut waited = Duration::ZERO;
    while waited < WATCHED {
        if let Some(status) = child.try_wait()? {
            return result(program, status);
        }
        sleep(STEP).await;
        waited += STEP;
    }
    reap(child);
    Ok(())
}

fn result(program: &str, status: ExitStatus) -> io::Result<()> {
    // rundll32 has no meaningful exit code.
    match status.success() || cfg!(windows) {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "{program} found no browser ({status})"
        ))),
    }
}

/// Waits for a process in the background, so that it does not stay behind as a zombie.
fn reap(mut child: Child) {
    std::thread::spawn(move || {
        let _ = child.wait();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_web_addresses_are_opened() {
        for url in ["file:///etc/passwd", "--version", "javascript:alert(1)", ""] {
            let error = open_browser(url).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{url}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn opener_gets_the_address_as_one_argument() {
        run(
            &["test", "https://acme.example/?a=b c&d=$(e)", "="],
            "https://acme.example/?a=b c&d=$(e)",
        )
        .await
        .unwrap();
        let failed = run(&["false"], "https://acme.example/").await.unwrap_err();
        assert!(failed.to_string().contains("found no browser"));
        let missing = run(&["connector-no-such-program"], "https://acme.example/").await;
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
