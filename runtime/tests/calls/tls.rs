//! Certificates: an own root, and mutual TLS.

use std::sync::Arc;

use connector_runtime::{Client, Empty, Operation, Request, Requirement, RetryPolicy};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use super::acme::API;

static MTLS: Operation =
    Operation::new("op", "GET", "/op").security(&[&[Requirement::new("mtls", &[])]]);

/// A certification authority of the test's own.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate and its key.
    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }
}

/// A server that asks for a client certificate and answers 204 to one that has it.
async fn serve(authority: &Authority) -> String {
    let (certificate, key) = authority.issue("localhost");
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(authority.0.der().to_vec()))
        .unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
        .build()
        .unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = match acceptor.accept(stream).into_fallible().await {
                Ok(stream) => stream,
                // Stays until the client has gone, so that the client sees why.
                Err((_, mut stream)) => {
                    let _ = stream.read_to_end(&mut Vec::new()).await;
                    continue;
                }
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream
                .write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
                .await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

#[tokio::test]
async fn client_identity_opens_the_door() {
    let authority = Authority::new();
    let url = serve(&authority).await;
    let (certificate, key) = authority.issue("client");
    let identity = format!("{}{}", certificate.pem(), key.serialize_pem());
    let builder = || {
        Client::builder(&API)
            .base_url(&url)
            .retry(RetryPolicy::none())
            .root_certificate(authority.0.pem())
    };

    let client = builder().client_identity(identity.clone()).build().unwrap();
    Request::new(&client, &MTLS).send::<Empty>().await.unwrap();

    let without_identity = builder().build().unwrap();
    let error = without_identity
        .request("GET", "/op")
        .send::<Empty>()
        .await
        .unwrap_err();
    assert!(error.is_credential(), "{error:?}");
    assert!(
        error.to_string().contains("wants a client certificate"),
        "{error:?}"
    );

    let (certificate, key) = Authority::new().issue("client");
    let stranger = builder()
        .client_identity(format!("{}{}", certificate.pem(), key.serialize_pem()))
        .build()
        .unwrap();
    let call = Request::new(&stranger, &MTLS).send::<Empty>();
    assert!(call.await.unwrap_err().is_credential());

    let without_root = Client::builder(&API)
        .base_url(&url)
        .retry(RetryPolicy::none())
        .client_identity(identity)
        .build()
        .unwrap();
    let error = Request::new(&without_root, &MTLS)
        .send::<Empty>()
        .await
        .unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}

#[test]
fn unusable_certificates_are_refused_when_the_client_is_built() {
    let error = Client::builder(&API)
        .client_identity("no PEM")
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("client identity"), "{error}");
    assert!(
        Client::builder(&API)
            .proxy("::hush")
            .build()
            .is_err_and(|error| !format!("{error:?}").contains("hush"))
    );
}
