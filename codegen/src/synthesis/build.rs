//! One value of a schema.
//!
//! Wherever there are several possibilities (values of an enumeration, arms of a union, bounds, null) the builder
//! counts which it has taken, so that a few values together show all of them.

use std::collections::HashMap;

use openapiv3::{OpenAPI, ReferenceOr, Schema, SchemaKind};
use serde_json::{Map, Value};

use super::check::Check;
use super::kinds::Kinds;
use super::node::Node;
use super::shape::{Choice, Shape, tag_of};
use super::work::{VALUES_PER_STEP, Work};
use super::{Direction, assertion, number, text};

/// How deep values are nested before only what is required is added.
const GENEROUS_DEPTH: usize = 5;

/// How deep values are nested at all.
const MAX_DEPTH: usize = 40;

/// After so many parts a value gets nothing that isn't required.
const GENEROUS_PARTS: usize = 2_500;

/// A value of more parts is given up.
const MAX_PARTS: usize = 20_000;

/// An array that must be longer is not made.
const MAX_ITEMS: usize = 1_000;

/// No more possibilities of one place than this are shown.
const MAX_POSSIBILITIES: usize = 200;

/// What a value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// What is required, nothing else.
    Required,
    /// Every property.
    Everything,
}

/// What a later version of an API may add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// Values of enumerations.
    Values,
    /// Kinds of objects in unions that have a discriminator.
    Kinds,
    /// Members of objects that have members of any name, and of those that are not described.
    Members,
}

/// One of several possibilities.
enum Possibility<'a> {
    Value(Value),
    /// A value that the document does not list.
    Unknown(Value),
    /// An arm of the first choice.
    Arm(Node<'a>),
    Items(usize),
    Members,
    Null,
}

/// Which schema of the document a value is made of.
type Place = *const Schema;

/// How many possibilities of a place have been shown.
pub(super) type Shown = HashMap<Place, usize>;

/// Which choice of the document a choice is.
type ChoiceId = *const ReferenceOr<Schema>;

/// Schemas, which of their choices are made, and what they say together.
struct Parts<'a, 'p> {
    nodes: &'p [Node<'a>],
    made: &'p [ChoiceId],
    shape: &'p Shape<'a>,
}

/// Makes values.
pub(super) struct Builder<'a, 'w> {
    work: &'w Work<'w>,
    document: &'a OpenAPI,
    direction: Direction,
    plan: Plan,
    /// Whether possibilities are shown in turn; otherwise the first is taken.
    is_mixing: bool,
    /// What there is that the document does not list.
    unknown: Option<Unknown>,
    /// Whether what no value of the document has shown yet is all that is shown beside what is required.
    is_sparing: bool,
    /// Whether a possibility was shown for the first time.
    pub(super) is_fresh: bool,
    shown: Shown,
    open: Vec<Place>,
    parts: usize,
}

impl<'a, 'w> Builder<'a, 'w> {
    pub(super) fn new(document: &'a OpenAPI, direction: Direction, work: &'w Work<'w>) -> Self {
        Self {
            work,
            document,
            direction,
            plan: Plan::Everything,
            is_mixing: false,
            unknown: None,
            is_sparing: false,
            is_fresh: false,
            shown: Shown::new(),
            open: Vec::new(),
            parts: 0,
        }
    }

    /// Goes on after other values of the document, and shows nothing twice. What is sent has every member once: the request is made of
    /// all of them.
    pub(super) fn sparing(mut self, shown: Shown) -> Self {
        self.is_sparing = true;
        self.shown = shown;
        self
    }

    /// What has been shown.
    pub(super) fn into_shown(self) -> Shown {
        self.shown
    }

    /// How many possibilities of a schema have been shown.
    pub(super) fn shown(&self, node: Node<'a>) -> usize {
        self.shown.get(&node.identity()).copied().unwrap_or(0)
    }

    /// Says that so many possibilities of a schema have been shown.
    pub(super) fn has_shown(&mut self, node: Node<'a>, count: usize) {
        let shown = self.shown.entry(node.identity()).or_default();
        *shown = count.max(*shown);
    }

    /// A value with the first of all possibilities; none when there is none within bounds.
    pub(super) fn plain(&mut self, nodes: &[Node<'a>], plan: Plan) -> Option<Value> {
        self.start(plan, false);
        self.value(nodes)
    }

    /// A value with every property, and with possibilities that were not shown before.
    pub(super) fn mixed(&mut self, nodes: &[Node<'a>]) -> Option<Value> {
        self.start(Plan::Everything, true);
        self.value(nodes)
    }

    /// A value of one arm of the first choice; none when there is no such arm.
    pub(super) fn variant(&mut self, node: Node<'a>, index: usize) -> Option<Value> {
        self.start(Plan::Everything, false);
        let nodes = [node];
        let shape = Shape::of(self.document, &nodes);
        let arm = *shape.choices.first()?.arms.get(index)?;
        self.open.push(node.identity());
        let parts = Parts {
            nodes: &nodes,
            made: &[],
            shape: &shape,
        };
        self.arm(&parts, arm)
    }

    /// A value with every property and with something that the document does not list; none when there is no place for it.
    pub(super) fn unknown(&mut self, nodes: &[Node<'a>], unknown: Unknown) -> Option<Value> {
        self.start(Plan::Everything, false);
        self.unknown = Some(unknown);
        let value = self.value(nodes);
        self.unknown = None;
        value.filter(|_| self.is_fresh)
    }

    /// How many parts the last value had.
    pub(super) fn parts(&self) -> usize {
        self.parts
    }

    fn check(&self) -> Check<'a, 'w> {
        Check::new(self.document, self.direction, self.work)
    }

    fn start(&mut self, plan: Plan, is_mixing: bool) {
        self.plan = plan;
        self.is_mixing = is_mixing;
        self.is_fresh = false;
        self.open.clear();
        self.parts = 0;
    }

    /// A value that each of the schemas allows.
    fn value(&mut self, nodes: &[Node<'a>]) -> Option<Value> {
        self.value_of_choices(nodes, &[])
    }

    /// The same, where some choices are made already: the schemas of their arms are among `nodes`, the last one first.
    fn value_of_choices(&mut self, nodes: &[Node<'a>], made: &[ChoiceId]) -> Option<Value> {
        self.parts += 1;
        let is_too_much = self.parts > MAX_PARTS || self.open.len() >= MAX_DEPTH;
        if is_too_much || !self.work.spend(1) {
            return None;
        }
        let place = nodes
            .first()
            .map_or(std::ptr::null(), |node| node.identity());
        let plan = self.plan;
        if self.open.len() >= GENEROUS_DEPTH || self.parts > GENEROUS_PARTS {
            self.plan = Plan::Required;
        }
        self.open.push(place);
        let mut shape = Shape::of(self.document, nodes);
        let values = shape.values.as_ref().map_or(0, Vec::len);
        self.work.spend(shape.merged + values / VALUES_PER_STEP);
        shape
            .choices
            .retain(|choice| !made.contains(&choice.identity));
        let parts = Parts {
            nodes,
            made,
            shape: &shape,
        };
        let value = self.of_shape(&parts, place);
        self.open.pop();
        self.plan = plan;
        value
    }

    fn of_shape(&mut self, parts: &Parts<'a, '_>, place: Place) -> Option<Value> {
        let (shape, nodes) = (parts.shape, parts.nodes);
        if shape.is_never {
            return None;
        }
        let mut possibilities = self.possibilities(parts);
        possibilities.truncate(MAX_POSSIBILITIES);
        let count = possibilities.len();
        let start = if self.is_mixing {
            let shown = self.shown.entry(place).or_default();
            let start = *shown;
            *shown += 1;
            self.is_fresh |= start < count;
            start
        } else {
            let shown = self.shown.entry(place).or_default();
            self.is_fresh |= self.is_sparing && *shown == 0;
            *shown = (*shown).max(1);
            0
        };
        let mut spare = None;
        // In the order of their turn; a possibility that leads nowhere passes it on.
        for step in 0..count {
            let possibility = &possibilities[(start + step) % count];
            let Some(value) = self.try_possibility(possibility, parts) else {
                continue;
            };
            let is_exclusive = shape.choices.iter().any(|choice| choice.is_exclusive);
            if !is_exclusive || self.check().all(nodes, &value) {
                return Some(value);
            }
            spare.get_or_insert(value);
        }
        spare
    }

    fn possibilities(&self, parts: &Parts<'a, '_>) -> Vec<Possibility<'a>> {
        let (shape, nodes) = (parts.shape, parts.nodes);
        let mut found: Vec<Possibility<'a>> = Vec::new();
        let mut check = self.check();
        let mut samples: Vec<Possibility<'a>> = Vec::new();
        for sample in &shape.samples {
            if is_scalar(sample) && check.all(nodes, sample) {
                samples.push(Possibility::Value((*sample).clone()));
            }
        }
        let unknown = match self.unknown {
            Some(Unknown::Values) => shape.values.as_deref().and_then(unknown_value),
            Some(Unknown::Kinds) => shape.choices.first().and_then(unknown_kind),
            Some(Unknown::Members) | None => None,
        };
        if let Some(unknown) = unknown {
            return vec![Possibility::Unknown(unknown)];
        }
        if let Some(values) = &shape.values {
            let values = values
                .iter()
                .filter(|value| shape.kinds.allow(value) && check.all(nodes, value));
            let values = values.take(MAX_POSSIBILITIES).cloned();
            found.extend(values.map(Possibility::Value));
        } else if let Some(choice) = shape.choices.first() {
            found.extend(choice.arms.iter().map(|arm| Possibility::Arm(*arm)));
        } else {
            found.append(&mut samples);
            self.of_kinds(shape, &mut found);
        }
        found.append(&mut samples);
        if shape.is_nullable {
            found.push(Possibility::Null);
        }
        found
    }

    fn of_kinds(&self, shape: &Shape<'a>, found: &mut Vec<Possibility<'a>>) {
        // How a text or a number looks makes a difference where it is written, less so where it is read.
        let most = match self.is_sparing && self.direction == Direction::Response {
            true => 1,
            false => usize::MAX,
        };
        if shape.kinds == Kinds::ALL && shape.members.iter().all(|part| part.properties.is_empty())
        {
            found.push(Possibility::Value(Value::from("anything")));
        }
        if shape.kinds.contains(Kinds::OBJECT) {
            found.push(Possibility::Members);
        }
        if shape.kinds.contains(Kinds::ARRAY) {
            let (min, max) = (shape.count.min, shape.count.max.unwrap_or(usize::MAX));
            for wish in [1, 2, min, max.min(3)].into_iter().take(most) {
                let count = wish.clamp(min, max.max(min));
                if count <= MAX_ITEMS {
                    found.push(Possibility::Items(count));
                }
            }
        }
        if shape.kinds.contains(Kinds::STRING) {
            let texts = text::texts(shape, self.work).into_iter().take(most);
            found.extend(texts.map(|text| Possibility::Value(Value::String(text))));
        }
        if shape.kinds.contains(Kinds::INTEGER) {
            let numbers = number::numbers(shape).into_iter().take(most.min(5));
            found.extend(numbers.map(Possibility::Value));
        }
        if shape.kinds.contains(Kinds::BOOLEAN) {
            let flags = [true, false].into_iter().take(most);
            found.extend(flags.map(|flag| Possibility::Value(Value::Bool(flag))));
        }
    }

    fn try_possibility(
        &mut self,
        possibility: &Possibility<'a>,
        parts: &Parts<'a, '_>,
    ) -> Option<Value> {
        match possibility {
            Possibility::Value(value) => Some(value.clone()),
            Possibility::Unknown(value) => {
                self.is_fresh = true;
                Some(value.clone())
            }
            Possibility::Null => Some(Value::Null),
            Possibility::Arm(arm) => self.arm(parts, *arm),
            Possibility::Items(count) => self.items(parts.shape, *count),
            Possibility::Members => self.members(parts.shape),
        }
    }

    /// A value of an arm of the first choice, which also is one of everything beside the choice.
    fn arm(&mut self, parts: &Parts<'a, '_>, arm: Node<'a>) -> Option<Value> {
        let open = self.open.iter().filter(|open| **open == arm.identity());
        if open.count() > 1 {
            return None;
        }
        let choice = parts.shape.choices.first()?;
        let mut value = if is_only(parts.nodes, choice) {
            self.value(&[arm])?
        } else {
            let mut nodes = vec![arm];
            nodes.extend(parts.nodes);
            let mut made = vec![choice.identity];
            made.extend(parts.made);
            self.value_of_choices(&nodes, &made)?
        };
        if let (Some(discriminator), Some(component), Value::Object(members)) =
            (choice.discriminator, arm.component, &mut value)
        {
            let property = discriminator.property_name.as_str();
            let tag = Value::String(tag_of(discriminator, component));
            let own = Shape::of(self.document, &[arm]).property(self.document, property, self.work);
            // Where the arm has other values for its tag, those count: a schema rules over the hint.
            if own.is_some_and(|own| self.check().all(&own, &tag)) {
                members.insert(property.to_owned(), tag);
            }
        }
        Some(value)
    }

    fn items(&mut self, shape: &Shape<'a>, count: usize) -> Option<Value> {
        let mut items: Vec<Value> = Vec::new();
        if let Some(positions) = &shape.positions {
            for position in positions {
                items.push(self.value(&[*position])?);
            }
            for _ in items.len()..count.min(shape.count.max.unwrap_or(count)) {
                match shape.items.is_empty() {
                    true => break,
                    false => items.push(self.value(&shape.items)?),
                }
            }
            return Some(Value::Array(items));
        }
        let is_open = shape.items.iter().any(|item| self.is_open(*item));
        if is_open && shape.count.min == 0 {
            return Some(Value::Array(items));
        }
        for index in 0..count {
            let item = match self.value(&shape.items) {
                Some(item) => item,
                None if items.len() >= shape.count.min => break,
                None => return None,
            };
            let item = match shape.is_unique {
                true => self.distinct(item, &items, index, &shape.items),
                false => Some(item),
            };
            match item {
                Some(item) => items.push(item),
                None if items.len() >= shape.count.min => break,
                None => return None,
            }
        }
        Some(Value::Array(items))
    }

    /// Whether a value of the schema is being made, twice where a look at the recursion is wanted.
    fn is_open(&self, node: Node<'a>) -> bool {
        let wanted = if self.plan == Plan::Everything { 2 } else { 1 };
        let open = self.open.iter().filter(|open| **open == node.identity());
        node.component.is_some() && open.count() >= wanted
    }

    /// An item that is not among the others.
    fn distinct(
        &mut self,
        item: Value,
        others: &[Value],
        index: usize,
        nodes: &[Node<'a>],
    ) -> Option<Value> {
        if !others.contains(&item) {
            return Some(item);
        }
        let shape = Shape::of(self.document, nodes);
        let values = shape.values.iter().flatten().cloned();
        let mut candidates: Vec<Value> = values.take(MAX_POSSIBILITIES).collect();
        candidates.extend((1..20).filter_map(|step| varied(&item, index + step)));
        let mut check = self.check();
        candidates
            .into_iter()
            .find(|candidate| !others.contains(candidate) && check.all(nodes, candidate))
    }

    fn members(&mut self, shape: &Shape<'a>) -> Option<Value> {
        let mut members = Map::new();
        let is_new = self.is_fresh;
        let most = shape.member_count.max.unwrap_or(usize::MAX);
        let names = shape.names();
        // What is required comes first where there is no room for all.
        let undeclared = shape.required.iter().filter(|name| !names.contains(**name));
        let mut ordered: Vec<&'a str> = names.iter().chain(undeclared).copied().collect();
        if shape.member_count.max.is_some() {
            ordered.sort_by_key(|name| !shape.required.contains(name));
        }
        for &name in &ordered {
            let is_required = shape.required.contains(name);
            let is_wanted = is_required || self.plan == Plan::Everything && members.len() < most;
            let parts = shape.property(self.document, name, self.work);
            if !is_wanted && !shape.tags.contains_key(name) {
                continue;
            }
            match parts.and_then(|parts| self.member(shape, name, &parts, is_required)) {
                Some(Some(value)) => {
                    members.insert(name.to_owned(), value);
                }
                Some(None) => {}
                None if is_required => return None,
                None => {}
            }
        }
        // Where some are asked for, whichever, those with a name come first: a type need not keep others.
        for &name in &ordered {
            if members.len() < shape.member_count.min
                && !members.contains_key(name)
                && let Some(parts) = shape.property(self.document, name, self.work)
                && let Some(Some(value)) = self.member(shape, name, &parts, true)
            {
                members.insert(name.to_owned(), value);
            }
        }
        self.additional(shape, &mut members, is_new);
        if self.unknown == Some(Unknown::Members) && shape.is_free() && members.len() < most {
            self.is_fresh = true;
            members.insert("a name of its own".to_owned(), unknown_member());
        }
        (members.len() >= shape.member_count.min).then_some(Value::Object(members))
    }

    /// The value of a property; an inner none when it does not go this way.
    fn member(
        &mut self,
        shape: &Shape<'a>,
        name: &str,
        parts: &[Node<'a>],
        is_required: bool,
    ) -> Option<Option<Value>> {
        if parts.iter().any(|part| self.direction.excludes(*part)) {
            return Some(None);
        }
        let tag = shape.tags.get(name).map(|tag| Value::String(tag.clone()));
        let mut check = self.check();
        if let Some(tag) = tag.filter(|tag| check.all(parts, tag)) {
            return Some(Some(tag));
        }
        if !is_required && parts.iter().any(|part| self.is_open(*part)) {
            return None;
        }
        match is_required {
            true => self.value(parts).map(Some),
            false => self.optional(parts),
        }
    }

    /// The value of what isn't required; an inner none when it shows nothing.
    fn optional(&mut self, parts: &[Node<'a>]) -> Option<Option<Value>> {
        let is_fresh = std::mem::take(&mut self.is_fresh);
        let value = self.value(parts);
        let is_worth_it = self.is_fresh || !self.leaves_out_known();
        self.is_fresh |= is_fresh;
        value.map(|value| is_worth_it.then_some(value))
    }

    fn leaves_out_known(&self) -> bool {
        self.is_sparing && (self.is_mixing || self.direction == Direction::Response)
    }

    /// Members of free names: one where they are described, more where they are needed.
    fn additional(&mut self, shape: &Shape<'a>, members: &mut Map<String, Value>, is_new: bool) {
        let wanted = usize::from(self.plan == Plan::Everything && shape.has_additional());
        let most = shape.member_count.max.unwrap_or(usize::MAX);
        let missing = shape
            .member_count
            .min
            .saturating_sub(members.len())
            .min(MAX_ITEMS);
        let count = wanted.max(missing).min(most.saturating_sub(members.len()));
        for index in 1..=count {
            let mut by_pattern = shape.members.iter();
            let by_pattern =
                by_pattern.find_map(|part| assertion::member_name(part.node, index, self.work));
            let name = by_pattern.unwrap_or_else(|| format!("extra{index}"));
            if members.contains_key(&name) {
                continue;
            }
            let Some(parts) = shape.property(self.document, &name, self.work) else {
                return;
            };
            if missing == 0 && parts.iter().any(|part| self.is_open(*part)) {
                return;
            }
            let value = match parts.is_empty() {
                true if missing == 0 && !is_new && self.leaves_out_known() => return,
                true => Some(free_value(index)),
                false if missing == 0 => self.optional(&parts).flatten(),
                false => self.value(&parts),
            };
            match value {
                Some(value) => members.insert(name, value),
                None => return,
            };
        }
    }
}

/// Whether the choice is all that the schemas say.
fn is_only(nodes: &[Node<'_>], choice: &Choice<'_>) -> bool {
    let [only] = nodes else {
        return false;
    };
    match &only.schema.schema_kind {
        SchemaKind::OneOf { one_of: arms } | SchemaKind::AnyOf { any_of: arms } => {
            arms.as_ptr() == choice.identity
        }
        _ => false,
    }
}

/// What a member holds that nothing is said about.
fn free_value(index: usize) -> Value {
    serde_json::json!({ "free": index })
}

/// A value like those listed that is not among them. An enumeration of one value is a tag, which is known or nothing.
fn unknown_value(values: &[Value]) -> Option<Value> {
    if values.len() < 2 {
        return None;
    }
    if values.iter().all(Value::is_string) {
        return Some(Value::from("a value that is not listed"));
    }
    let numbers: Option<Vec<i64>> = values.iter().map(Value::as_i64).collect();
    let most = numbers?.into_iter().max()?;
    Some(Value::from(
        most.checked_add(1_000).filter(|most| *most < 1 << 31)?,
    ))
}

/// An object of a kind that the discriminator of a union does not know.
fn unknown_kind(choice: &Choice<'_>) -> Option<Value> {
    let property = &choice.discriminator?.property_name;
    let mut kind = Map::new();
    kind.insert(property.clone(), Value::from("a kind that is not listed"));
    kind.insert("content".to_owned(), unknown_member());
    Some(Value::Object(kind))
}

/// What a member holds that nobody knows: something of every type.
fn unknown_member() -> Value {
    serde_json::json!({ "list": [null, true, -1, 0.25, u64::MAX, "Zoë\n", [], {}] })
}

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array() && !value.is_null()
}

/// The value, changed a little.
fn varied(value: &Value, step: usize) -> Option<Value> {
    match value {
        Value::Bool(flag) => Some(Value::Bool(!flag)),
        Value::Number(number) => {
            let step = u32::try_from(step).ok()?;
            number::value_of(number.as_f64()? + f64::from(step))
        }
        Value::String(text) if text.len() == 36 && text.as_bytes()[8] == b'-' => {
            Some(Value::String(format!("{}{step:012}", text.get(..24)?)))
        }
        Value::String(text) => Some(Value::String(format!("{text}{step}"))),
        Value::Array(items) => {
            let mut items = items.clone();
            let last = items.last_mut()?;
            *last = varied(last, step)?;
            Some(Value::Array(items))
        }
        Value::Object(members) => {
            let mut members = members.clone();
            let changed = members.values_mut().find_map(|value| {
                let other = varied(value, step)?;
                *value = other;
                Some(())
            });
            changed.map(|()| Value::Object(members))
        }
        Value::Null => None,
    }
}
