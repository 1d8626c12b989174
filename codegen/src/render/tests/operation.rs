//! Operations.

use super::{THINGS, document, operation};

const DONE: &str = "responses: {'204': {description: d}}";

#[test]
fn required_inputs_are_arguments_and_others_setters() {
    let of = operation(&format!(
        "operationId: make\nparameters:\n- {{name: id, in: path, required: true, schema: {{type: integer}}}}\n- {{name: tier, in: query, schema: {{$ref: '#/components/schemas/Tier'}}}}\n- {{name: ids, in: query, schema: {{type: array, items: {{type: string}}}}}}\nrequestBody: {{required: true, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Pet'}}}}}}}}\n{DONE}"
    ));
    insta::assert_snapshot!(of.item(THINGS, "pub fn make"), @r#"
    /// `POST /things/{id}`
    #[inline]
    pub fn make(&self, id: i64, body: &models::Pet) -> Make {
        let mut request = runtime::Request::new(&self.0, Make::OPERATION);
        request.set(0, &id);
        request.json(0, body);
        Make(request)
    }
    "#);
    insta::assert_snapshot!(of.item(THINGS, "pub fn tier"), @r#"
    /// Sets `tier`.
    #[inline]
    pub fn tier(mut self, value: models::Tier) -> Self {
        self.0.set(1, &value);
        self
    }
    "#);
    insta::assert_snapshot!(of.item(THINGS, "pub fn ids"), @r#"
    /// Sets `ids`.
    #[inline]
    pub fn ids(mut self, value: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.0.set_list(2, value.into_iter().map(Into::<String>::into));
        self
    }
    "#);
}

#[test]
fn the_descriptor_says_what_is_not_the_default() {
    let of = operation(
        "operationId: make\nparameters:\n- {name: id, in: path, required: true, schema: {type: integer}}\n- {name: tier, in: query, required: true, explode: false, schema: {type: array, items: {type: string}}}\nrequestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}\nresponses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}\nsecurity: [{}]\nservers: [{url: 'https://other.acme.com'}]",
    );
    insta::assert_snapshot!(of.item(THINGS, "pub const OPERATION"), @r#"
    /// What the runtime needs to know about the operation.
    pub const OPERATION: &'static runtime::Operation = &runtime::Operation::new(
            "make",
            "POST",
            "/things/{id}",
        )
        .parameters(
            &[
                runtime::Parameter::path("id"),
                runtime::Parameter::query("tier").explode(false).required(),
            ],
        )
        .bodies(&[runtime::MediaType::new("application/json")])
        .accept("application/json")
        .security(&[&[]])
        .servers(&[runtime::Server::new("https://other.acme.com")]);
    "#);
}

#[test]
fn an_optional_body_is_a_setter() {
    let of = operation(&format!(
        "operationId: make\nrequestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Pet'}}}}}}}}\n{DONE}"
    ));
    insta::assert_snapshot!(of.item(THINGS, "pub fn body"), @r#"
    /// Sets the body.
    #[inline]
    pub fn body(mut self, body: &models::Pet) -> Self {
        self.0.json(0, body);
        self
    }
    "#);
}

#[test]
fn answers_of_several_types_are_an_enum_by_status() {
    let of = operation(
        "operationId: make\nresponses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}, '204': {description: d}}",
    );
    insta::assert_snapshot!(of.item(THINGS, "pub enum MakeOutput"), @r#"
    /// What `make` answers, by status.
    #[derive(Debug)]
    #[non_exhaustive]
    pub enum MakeOutput {
        /// Status 200.
        Ok(models::Pet),
        /// Status 204.
        NoContent,
    }
    "#);
    insta::assert_snapshot!(of.item(THINGS, "impl runtime::Output for MakeOutput"), @r#"
    impl runtime::Output for MakeOutput {
        type Value = Self;

        fn read(response: runtime::Received) -> runtime::Result<Self> {
            match response.status() {
                200 => response.json().map(Self::Ok),
                204 => response.empty().map(|()| Self::NoContent),
                _ => Err(response.unexpected()),
            }
        }
    }
    "#);
}

#[test]
fn docs_name_arguments_scopes_headers_and_errors() {
    let of = document(
        "openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /things/{id}:
    get:
      operationId: getThing
      summary: Reads a thing.
      deprecated: true
      parameters: [{name: id, in: path, required: true, description: Its number., schema: {type: string}}]
      security: [{oauth: [read, write]}]
      responses:
        '200': {description: d, headers: {X-Total: {description: How many., schema: {type: integer}}}}
        '404': {description: It is gone., content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}}
        default: {description: Anything else.}
components:
  securitySchemes: {oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://acme.com/token', scopes: {read: r, write: w}}}}}
  schemas: {Problem: {type: object, properties: {title: {type: string}}}}
",
    );
    insta::assert_snapshot!(of.item(THINGS, "pub fn get"), @r#"
    /// Reads a thing.
    ///
    /// `GET /things/{id}`
    ///
    /// # Arguments
    ///
    /// - `id`: Its number.
    ///
    /// Scopes: `read`, `write`.
    ///
    /// # Response headers
    ///
    /// - `X-Total`: How many.
    ///
    /// # Errors
    ///
    /// - 404 ([`Problem`](crate::models::Problem)): It is gone.
    /// - others: Anything else.
    #[deprecated]
    #[inline]
    pub fn get(&self, id: &str) -> GetThing {
        let mut request = runtime::Request::new(&self.0, GetThing::OPERATION);
        request.set(0, id);
        GetThing(request)
    }
    "#);
}

#[test]
fn a_module_imports_models_only_where_its_code_names_one() {
    let of = operation(&format!(
        "operationId: make\nparameters: [{{name: id, in: path, required: true, schema: {{$ref: '#/components/schemas/Id'}}}}]\n{DONE}"
    ));
    assert!(of.item(THINGS, "pub fn make").contains("id: &str"));
    assert!(!of.file(THINGS).contains("use crate::models;"));
}

#[test]
fn constants_are_in_the_descriptor_and_their_setters_out_of_the_docs() {
    let of = operation(&format!(
        "operationId: make\nparameters:\n- {{name: id, in: path, required: true, x-ms-url-encoding: double, schema: {{type: integer}}}}\n- {{name: kind, in: query, required: true, x-ms-visibility: internal, schema: {{type: string, default: a}}}}\n{DONE}"
    ));
    insta::assert_snapshot!(of.item(THINGS, "pub const OPERATION"), @r#"
    /// What the runtime needs to know about the operation.
    pub const OPERATION: &'static runtime::Operation = &runtime::Operation::new(
            "make",
            "POST",
            "/things/{id}",
        )
        .parameters(
            &[
                runtime::Parameter::path("id").double_encoded(),
                runtime::Parameter::query("kind").fixed("\"a\""),
            ],
        );
    "#);
    insta::assert_snapshot!(of.item(THINGS, "pub fn make"), @r#"
    /// `POST /things/{id}`
    #[inline]
    pub fn make(&self, id: i64) -> Make {
        let mut request = runtime::Request::new(&self.0, Make::OPERATION);
        request.set(0, &id);
        Make(request)
    }
    "#);
    insta::assert_snapshot!(of.item(THINGS, "pub fn kind"), @r#"
    /// Sets `kind`.
    ///
    /// `"a"` is sent unless it is set.
    #[doc(hidden)]
    #[inline]
    pub fn kind(mut self, value: &str) -> Self {
        self.0.set(1, value);
        self
    }
    "#);
}

#[test]
fn an_internal_operation_is_hidden_and_says_what_it_is() {
    let of = operation(&format!(
        "operationId: make\nx-ms-visibility: internal\nx-ms-api-annotation: {{status: Preview}}\ndeprecated: true\nparameters:\n- {{name: id, in: path, required: true, x-ms-summary: Identifier, description: What to make., schema: {{type: integer}}}}\n{DONE}"
    ));
    insta::assert_snapshot!(of.item(THINGS, "pub fn make"), @r#"
    /// In preview: it may change.
    ///
    /// `POST /things/{id}`
    ///
    /// # Arguments
    ///
    /// - `id`: Identifier: What to make.
    #[doc(hidden)]
    #[deprecated]
    #[inline]
    pub fn make(&self, id: i64) -> Make {
        let mut request = runtime::Request::new(&self.0, Make::OPERATION);
        request.set(0, &id);
        Make(request)
    }
    "#);
}

#[test]
fn advanced_setters_come_last_under_a_heading() {
    let of = operation(&format!(
        "operationId: make\nparameters:\n- {{name: id, in: path, required: true, schema: {{type: integer}}}}\n- {{name: a, in: query, x-ms-visibility: advanced, schema: {{type: string}}}}\n- {{name: b, in: query, schema: {{type: string}}}}\n- {{name: c, in: query, x-ms-visibility: important, schema: {{type: string}}}}\n{DONE}"
    ));
    let code = of.file(THINGS);
    let at = |text: &str| code.find(text).unwrap_or_else(|| panic!("no `{text}`"));
    assert!(at("pub fn c(") < at("pub fn b("));
    assert!(at("pub fn send(") < at("/// Advanced settings."));
    assert!(at("/// Advanced settings.") < at("pub fn a("));
}
