//! A sign-in from end to end: a browser made of a socket, an authorization server made of scripted answers.

mod answers;
mod definitions;
mod identity;
mod requests;

use std::collections::BTreeMap;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use url::Url;

use super::*;
use crate::mock::{CapturedRequest, MockTransport, Reply};
use crate::oauth::{OAuthClient, Provider};

/// What a browser shows.
#[derive(Debug)]
struct Shown {
    status: u16,
    body: String,
}

/// Sends a request as a browser does, and reads the page.
async fn send(address: &Url, head: &str, body: &str) -> Shown {
    let port = address.port().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("{head}\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: test\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    Shown {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: body.to_owned(),
    }
}

async fn get(url: &Url) -> Shown {
    let query = url.query().map(|query| format!("?{query}"));
    let target = format!("{}{}", url.path(), query.unwrap_or_default());
    send(url, &format!("GET {target} HTTP/1.1"), "").await
}

/// The authorization request that a browser was sent to.
struct Page {
    url: Url,
    query: BTreeMap<String, String>,
}

impl Page {
    fn of(url: &str) -> Self {
        let url = Url::parse(url).unwrap();
        let query = url.query_pairs().into_owned().collect();
        Self { url, query }
    }

    /// The redirect back with these parameters.
    fn back(&self, parameters: &[(&str, &str)]) -> Url {
        let mut url = Url::parse(&self.query["redirect_uri"]).unwrap();
        url.query_pairs_mut().extend_pairs(parameters);
        url
    }

    fn state(&self) -> &str {
        &self.query["state"]
    }

    /// The redirect back as it should be.
    fn approved(&self) -> Url {
        self.back(&[("code", "the-code"), ("state", self.state())])
    }
}

fn tokens() -> Reply {
    Reply::json(
        200,
        &serde_json::json!({"access_token": "a", "refresh_token": "r", "token_type": "bearer", "expires_in": 3600}),
    )
}

fn provider() -> Provider {
    Provider {
        authorization_url: Some("https://issuer.example/authorize".to_owned()),
        token_url: Some("https://issuer.example/token".to_owned()),
        ..Provider::default()
    }
}

async fn server_of(mock: &MockTransport, provider: Provider) -> AuthorizationServer {
    let client = OAuthClient::public("client").provider(provider);
    let builder = AuthorizationServer::builder(client).transport(mock.clone());
    builder.build().await.unwrap()
}

/// Signs in while a person does something with the page.
async fn signing_in<T>(
    sign_in: SignIn<'_>,
    person: impl AsyncFnOnce(Page) -> T,
) -> (Result<SignedIn>, T) {
    let (opened, page) = oneshot::channel();
    let sign_in = sign_in.open_with(move |url| {
        opened.send(url.to_owned()).unwrap();
        Ok(())
    });
    tokio::join!(sign_in.run(), async {
        person(Page::of(&page.await.unwrap())).await
    })
}

fn form(request: &CapturedRequest) -> BTreeMap<String, String> {
    request.form().into_iter().collect()
}
