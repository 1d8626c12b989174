//! A call through the runtime against the same call in plain reqwest, on loopback:
//! `cargo bench -p connector-runtime --bench loopback`.
//!
//! Both in one run and in turns, because the machine is never quiet; what counts is the ratio.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use std::time::{Duration, Instant};

use connector_runtime::{
    Api, Client, Credential, Json, OAuthClient, Operation, Request, Requirement, SecurityScheme,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

static API: Api = Api::new("acme", "1").security_schemes(&[SecurityScheme::oauth2("oauth")]);
static GET: Operation = Operation::new("getThing", "GET", "/things/1")
    .accept("application/json")
    .security(&[&[Requirement::new("oauth", &["read"])]]);

const ROUNDS: usize = 41;
const CALLS: u32 = 500;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let address = serve().await;
    let base = format!("http://{address}");
    let client = Client::builder(&API)
        .base_url(&base)
        .credential(
            "oauth",
            Credential::oauth2_client_credentials(
                OAuthClient::new("id", "secret").token_url(format!("{base}/token")),
            ),
        )
        .build()
        .expect("the client is valid");
    let plain = reqwest::Client::builder().build().expect("a client");
    let url = format!("{base}/things/1");

    let ours = || async {
        let value = Request::new(&client, &GET).send::<Json<Value>>().await;
        assert_eq!(value.expect("an answer")["id"], 1);
    };
    let theirs = || async {
        let answer = plain
            .get(&url)
            .header("accept", "application/json")
            .header("authorization", "Bearer t")
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .expect("an answer");
        let body = answer.bytes().await.expect("a body");
        let value: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(value["id"], 1);
    };

    let (mut runtime, mut reqwest) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let first = timed(&ours).await;
        let second = timed(&theirs).await;
        // The first round warms up.
        if round > 0 {
            runtime.push(first);
            reqwest.push(second);
        }
    }
    let (runtime, reqwest) = (median(runtime), median(reqwest));
    println!(
        "plain reqwest       {:>8.1} µs per call",
        reqwest.as_secs_f64() * 1e6
    );
    println!(
        "connector-runtime   {:>8.1} µs per call",
        runtime.as_secs_f64() * 1e6
    );
    println!(
        "ratio               {:>8.3}",
        runtime.as_secs_f64() / reqwest.as_secs_f64()
    );
}

async fn timed<F: Future<Output = ()>>(call: &impl Fn() -> F) -> Duration {
    let begun = Instant::now();
    for _ in 0..CALLS {
        call().await;
    }
    begun.elapsed() / CALLS
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// A server that does as little as possible.
async fn serve() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = listener.into_std().expect("a listener");
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream));
            }
        });
    });
    address
}

async fn answer(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => buffer.extend_from_slice(&chunk[..read]),
            _ => return,
        }
        // The bodies of token requests are in the same packet.
        if !buffer.windows(4).any(|window| window == b"\r\n\r\n") {
            continue;
        }
        let body = match buffer.starts_with(b"POST") {
            true => r#"{"access_token": "t", "expires_in": 3600}"#,
            false => r#"{"id": 1, "name": "thing", "tags": ["a", "b"]}"#,
        };
        buffer.clear();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream
            .write_all(format!("{head}{body}").as_bytes())
            .await
            .is_err()
        {
            return;
        }
    }
}
