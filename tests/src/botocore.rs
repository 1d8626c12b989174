//! botocore, AWS' own implementation of its signatures.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::peers::Peers;

/// Signs what comes as lines of JSON and prints one header a line.
const SCRIPT: &str = r#"
import datetime, json, sys
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

for line in sys.stdin:
    ask = json.loads(line)
    moment = datetime.datetime.strptime(ask["date"], "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda *_, **__: moment
    credentials = Credentials(ask["id"], ask["secret"], ask["token"])
    signer = botocore.auth.S3SigV4Auth if ask["service"] == "s3" else botocore.auth.SigV4Auth
    request = AWSRequest(ask["method"], ask["url"], headers=ask["headers"], data=ask["body"].encode())
    signer(credentials, ask["service"], ask["region"]).add_auth(request)
    print(request.headers["Authorization"])
"#;

/// The `Authorization` headers for requests: objects with `method`, `url`, `headers`, `body`, `date`, `id`, `secret`,
/// `token`, `region`, and `service`, each in a line of its own.
///
/// # Errors
///
/// When botocore isn't installed or fails.
pub fn authorizations(requests: &str) -> Result<Vec<String>> {
    let mut child = Command::new(Peers::installed()?.python_program())
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("can't start Python")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(requests.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "botocore failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().map(str::to_owned).collect())
}
