//! Values, sets, and the credentials that they make.

use connector_runtime::Credential;

use super::*;

static KEY: Api = Api::new("acme", "1")
    .security_schemes(&[SecurityScheme::api_key_header("key", "x-key")])
    .parameter_sets(&[ParameterSet::new(
        "",
        &[
            parameter("apiKey", Secret, &[Binding::Key("key")]).required(),
            parameter("region", Plain, &[])
                .default("eu")
                .values(&["eu", "us"]),
            parameter("note", Plain, &[]),
        ],
    )]);

static SETS: Api = Api::new("acme", "1")
    .security_schemes(&[
        SecurityScheme::basic("basic"),
        SecurityScheme::api_key_query("key", "k"),
        SecurityScheme::oauth2("oauth"),
    ])
    .parameter_sets(&[
        ParameterSet::new(
            "OAuth",
            &[parameter("token", OAuth, &[Binding::OAuth("oauth")]).required()],
        ),
        ParameterSet::new(
            "basic-auth",
            &[
                parameter("username", Plain, &[Binding::Username("basic")]).required(),
                parameter("password", Secret, &[Binding::Password("basic")]).required(),
                parameter("environment", Plain, &[])
                    .required()
                    .default("production"),
            ],
        ),
        ParameterSet::new(
            "key-auth",
            &[
                parameter("api_key", Secret, &[Binding::Key("key")]).required(),
                parameter("environment", Plain, &[])
                    .required()
                    .default("test"),
            ],
        ),
    ]);

#[test]
fn key_goes_where_the_scheme_wants_it_whatever_the_case_of_its_name() {
    for name in ["apiKey", "APIKEY", "apikey"] {
        let (builder, transport) = builder(&KEY);
        let sent = call(builder.parameter(name, "k1"), &transport);
        assert_eq!(sent.header("x-key"), Some("k1"), "{name}");
    }
}

#[test]
fn values_of_each_kind_of_scheme_become_its_credential() {
    const SECRETS: &[Binding] = &[Binding::Key("s")];
    const fn keyed(scheme: &'static [SecurityScheme]) -> Api {
        const SET: &[ParameterSet] = &[ParameterSet::new("", &[parameter("k", Secret, SECRETS)])];
        Api::new("acme", "1")
            .security_schemes(scheme)
            .parameter_sets(SET)
    }
    static BEARER: Api = keyed(&[SecurityScheme::bearer("s")]);
    static HTTP: Api = keyed(&[SecurityScheme::http("s", "ApiKey")]);
    static BASIC: Api = keyed(&[SecurityScheme::basic("s")]);
    static COOKIE: Api = keyed(&[SecurityScheme::api_key_cookie("s", "sid")]);
    for (api, header, value) in [
        (&BEARER, "authorization", "Bearer v"),
        (&HTTP, "authorization", "ApiKey v"),
        (&BASIC, "authorization", "Basic djo="),
        (&COOKIE, "cookie", "sid=v"),
    ] {
        let (builder, transport) = builder(api);
        let sent = call(builder.parameter("k", "v"), &transport);
        assert_eq!(sent.header(header), Some(value));
    }
}

#[test]
fn name_and_password_become_basic() {
    let (builder, transport) = builder(&SETS);
    let given = builder
        .parameter("username", "ada")
        .parameter("Password", "pw");
    let sent = call(given, &transport);
    assert_eq!(sent.header("authorization"), Some("Basic YWRhOnB3"));
}

#[test]
fn explicit_credential_counts_before_a_parameter_and_makes_it_superfluous() {
    let (given, transport) = builder(&KEY);
    let given = given.credential("key", Credential::api_key("explicit"));
    let sent = call(given.parameter("apiKey", "bound"), &transport);
    assert_eq!(sent.header("x-key"), Some("explicit"));

    let (alone, transport) = builder(&KEY);
    let sent = call(
        alone.credential("key", Credential::api_key("alone")),
        &transport,
    );
    assert_eq!(sent.header("x-key"), Some("alone"));
}

#[test]
fn defaults_are_values_and_debug_has_names_only() {
    let (builder, _) = builder(&KEY);
    let client = builder.parameter("ApiKey", "hush").build().unwrap();
    let shown = format!("{:?}", client.connection());
    assert!(
        shown.contains(r#"parameters: ["apikey", "region"]"#),
        "{shown}"
    );
    assert!(
        !shown.contains("hush") && !shown.contains("eu\""),
        "{shown}"
    );
}

#[test]
fn missing_value_is_named_with_all_that_would_do() {
    let message = error(builder(&KEY).0);
    for part in [
        "`acme`",
        "`apiKey`",
        "ACME_API_KEY",
        "credential for the scheme `key`",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn value_that_is_not_allowed_or_not_known_is_an_error_that_lists_what_is() {
    let given = |name, value| {
        builder(&KEY)
            .0
            .parameter("apiKey", "k")
            .parameter(name, value)
    };
    assert_eq!(
        error(given("region", "mars")),
        "the connection parameter `region` is `mars`, but must be one of `eu`, `us`"
    );
    assert_eq!(
        error(given("Regoin", "eu")),
        "`acme` has no connection parameter `regoin`; it has `apiKey`, `note`, `region`"
    );
    assert!(given("region", "us").build().is_ok());
    static NONE: Api = Api::new("acme", "1");
    let message = error(builder(&NONE).0.parameter("region", "eu"));
    assert_eq!(
        message,
        "`acme` has no connection parameter `region`; it has none"
    );
}

#[test]
fn secret_that_is_not_allowed_is_not_quoted() {
    static API: Api = Api::new("acme", "1").parameter_sets(&[ParameterSet::new(
        "",
        &[parameter("tier", Secret, &[]).values(&["gold"])],
    )]);
    let message = error(builder(&API).0.parameter("tier", "hunter2"));
    assert!(
        message.contains("one of `gold`") && !message.contains("hunter2"),
        "{message}"
    );
}

#[test]
fn first_set_that_is_complete_and_takes_what_is_given_counts() {
    let (given, transport) = builder(&SETS);
    let sent = call(given.parameter("api_key", "k1"), &transport);
    assert_eq!(sent.url(), "https://api.acme.example/shops?k=k1");

    let (given, transport) = builder(&SETS);
    let given = given.credential("basic", Credential::basic("ada", "pw"));
    // The credential says which set is meant: the one that has `environment` and this scheme.
    let sent = call(given.parameter("environment", "test"), &transport);
    assert_eq!(sent.header("authorization"), Some("Basic YWRhOnB3"));

    let shared = error(builder(&SETS).0.parameter("environment", "test"));
    for part in [
        "`basic-auth` needs the parameter `username`",
        "`key-auth` needs",
        "ACME_API_KEY",
    ] {
        assert!(shared.contains(part), "{part}: {shared}");
    }
    assert!(!shared.contains("`OAuth` needs"), "{shared}");
}

#[test]
fn set_can_be_named_and_is_held_to_its_own_parameters() {
    let named = |name| builder(&SETS).0.parameter_set(name);
    let message = error(named("basic-auth").parameter("username", "ada"));
    assert!(
        message.contains("`password`") && message.contains("ACME_PASSWORD"),
        "{message}"
    );
    let message = error(
        named("KEY-AUTH")
            .parameter("api_key", "k")
            .parameter("username", "ada"),
    );
    assert_eq!(
        message,
        "the set `key-auth` of `acme` has no connection parameter `username`; it has `api_key`, `environment`"
    );
    let message = error(named("oath"));
    assert!(
        message.contains("it has `OAuth`, `basic-auth`, `key-auth`"),
        "{message}"
    );
    assert!(error(builder(&KEY).0.parameter_set("x")).contains("it has none"));
}

#[test]
fn missing_sign_in_is_an_error_of_calls_only() {
    let (builder, transport) = builder(&SETS);
    transport.reply(Reply::text(200, "ok"));
    let client = builder.build().unwrap();
    assert!(format!("{:?}", client.connection()).contains("credentials: {}"));
}

#[test]
fn gateway_is_an_error_of_calls_that_would_go_through_it() {
    static API: Api = Api::new("acme", "1")
        .servers(&[Server::new("https://localhost:4433")])
        .parameter_sets(&[ParameterSet::new(
            "",
            &[parameter("gateway", Gateway, &[]).required()],
        )]);
    let client = Client::builder(&API).build().unwrap();
    let call = client.request("GET", "/").send::<Text>();
    let message = block_on(call).unwrap_err().to_string();
    assert!(
        message.contains("on-premises data gateway") && message.contains("base URL"),
        "{message}"
    );
    let (builder, transport) = builder(&API);
    assert_eq!(
        call_url(builder, &transport),
        "https://api.acme.example/shops"
    );
}

fn call_url(builder: ClientBuilder, transport: &MockTransport) -> String {
    call(builder, transport).url().to_owned()
}
