//! What policies do to JSON bodies.

use serde_json::{Map, Value};

use super::path::{self, Place, places};
use super::template::{Scope, push};
use crate::descriptor::policy::{Action, Path, Root, Template};
use crate::encode::percent::Escape;

/// Carries an action out on a body. `false` if it left the body as it was: it is not for bodies, or found nothing to work on.
pub(super) fn apply(action: &Action, scope: Scope<'_>, body: &mut Value) -> bool {
    match action {
        Action::SetProperty {
            parent,
            name,
            value,
        } => set_property(scope, body, parent, name, value),
        Action::ReplaceText {
            parent,
            name,
            from,
            to,
            target,
        } => {
            let replaced = |value: &Value| match value.as_str() {
                Some(text) if !from.is_empty() => Some(Value::from(text.replace(from, to))),
                _ => None,
            };
            convert(body, [parent, name, target], replaced)
        }
        Action::EncodeText {
            parent,
            name,
            target,
        } => {
            let encoded =
                |value: &Value| Some(Value::from(Escape::Component.apply(value.as_str()?)));
            convert(body, [parent, name, target], encoded)
        }
        Action::ObjectToArray {
            parent,
            name,
            target,
            key,
            value,
        } => convert(body, [parent, name, target], |object| {
            object_to_array(object, key, value)
        }),
        Action::ArrayToObject {
            parent,
            name,
            target,
            key,
            retain_key,
        } => convert(body, [parent, name, target], |list| {
            array_to_object(list, key.steps, *retain_key)
        }),
        Action::TextToArray {
            parent,
            name,
            target,
            delimiters,
            child,
        } => convert(body, [parent, name, target], |text| {
            text_to_array(text, delimiters, child)
        }),
        Action::MoveProperties {
            source,
            target,
            only,
        } => move_properties(body, source, target, only),
        _ => false,
    }
}

/// Sets a property of the object at `parent`, or of each object of the list there. Where there is neither, nothing is made: an
/// optional part of a body that is left out stays out.
fn set_property(
    scope: Scope<'_>,
    body: &mut Value,
    parent: &Path,
    name: &Path,
    value: &Template,
) -> bool {
    let mut changed = false;
    for item in items(body, parent) {
        let Some(object) = item.get(body).filter(|value| value.is_object()) else {
            continue;
        };
        let here = Scope {
            body: Some(body),
            item: Some(object),
            ..scope
        };
        if let Some(value) = here.json(value) {
            changed |= item.set(body, name.steps, value);
        }
    }
    changed
}

/// Makes a new value from the one at `name`, and puts it at `target`. What has no such value, or not of the right type, stays.
fn convert(
    body: &mut Value,
    [parent, name, target]: [&Path; 3],
    make: impl Fn(&Value) -> Option<Value>,
) -> bool {
    let mut changed = false;
    // Without a name, the parent itself is what is worked on, a list as a whole.
    let items = match name.steps {
        [] => places(body, Place::root(), parent.steps),
        _ => items(body, parent),
    };
    for item in items {
        for source in places(body, item.clone(), name.steps) {
            if let Some(value) = source.get(body).and_then(&make) {
                let (start, steps) = destination(&item, parent, target);
                changed |= start.set(body, steps, value);
            }
        }
    }
    changed
}

/// Where `target` leads from an element that is worked on. A path from the body that goes through the parent means the element
/// as well: there is no other way to name it where the parent is a list.
fn destination<'t>(item: &Place, parent: &Path, target: &'t Path) -> (Place, &'t [&'static str]) {
    match target.root {
        Root::Item | Root::Here => (item.clone(), target.steps),
        Root::Body | Root::TriggerBody => match target.steps.strip_prefix(parent.steps) {
            Some(steps) => (item.clone(), steps),
            None => (Place::root(), target.steps),
        },
    }
}

fn items(body: &Value, parent: &Path) -> Vec<Place> {
    places(body, Place::root(), parent.steps)
        .into_iter()
        .flat_map(|place| place.each(body))
        .collect()
}

fn object_to_array(object: &Value, key: &str, value: &str) -> Option<Value> {
    let element = |(name, member): (&String, &Value)| {
        let mut element = Map::new();
        element.insert(key.to_owned(), Value::from(name.clone()));
        element.insert(value.to_owned(), member.clone());
        Value::Object(element)
    };
    Some(object.as_object()?.iter().map(element).collect())
}

/// A list with an element that has no key stays a list. An element that has nothing but its key becomes null, which takes a
/// member out where APIs merge objects (RFC 7396).
fn array_to_object(list: &Value, key: &[&str], retain_key: bool) -> Option<Value> {
    let mut object = Map::new();
    for element in list.as_array()? {
        let mut name = String::new();
        push(&mut name, path::value(element, key)?);
        let mut value = element.clone();
        if !retain_key {
            for place in places(element, Place::root(), key) {
                place.remove(&mut value);
            }
            if value.as_object().is_some_and(Map::is_empty) {
                value = Value::Null;
            }
        }
        object.insert(name, value);
    }
    Some(Value::Object(object))
}

/// Parts without content are left out: lists that people type often end with a delimiter. Without a name for them, the parts
/// stay texts.
fn text_to_array(text: &Value, delimiters: &str, child: &str) -> Option<Value> {
    let element = |part: &str| {
        if child.is_empty() {
            return Value::from(part);
        }
        let mut element = Map::new();
        element.insert(child.to_owned(), Value::from(part));
        Value::Object(element)
    };
    let parts = text.as_str()?.split(|c| delimiters.contains(c));
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    Some(parts.map(element).collect())
}

/// Moves members of the object at `source`, which goes once it is empty.
fn move_properties(body: &mut Value, source: &Path, target: &Path, only: &[&str]) -> bool {
    let Some(from) = places(body, Place::root(), source.steps).into_iter().next() else {
        return false;
    };
    let Some(Value::Object(mut left)) = from.get(body).cloned() else {
        return false;
    };
    // Nothing is taken out that has nowhere to go.
    let target_fits = |place: &Place| place.get(body).is_some_and(Value::is_object);
    if !places(body, Place::root(), target.steps)
        .iter()
        .all(target_fits)
    {
        return false;
    }
    let names: Vec<String> = left
        .keys()
        .filter(|name| only.is_empty() || only.contains(&name.as_str()))
        .cloned()
        .collect();
    let mut moved = Vec::with_capacity(names.len());
    for name in names {
        if let Some(value) = left.shift_remove(&name) {
            moved.push((name, value));
        }
    }
    if !left.is_empty() || from.remove(body).is_none() {
        from.set(body, &[], Value::Object(left));
    }
    let mut changed = false;
    for (name, value) in moved {
        let steps: Vec<&str> = target
            .steps
            .iter()
            .copied()
            .chain([name.as_str()])
            .collect();
        changed |= Place::root().set(body, &steps, value);
    }
    changed
}
