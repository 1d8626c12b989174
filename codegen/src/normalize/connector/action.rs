//! The sixteen policy templates, each with the parameters that it needs.

use serde_json::{Map, Value};

use super::template::{self, Problem};
use super::{flag, scalar};
use crate::model::{Action, Exists, Path, Piece, Root, Target, Template};

/// Why a policy is not carried out.
pub(super) enum Refused {
    /// No template has this id.
    Unknown,
    /// It lacks something.
    Incomplete(String),
}

/// The parameters of a policy, by their names without prefixes such as `x-ms-apimTemplateParameter.`.
pub(super) struct Arguments {
    values: Vec<(String, Value)>,
    /// Expressions that can't be read, by the key of their parameter.
    pub(super) problems: Vec<(String, Problem)>,
    /// What else there is to say about a parameter.
    pub(super) remarks: Vec<(String, String)>,
}

impl Arguments {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self {
            values: members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect(),
            problems: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// Takes a parameter with its key.
    pub(super) fn take(&mut self, name: &str) -> Option<(String, Value)> {
        let is_wanted = |(key, _): &(String, Value)| {
            let start = key.len().checked_sub(name.len());
            let own = start.and_then(|start| key.get(start..));
            let prefix = start.and_then(|start| key.get(..start)).unwrap_or_default();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
                && (prefix.is_empty() || prefix.ends_with(['.', '-']))
        };
        let index = self.values.iter().position(is_wanted)?;
        Some(self.values.remove(index))
    }

    fn optional_text(&mut self, name: &str) -> Option<String> {
        let (key, value) = self.take(name)?;
        let text = scalar(&value);
        if text.is_none() {
            let message = format!("`{name}` must be a text; it is ignored");
            self.remarks.push((key, message));
        }
        text
    }

    fn text(&mut self, name: &str) -> Result<String, Refused> {
        self.optional_text(name).ok_or_else(|| missing(name))
    }

    /// A text that must not be empty.
    fn name(&mut self, name: &str) -> Result<String, Refused> {
        let text = self.text(name)?.trim().to_owned();
        if text.is_empty() {
            return Err(missing(name));
        }
        Ok(text)
    }

    /// A text with expressions; values other than texts are written as JSON.
    fn template(&mut self, name: &str, is_path: bool) -> Result<Template, Refused> {
        let (key, value) = self.take(name).ok_or_else(|| missing(name))?;
        let text = scalar(&value).unwrap_or_else(|| value.to_string());
        Ok(self.parsed(&key, &text, is_path))
    }

    /// A text with expressions whose spaces count: some orderings are ` !`.
    fn value(&mut self, name: &str) -> Result<Template, Refused> {
        let (key, value) = self.take(name).ok_or_else(|| missing(name))?;
        let text = scalar(&value).unwrap_or_else(|| value.to_string());
        let mut problems = Vec::new();
        let template = template::parse(&text, false, &mut problems);
        self.note(&key, problems);
        Ok(template)
    }

    fn parsed(&mut self, key: &str, text: &str, is_path: bool) -> Template {
        let mut problems = Vec::new();
        let template = template::parse(text.trim(), is_path, &mut problems);
        self.note(key, problems);
        template
    }

    fn path(&mut self, name: &str) -> Result<Path, Refused> {
        let (key, value) = self.take(name).ok_or_else(|| missing(name))?;
        let text = scalar(&value).ok_or_else(|| missing(name))?;
        let mut problems = Vec::new();
        let path = template::parse_path(&text, &mut problems);
        self.note(&key, problems);
        Ok(path)
    }

    fn note(&mut self, key: &str, problems: Vec<Problem>) {
        let problems = problems
            .into_iter()
            .map(|problem| (key.to_owned(), problem));
        self.problems.extend(problems);
    }

    /// `existsAction`; what is there is replaced if nothing is said.
    fn exists(&mut self) -> Exists {
        let Some((key, value)) = self.take("existsAction") else {
            return Exists::Override;
        };
        let word = scalar(&value).unwrap_or_default();
        match word.trim().to_ascii_lowercase().as_str() {
            "override" | "" => Exists::Override,
            "append" => Exists::Append,
            "skip" => Exists::Skip,
            _ => {
                let message = format!(
                    "`{word}` is none of `override`, `append`, `skip`; `override` is taken"
                );
                self.remarks.push((key, message));
                Exists::Override
            }
        }
    }

    /// `httpMethod`, which is optional.
    fn method(&mut self) -> Option<Template> {
        let method = self.template("httpMethod", false).ok();
        method.filter(|method| !method.0.is_empty())
    }

    /// `triggerConfig`: query parameters, as an object or as the text of one.
    fn poll_config(&mut self) -> Vec<(String, Template)> {
        let Some((key, value)) = self.take("triggerConfig") else {
            return Vec::new();
        };
        let members = match value {
            Value::Object(members) => members,
            Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
            _ => Map::new(),
        };
        let mut config = Vec::new();
        for (name, value) in members {
            if name.trim().is_empty() {
                let message = "a query parameter without a name is left out".to_owned();
                self.remarks.push((key.clone(), message));
            } else if let Some(text) = scalar(&value) {
                let value = self.parsed(&key, &text, false);
                config.push((name, value));
            }
        }
        config
    }
}

fn missing(name: &str) -> Refused {
    Refused::Incomplete(format!("it lacks `{name}`"))
}

/// What a policy does, by the id of its template.
pub(super) fn action(id: &str, arguments: &mut Arguments) -> Result<Action, Refused> {
    Ok(match id.to_ascii_lowercase().as_str() {
        "dynamichosturl" | "dynamicsubdomain" => set_host(arguments)?,
        "routerequesttoendpoint" => Action::Route {
            path: arguments.template("newPath", true)?,
            method: arguments.method(),
        },
        "setheader" => Action::SetHeader {
            name: arguments.name("name")?,
            value: arguments.template("value", false)?,
            exists: arguments.exists(),
        },
        "setqueryparameter" => Action::SetQuery {
            name: arguments.name("name")?,
            value: arguments.template("value", false)?,
            exists: arguments.exists(),
        },
        "setproperty" => Action::SetProperty {
            parent: arguments.path("newPropertyParentPathTemplate")?,
            name: arguments.path("newPropertySubPathTemplate")?,
            value: arguments.value("propertyValuePathTemplate")?,
        },
        "stringreplace" => Action::ReplaceText {
            parent: arguments.path("propertyParentPath")?,
            name: arguments.path("propertySubPath")?,
            from: arguments.text("sourceString")?,
            to: arguments
                .optional_text("replacementString")
                .unwrap_or_default(),
            target: arguments.path("newPropertyPath")?,
        },
        "convertobjecttoarray" => Action::ObjectToArray {
            parent: arguments.path("propertyParentPath")?,
            name: arguments.path("propertySubPath")?,
            target: arguments.path("newPropertyPath")?,
            key: arguments.name("keyName")?,
            value: arguments.name("valueName")?,
        },
        "convertarraytoobject" => Action::ArrayToObject {
            parent: arguments.path("propertyParentPath")?,
            name: arguments.path("propertySubPath")?,
            target: arguments.path("newPropertyPath")?,
            key: arguments.path("keyWithinCollectionPath")?,
            retain_key: given(arguments, "retainKey", true),
        },
        "stringtoarray" => Action::TextToArray {
            parent: arguments.path("propertyParentPath")?,
            name: arguments.path("propertySubPath")?,
            target: arguments.path("newPropertyPath")?,
            delimiters: arguments.text("delimiterList")?,
            child: arguments
                .optional_text("childPropertyName")
                .unwrap_or_default(),
        },
        "encodepropertyvalue" => Action::EncodeText {
            parent: arguments.path("propertyParentPath")?,
            name: arguments.path("propertySubPath")?,
            target: arguments.path("newPropertyPath")?,
        },
        "moveproperties" => move_properties(arguments)?,
        "setvaluefromurl" => Action::SetFromUrl {
            url: arguments.template("parameterValueUrl", true)?,
            method: arguments.method(),
            value: arguments.template("parameterValuePathTemplate", false)?,
            target: target(arguments)?,
        },
        "updatenextlink" => Action::NextLink {
            property: arguments.name("nextLinkPropertyName")?,
        },
        "pollingtrigger" => Action::Poll {
            config: arguments.poll_config(),
            data: arguments.path("triggerDataPath")?,
        },
        "setconnectionstatustounauthenticated" => {
            let status = arguments.name("statusCode")?.parse();
            Action::Unauthenticated {
                status: status
                    .map_err(|_| Refused::Incomplete("its `statusCode` is no status".to_owned()))?,
            }
        }
        _ => return Err(Refused::Unknown),
    })
}

/// `{…}` in a host is what the publisher sees for the parts that the user fills in; without an expression it is kept as it is.
fn set_host(arguments: &mut Arguments) -> Result<Action, Refused> {
    let url = arguments.template("urlTemplate", false)?;
    if url.0.is_empty() {
        return Err(missing("urlTemplate"));
    }
    Ok(Action::SetHost { url })
}

/// A flag, and what it is if it is left empty.
fn given(arguments: &mut Arguments, name: &str, otherwise: bool) -> bool {
    let value = arguments.take(name);
    value
        .and_then(|(_, value)| flag(&value))
        .unwrap_or(otherwise)
}

/// `copyOnlySubProperties` moves what is in the property; otherwise the property itself moves, under its name unless the target has
/// another one.
fn move_properties(arguments: &mut Arguments) -> Result<Action, Refused> {
    let mut part = |parent: &str, sub: &str| -> Result<(Path, bool), Refused> {
        let parent = arguments.path(parent)?;
        let sub = arguments.path(sub).unwrap_or(Path {
            root: Root::Here,
            steps: Vec::new(),
        });
        let named = !sub.steps.is_empty();
        Ok((joined(parent, sub), named))
    };
    let (mut source, _) = part("srcParentPath", "srcSubPath")?;
    let (target, renamed) = part("dstParentPath", "dstSubPath")?;
    let mut only = Vec::new();
    if !given(arguments, "copyOnlySubProperties", false) && !renamed {
        only.extend(source.steps.pop());
    }
    Ok(Action::MoveProperties {
        source,
        target,
        only,
    })
}

/// A path below another, unless it begins elsewhere itself.
fn joined(mut parent: Path, sub: Path) -> Path {
    if sub.root != Root::Here {
        return sub;
    }
    parent.steps.extend(sub.steps);
    parent
}

/// Where `setvaluefromurl` puts its value: the one header or query parameter that `parameterTemplate` reads.
fn target(arguments: &mut Arguments) -> Result<Target, Refused> {
    let template = arguments.template("parameterTemplate", false)?;
    match template.0.as_slice() {
        [Piece::Header(name)] => Ok(Target::Header(name.clone())),
        [Piece::Query(name)] => Ok(Target::Query(name.clone())),
        _ => Err(Refused::Incomplete(
            "its `parameterTemplate` is neither `@headers('…')` nor `@queryParameters('…')`"
                .to_owned(),
        )),
    }
}
