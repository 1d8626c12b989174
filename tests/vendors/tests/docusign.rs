//! DocuSign: a base path, tokens of DocuSign's own provider, a constant in the path.

use connector_runtime::Credential;
use connector_runtime::mock::MockTransport;
use docusign::Client;
use docusign::connection::ConnectionParameters;

use crate::wire::{assert_sent, sent, server};

fn client(server: &MockTransport) -> Client {
    Client::builder()
        .parameters(ConnectionParameters::new(Credential::bearer("token")))
        .transport(server.clone())
        .build()
        .unwrap()
}

/// `GET /restapi/v2.1/accounts/{accountId}/folders`:
/// <https://developers.docusign.com/docs/esign-rest-api/reference/folders/folders/list>
#[tokio::test]
async fn folders_are_listed() {
    let server = server();
    let call = client(&server).docu_sign().get_folder_list("624e3e00");
    let request = sent(&server, call.send()).await;
    assert_sent(
        &request,
        "GET",
        "https://www.docusign.net/restapi/v2.1/accounts/624e3e00/folders",
        &[("authorization", "Bearer token")],
    );
}

/// `documents/combined` and `certificate`:
/// <https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopedocuments/get>. The id is the same in all
/// calls of the connector and not asked for.
#[tokio::test]
async fn documents_come_as_one_file() {
    let server = server();
    let call = client(&server)
        .accounts()
        .get_documents("624e3e00", "93be49ab", true);
    let request = sent(&server, call.send()).await;
    assert_sent(
        &request,
        "GET",
        "https://www.docusign.net/restapi/v2.1/accounts/624e3e00/envelopes/93be49ab/documents/combined?certificate=true",
        &[("authorization", "Bearer token")],
    );
}
