//! What a Power Platform connector says beyond its definition: how people connect to it, and what happens to requests
//! on their way (`apiProperties.json`).

use std::fmt;

use serde_json::Value;

use super::{Docs, RustName};

/// A Power Platform connector.
#[derive(Debug, Default)]
pub struct Connector {
    /// Who publishes the connector.
    pub publisher: Option<String>,
    /// `x-ms-connector-metadata`: names and values, such as `Website`.
    pub metadata: Vec<(String, String)>,
    /// The ways to authenticate, each with its parameters; one without a name if there is just one way.
    pub parameter_sets: Vec<ParameterSet>,
    /// What happens to requests and responses, in order.
    pub policies: Vec<Policy>,
    /// The operation that tells cheaply whether a connection works (`x-ms-capabilities.testConnection`).
    pub test_connection: Option<String>,
    /// The C# script, if the connector has one.
    pub script: Option<Script>,
    /// What it takes to call the API without Microsoft's runtime.
    pub tier: Tier,
}

/// One way to authenticate: an entry of `connectionParameterSets`, or all `connectionParameters`.
#[derive(Debug)]
pub struct ParameterSet {
    /// The name of the set; empty for plain `connectionParameters`.
    pub wire: String,
    /// The struct with its parameters.
    pub name: RustName,
    /// The variant of the enum of all sets.
    pub variant: RustName,
    /// What the connector says.
    pub docs: Docs,
    /// The parameters: required ones first.
    pub parameters: Vec<ConnectionParameter>,
}

/// A connection parameter.
#[derive(Debug)]
pub struct ConnectionParameter {
    /// Its name, compared without regard to case.
    pub wire: String,
    /// The field and the setter.
    pub name: RustName,
    /// What it holds.
    pub kind: ConnectionParameterKind,
    /// Whether a connection can't do without.
    pub required: bool,
    /// The value if none is given.
    pub default: Option<String>,
    /// The values to choose from; empty if any will do.
    pub values: Vec<AllowedValue>,
    /// Where the value goes; empty if nothing says so.
    pub bindings: Vec<Binding>,
    /// What the connector says.
    pub docs: Docs,
}

/// What a connection parameter holds.
#[derive(Debug, Clone, PartialEq)]
pub enum ConnectionParameterKind {
    /// `string`.
    Text,
    /// `securestring`.
    Secret,
    /// `oauthSetting`, with the authorization server as the runtime's `Provider` writes it in JSON.
    OAuth(Value),
    /// `gatewaySetting`.
    Gateway,
}

/// A value of a connection parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedValue {
    /// The value.
    pub wire: String,
    /// What people see.
    pub title: Option<String>,
}

/// Where the value of a connection parameter goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// The key or token of a security scheme.
    Key(String),
    /// The user name of a security scheme.
    Username(String),
    /// The password of a security scheme.
    Password(String),
    /// The tokens of a security scheme.
    OAuth(String),
    /// The exchange of OAuth tokens, as the value of this name (`token:X` is `X`); `clientId` and `clientSecret` are those of the
    /// app registration, whatever the parameter is called.
    Exchange(String),
    /// Policies.
    Policy,
}

impl Binding {
    /// The security scheme whose credential the value is part of.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        match self {
            Self::Key(scheme)
            | Self::Username(scheme)
            | Self::Password(scheme)
            | Self::OAuth(scheme) => Some(scheme),
            Self::Exchange(_) | Self::Policy => None,
        }
    }
}

/// In words, such as `key Authorization`.
impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(scheme) => write!(f, "key {scheme}"),
            Self::Username(scheme) => write!(f, "username {scheme}"),
            Self::Password(scheme) => write!(f, "password {scheme}"),
            Self::OAuth(scheme) => write!(f, "oauth {scheme}"),
            Self::Exchange(name) => write!(f, "exchange {name}"),
            Self::Policy => f.write_str("policy"),
        }
    }
}

/// A policy template instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The operations that it is for; empty for all.
    pub operations: Vec<String>,
    /// Which way it works on.
    pub section: Section,
    /// What it does.
    pub action: Action,
}

/// Which way a policy works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the templates' own words")]
pub enum Section {
    Request,
    Response,
}

/// What a policy does. Named after what happens; the template's id is in the documentation of each.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the templates' own words")]
pub enum Action {
    /// `dynamichosturl`, `dynamicsubdomain`: another host and base path.
    SetHost { url: Template },
    /// `routerequesttoendpoint`: another path, relative to the base path, and perhaps another method.
    Route {
        path: Template,
        method: Option<Template>,
    },
    /// `setheader`.
    SetHeader {
        name: String,
        value: Template,
        exists: Exists,
    },
    /// `setqueryparameter`.
    SetQuery {
        name: String,
        value: Template,
        exists: Exists,
    },
    /// `setproperty`: a property of the object, or of every object in the list or object, at `parent`.
    SetProperty {
        parent: Path,
        name: Path,
        value: Template,
    },
    /// `stringreplace`.
    ReplaceText {
        parent: Path,
        name: Path,
        from: String,
        to: String,
        target: Path,
    },
    /// `convertobjecttoarray`.
    ObjectToArray {
        parent: Path,
        name: Path,
        target: Path,
        key: String,
        value: String,
    },
    /// `convertarraytoobject`.
    ArrayToObject {
        parent: Path,
        name: Path,
        target: Path,
        key: Path,
        retain_key: bool,
    },
    /// `stringtoarray`.
    TextToArray {
        parent: Path,
        name: Path,
        target: Path,
        delimiters: String,
        child: String,
    },
    /// `encodepropertyvalue`.
    EncodeText {
        parent: Path,
        name: Path,
        target: Path,
    },
    /// `moveproperties`; `only` names the properties to move, all if it is empty.
    MoveProperties {
        source: Path,
        target: Path,
        only: Vec<String>,
    },
    /// `setvaluefromurl`: a value of another answer.
    SetFromUrl {
        url: Template,
        method: Option<Template>,
        value: Template,
        target: Target,
    },
    /// `updatenextlink`: nothing to do for a client that follows the link itself.
    NextLink { property: String },
    /// `pollingtrigger`: query parameters of the next poll, and where the items are.
    Poll {
        config: Vec<(String, Template)>,
        data: Path,
    },
    /// `setconnectionstatustounauthenticated`.
    Unauthenticated { status: u16 },
}

impl Action {
    /// The texts with expressions that it evaluates.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::SetHost { url } => vec![url],
            Self::Route { path, method } => std::iter::once(path).chain(method).collect(),
            Self::SetHeader { value, .. }
            | Self::SetQuery { value, .. }
            | Self::SetProperty { value, .. } => vec![value],
            Self::SetFromUrl {
                url, method, value, ..
            } => [url, value].into_iter().chain(method).collect(),
            Self::Poll { config, .. } => config.iter().map(|(_, value)| value).collect(),
            Self::ReplaceText { .. }
            | Self::ObjectToArray { .. }
            | Self::ArrayToObject { .. }
            | Self::TextToArray { .. }
            | Self::EncodeText { .. }
            | Self::MoveProperties { .. }
            | Self::NextLink { .. }
            | Self::Unauthenticated { .. } => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub fn templates_mut(&mut self) -> Vec<&mut Template> {
        match self {
            Self::SetHost { url } => vec![url],
            Self::Route { path, method } => std::iter::once(path).chain(method).collect(),
            Self::SetHeader { value, .. }
            | Self::SetQuery { value, .. }
            | Self::SetProperty { value, .. } => vec![value],
            Self::SetFromUrl {
                url, method, value, ..
            } => [url, value].into_iter().chain(method).collect(),
            Self::Poll { config, .. } => config.iter_mut().map(|(_, value)| value).collect(),
            Self::ReplaceText { .. }
            | Self::ObjectToArray { .. }
            | Self::ArrayToObject { .. }
            | Self::TextToArray { .. }
            | Self::EncodeText { .. }
            | Self::MoveProperties { .. }
            | Self::NextLink { .. }
            | Self::Unauthenticated { .. } => Vec::new(),
        }
    }
}

/// What happens if the header or parameter is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the templates' own words")]
pub enum Exists {
    Override,
    Append,
    Skip,
}

/// Where `setvaluefromurl` puts its value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the templates' own words")]
pub enum Target {
    Header(String),
    Query(String),
}

/// A path into JSON: `@body().a['b']` is `a`, `b` in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Where it starts.
    pub root: Root,
    /// The members and indexes that lead on.
    pub steps: Vec<String>,
}

/// Where a path into JSON starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `@body()`.
    Body,
    /// `@triggerBody()`.
    TriggerBody,
    /// `@item()`: the element that is being worked on.
    Item,
    /// What the parameter's context says: a bare name such as `userId`.
    Here,
}

/// A text with expressions in it, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template(pub Vec<Piece>);

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// `@connectionParameters('name', 'default')`.
    ConnectionParameter(String, Option<String>),
    /// `@headers('name')`.
    Header(String),
    /// `@queryParameters('name')`.
    Query(String),
    /// `@body()`, `@triggerBody()`, `@item()`.
    Path(Path),
    /// `{name}` in a path: a parameter of the operation.
    PathParameter(String),
    /// `@Request.OriginalHTTPMethod`.
    Method,
}

/// A C# script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// The operations that go through it; empty for all.
    pub operations: Vec<String>,
    /// Whether it changes requests, as far as its text tells; a script whose text is not there may do anything.
    pub edits_requests: bool,
    /// Whether it changes responses.
    pub edits_responses: bool,
}

/// What it takes to call the API without Microsoft's runtime, by the hardest requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Tier {
    /// No policy changes requests.
    #[default]
    Plain,
    /// Policies for host, headers, query.
    Policies,
    /// Policies that route requests elsewhere.
    Routing,
    /// Policies that rewrite bodies, or fetch values first.
    Bodies,
    /// A script that shapes responses only.
    ScriptResponses,
    /// A script that some operations need.
    ScriptSome,
    /// A script that all operations go through.
    ScriptAll,
    /// An on-premises gateway.
    Gateway,
}

impl Tier {
    /// What it takes to call the API, in words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Plain => "the API can be called as the definition says",
            Self::Policies => "policies for host, headers or query are carried out",
            Self::Routing => "policies that route requests elsewhere are carried out",
            Self::Bodies => "policies that rewrite bodies or fetch values are carried out",
            Self::ScriptResponses => "a script shapes answers, which are untyped therefore",
            Self::ScriptSome => "some operations need a hook in place of the script",
            Self::ScriptAll => "all operations need a hook in place of the script",
            Self::Gateway => "it takes an on-premises gateway, which is not supported yet",
        }
    }

    /// The short name for reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Policies => "1",
            Self::Routing => "2",
            Self::Bodies => "3",
            Self::ScriptResponses => "3b",
            Self::ScriptSome => "4",
            Self::ScriptAll => "5",
            Self::Gateway => "G",
        }
    }
}
