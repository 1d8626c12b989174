//! Places in JSON: where the paths of a policy lead in a body.

use serde_json::{Map, Value};

/// One step of a [`Place`].
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

/// A place in a body that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place(Vec<Step>);

impl Place {
    /// The body itself.
    pub(super) fn root() -> Self {
        Self::default()
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    pub(super) fn get<'v>(&self, body: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(body, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }

    fn get_mut<'v>(&self, body: &'v mut Value) -> Option<&'v mut Value> {
        self.0.iter().try_fold(body, |value, step| match step {
            Step::Name(name) => value.get_mut(name),
            Step::Index(index) => value.get_mut(index),
        })
    }

    /// Writes a value below this place. Objects on the way are made; anything else on the way keeps the value out.
    pub(super) fn set(&self, body: &mut Value, steps: &[&str], value: Value) -> bool {
        let Some(mut target) = self.get_mut(body) else {
            return false;
        };
        for step in steps {
            target = match target {
                Value::Array(items) => {
                    let item = step.parse::<usize>().ok().and_then(|at| items.get_mut(at));
                    let Some(item) = item else {
                        return false;
                    };
                    item
                }
                Value::Object(members) => member(members, step),
                Value::Null => {
                    *target = Value::Object(Map::new());
                    let Value::Object(members) = target else {
                        return false;
                    };
                    member(members, step)
                }
                _ => return false,
            };
        }
        *target = value;
        true
    }

    /// Takes the value out of the object that it is in.
    pub(super) fn remove(&self, body: &mut Value) -> Option<Value> {
        let (last, parent) = self.0.split_last()?;
        let Step::Name(name) = last else {
            return None;
        };
        let parent = Self(parent.to_vec());
        // Not `swap_remove`: the order of members stays.
        parent.get_mut(body)?.as_object_mut()?.shift_remove(name)
    }

    /// The elements, if a list is here; otherwise this place.
    pub(super) fn each(self, body: &Value) -> Vec<Self> {
        match self.get(body) {
            Some(Value::Array(items)) => (0..items.len())
                .map(|index| self.then(Step::Index(index)))
                .collect(),
            _ => vec![self],
        }
    }
}

fn member<'v>(members: &'v mut Map<String, Value>, name: &str) -> &'v mut Value {
    members.entry(name).or_insert(Value::Null)
}

/// The places that the steps lead to. A name on a list means that member of each element, a number the element.
pub(super) fn places(body: &Value, start: Place, steps: &[&str]) -> Vec<Place> {
    let mut places = vec![start];
    for step in steps {
        places = places
            .into_iter()
            .flat_map(|place| follow(body, &place, step))
            .collect();
    }
    places
}

fn follow(body: &Value, place: &Place, step: &str) -> Vec<Place> {
    match place.get(body) {
        Some(Value::Object(members)) if members.contains_key(step) => {
            vec![place.then(Step::Name(step.to_owned()))]
        }
        Some(Value::Array(items)) => match step.parse::<usize>() {
            Ok(index) if index < items.len() => vec![place.then(Step::Index(index))],
            Ok(_) => Vec::new(),
            Err(_) => (0..items.len())
                .map(|index| place.then(Step::Index(index)))
                .filter(|place| place.get(body).is_some_and(Value::is_object))
                .flat_map(|place| follow(body, &place, step))
                .collect(),
        },
        _ => Vec::new(),
    }
}

/// The value that the steps lead to, the first where there are several; null counts as nothing.
pub(super) fn value<'v>(from: &'v Value, steps: &[&str]) -> Option<&'v Value> {
    let first = places(from, Place::root(), steps).into_iter().next()?;
    first.get(from).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_on_a_list_mean_its_elements() {
        let body = json!({"a": [{"b": 1}, {"c": 2}, {"b": 3}]});
        let found: Vec<&Value> = places(&body, Place::root(), &["a", "b"])
            .iter()
            .filter_map(|place| place.get(&body))
            .collect();
        assert_eq!(found, [&json!(1), &json!(3)]);
        assert_eq!(value(&body, &["a", "1", "c"]), Some(&json!(2)));
        assert_eq!(value(&body, &["a", "9"]), None);
    }

    #[test]
    fn objects_on_the_way_are_made() {
        let mut body = json!({"a": null, "t": "x"});
        assert!(Place::root().set(&mut body, &["a", "b"], json!(1)));
        assert!(!Place::root().set(&mut body, &["t", "b"], json!(1)));
        assert_eq!(body, json!({"a": {"b": 1}, "t": "x"}));
    }
}
