//! Long-running operations.

use super::{Lowered, Options, document_with};
use crate::model::{FinalState, KnownBy};
use crate::settings::Settings;

const PET: &str =
    "content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}";

fn operation(members: &str, settings: &str) -> Lowered {
    let yaml = format!(
        "openapi: 3.0.3
info: {{title: T, version: '1'}}
paths:
  /things:
    post:
      operationId: make
{}",
        super::indented(members, 6)
    );
    let options = Options {
        settings: Settings::parse("connector.toml", settings).unwrap(),
        ..Options::default()
    };
    document_with(&yaml, &options)
}

fn with_header(header: &str) -> String {
    format!(
        "responses:\n  '201': {{description: d, {PET}}}\n  '202': {{description: d, headers: {{{header}: {{schema: {{type: string}}}}}}}}"
    )
}

#[test]
fn a_202_with_a_header_that_leads_on_is_a_job() {
    for header in ["Location", "operation-location", "Azure-AsyncOperation"] {
        let of = operation(&with_header(header), "");
        let job = of.operation().extensions.job.as_ref().unwrap();
        assert_eq!(job.known_by, KnownBy::Shape);
        assert_eq!(job.final_state, FinalState::Automatic);
        assert_eq!(of.show(&job.ty), "MakeResponse");
    }
    assert!(
        operation(&with_header("X-Id"), "")
            .operation()
            .extensions
            .job
            .is_none()
    );
}

#[test]
fn the_extension_says_where_the_result_is() {
    for (via, expected, ty) in [
        ("location", FinalState::Location, "MakeResponse"),
        ("original-uri", FinalState::OriginalUri, "MakeResponse"),
        ("azure-async-operation", FinalState::Monitor, "Value"),
        ("whatever", FinalState::Automatic, "MakeResponse"),
    ] {
        let of = operation(
            &format!(
                "x-ms-long-running-operation: true\nx-ms-long-running-operation-options: {{final-state-via: {via}}}\nresponses:\n  '200': {{description: d, {PET}}}\n  '202': {{description: d}}"
            ),
            "",
        );
        let job = of.operation().extensions.job.as_ref().unwrap();
        assert_eq!(job.known_by, KnownBy::Extension);
        assert_eq!((job.final_state, of.show(&job.ty).as_str()), (expected, ty));
    }
    let members = format!(
        "x-ms-long-running-operation: false\n{}",
        with_header("Location")
    );
    assert!(operation(&members, "").operation().extensions.job.is_none());
}

#[test]
fn the_body_of_a_202_is_not_the_result() {
    let members = format!(
        "responses:\n  '202': {{description: d, headers: {{Location: {{schema: {{type: string}}}}}}, {PET}}}"
    );
    let of = operation(&members, "");
    let job = of.operation().extensions.job.as_ref().unwrap();
    assert_eq!(of.show(&job.ty), "Value");
}

#[test]
fn settings_have_the_last_word() {
    let off = "[operations.make]\nlong-running = false";
    assert!(
        operation(&with_header("Location"), off)
            .operation()
            .extensions
            .job
            .is_none()
    );
    let table = "[operations.make.long-running]\nfinal = \"monitor\"\nstatus = \"state\"\nresult = \"output\"";
    let of = operation(
        &format!("responses:\n  '201': {{description: d, {PET}}}"),
        table,
    );
    let job = of.operation().extensions.job.as_ref().unwrap();
    assert_eq!(job.known_by, KnownBy::Settings);
    assert_eq!(job.final_state, FinalState::Monitor);
    assert_eq!(job.status.as_deref(), Some("state"));
    assert_eq!(job.result.as_deref(), Some("output"));
    assert_eq!(of.show(&job.ty), "MakeResponse");
}
