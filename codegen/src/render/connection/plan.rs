//! What the types of a connection are called, and what each parameter holds.

use std::collections::HashSet;

use crate::lower::names::Scope;
use crate::model::{
    AllowedValue, Api, Binding, ConnectionParameter, ConnectionParameterKind, ParameterSet,
    RustName,
};

/// Everything that `connection.rs` defines.
pub(super) struct Plan<'a> {
    pub(super) sets: Vec<PlannedSet<'a>>,
    pub(super) choices: Vec<Choice<'a>>,
}

/// One way to authenticate.
pub(super) struct PlannedSet<'a> {
    pub(super) of: &'a ParameterSet,
    /// The struct.
    pub(super) name: RustName,
    /// The variant of the enum of all sets.
    pub(super) variant: RustName,
    /// The parameters that a caller can give.
    pub(super) fields: Vec<PlannedField<'a>>,
}

/// A parameter that a caller can give.
pub(super) struct PlannedField<'a> {
    pub(super) of: &'a ConnectionParameter,
    pub(super) setter: RustName,
    pub(super) holds: Holds,
    /// Whether `new` takes it.
    pub(super) required: bool,
}

/// What a field holds.
pub(super) enum Holds {
    Text,
    Secret,
    /// One of the values of [`Plan::choices`].
    Choice(usize),
    /// The credential of this security scheme.
    Credential(String),
}

/// An enum of values.
pub(super) struct Choice<'a> {
    pub(super) name: RustName,
    /// The first parameter that has them.
    pub(super) of: &'a ConnectionParameter,
    pub(super) values: Vec<(RustName, &'a AllowedValue)>,
}

/// Whether there is anything to say about a connection.
pub(in crate::render) fn has_parameters(api: &Api) -> bool {
    sets(api).any(|set| !set.parameters.is_empty())
}

pub(super) fn sets(api: &Api) -> impl Iterator<Item = &ParameterSet> {
    api.connector.iter().flat_map(|of| &of.parameter_sets)
}

/// Whether a connection parameter gives a security scheme its credential.
pub(in crate::render) fn feeds(api: &Api, scheme: &str) -> bool {
    let mut bindings = sets(api)
        .flat_map(|set| &set.parameters)
        .flat_map(|parameter| &parameter.bindings);
    bindings.any(|binding| binding.scheme() == Some(scheme))
}

/// The schemes that people sign in to, once for each parameter.
pub(in crate::render) fn sign_ins(api: &Api) -> impl Iterator<Item = &str> {
    let parameters = sets(api).flat_map(|set| &set.parameters);
    parameters
        .flat_map(|parameter| &parameter.bindings)
        .filter_map(|binding| match binding {
            Binding::OAuth(scheme) => Some(scheme.as_str()),
            _ => None,
        })
}

/// Whether a name has letters beyond ASCII.
pub(in crate::render) fn has_foreign_names(api: &Api) -> bool {
    let plan = Plan::new(api);
    let is_foreign = |name: &RustName| !name.as_str().is_ascii();
    plan.sets.iter().any(|set| {
        let mut fields = set.fields.iter();
        is_foreign(&set.name) || fields.any(|field| is_foreign(&field.of.name))
    }) || plan.choices.iter().any(|choice| {
        let mut values = choice.values.iter();
        is_foreign(&choice.name) || values.any(|(name, _)| is_foreign(name))
    })
}

impl<'a> Plan<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        let sets: Vec<&ParameterSet> = sets(api).collect();
        let mut types = Scope::types();
        let all = types.claim_type("ConnectionParameters");
        let mut variants = Scope::variants();
        let mut plan = Self {
            sets: Vec::new(),
            choices: Vec::new(),
        };
        for set in &sets {
            let one = sets.len() == 1;
            plan.sets.push(PlannedSet {
                of: set,
                name: match one {
                    true => all.clone(),
                    false => types.claim_type(set.name.as_str()),
                },
                variant: variants.claim_type(set.variant.as_str()),
                fields: Vec::new(),
            });
        }
        for (index, set) in sets.iter().enumerate() {
            let mut setters = Scope::methods();
            setters.claim_value("apply");
            let fields = set.parameters.iter().filter_map(|parameter| {
                let holds = plan.holds(parameter, set, &mut types)?;
                Some(PlannedField {
                    of: parameter,
                    setter: setters.claim_value(parameter.name.as_str()),
                    holds,
                    required: is_asked_for(set, parameter),
                })
            });
            let fields = fields.collect();
            plan.sets[index].fields = fields;
        }
        plan
    }

    fn holds(
        &mut self,
        parameter: &'a ConnectionParameter,
        set: &ParameterSet,
        types: &mut Scope,
    ) -> Option<Holds> {
        match &parameter.kind {
            ConnectionParameterKind::Gateway => None,
            ConnectionParameterKind::OAuth(_) => {
                let scheme = parameter.bindings.iter().find_map(Binding::scheme)?;
                Some(Holds::Credential(scheme.to_owned()))
            }
            _ if has_choice(parameter) => Some(Holds::Choice(self.choice(parameter, set, types))),
            ConnectionParameterKind::Text => Some(Holds::Text),
            ConnectionParameterKind::Secret => Some(Holds::Secret),
        }
    }

    /// The enum of a parameter's values. Sets that offer the same share it.
    fn choice(
        &mut self,
        parameter: &'a ConnectionParameter,
        set: &ParameterSet,
        types: &mut Scope,
    ) -> usize {
        let mut known = self.choices.iter();
        let same = |choice: &Choice<'_>| {
            choice.of.wire.eq_ignore_ascii_case(&parameter.wire)
                && choice.of.values == parameter.values
        };
        if let Some(index) = known.position(same) {
            return index;
        }
        let mut sets = self.sets.iter();
        let differs = |other: &ConnectionParameter| {
            other.wire.eq_ignore_ascii_case(&parameter.wire) && other.values != parameter.values
        };
        let name = match sets.any(|set| set.of.parameters.iter().any(differs)) {
            true => format!("{} {}", set.variant, parameter.name),
            false => parameter.name.to_string(),
        };
        let mut variants = Scope::variants();
        let values = parameter.values.iter().map(|value| {
            let title = value.title.as_deref().map(str::trim);
            let title = title.filter(|title| !title.is_empty());
            let name = variants.claim_type(title.unwrap_or(&value.wire));
            (name, value)
        });
        self.choices.push(Choice {
            name: types.claim_type(&name),
            of: parameter,
            values: values.collect(),
        });
        self.choices.len() - 1
    }
}

impl<'a> PlannedSet<'a> {
    /// What a connection can't do without.
    pub(super) fn required(&self) -> impl Iterator<Item = &PlannedField<'a>> {
        self.fields.iter().filter(|field| field.required)
    }
}

/// Whether a connection has to have a value. Where the connector asks for an application of one's own, that may stand in
/// for somebody's tokens.
fn is_asked_for(set: &ParameterSet, parameter: &ConnectionParameter) -> bool {
    let is_application = |binding: &Binding| matches!(binding, Binding::Exchange(name) if name.replace('_', "").eq_ignore_ascii_case("clientId"));
    let mut bindings = set.parameters.iter().flat_map(|other| &other.bindings);
    let stands_in =
        matches!(parameter.kind, ConnectionParameterKind::OAuth(_)) && bindings.any(is_application);
    parameter.required && parameter.default.is_none() && !stands_in
}

/// Whether the values of a parameter can be told apart. An empty one means that there is none.
fn has_choice(parameter: &ConnectionParameter) -> bool {
    let mut distinct = HashSet::new();
    let all = parameter.values.iter();
    !parameter.values.is_empty()
        && all
            .map(|value| value.wire.as_str())
            .all(|value| !value.is_empty() && distinct.insert(value))
}
