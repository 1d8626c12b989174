//! How a decoding is told to forgive, and what it tells of it.
//!
//! [`Decode::decode`](super::Decode::decode) has no argument for it: that would be one more in thousands of generated functions. So
//! a [`Session`] says it to the thread, for as long as one value is decoded. Types ask only after a value turned out not to be what
//! they expect, so answers that conform pay nothing.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde_json::Value;

use super::error::{Found, excerpt};
use super::path::{Path, Segment};
use super::{Decode, DecodeError};

/// How forgiving answers are read. `DECODING.md` has the table of what is forgiven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decoding {
    /// What can be meant in one way only is read in that way, and told: [`Response::deviations`](crate::Response::deviations).
    #[default]
    Lenient,
    /// What does not have the documented type is an error.
    Strict,
}

impl Decoding {
    /// Decodes a value in this way, and tells where it deviates from its type. [`Decode::decode`] alone forgives nothing.
    ///
    /// # Errors
    /// When the value does not have the type, and this is not forgiven.
    pub fn decode<T: Decode>(self, value: &Value) -> Result<(T, Deviations), DecodeError> {
        let session = Session::begin(self, true, value.is_null());
        let decoded = T::decode(value.clone())?;
        Ok((decoded, session.finish()))
    }

    /// Decodes an answer. Places are only looked for if somebody wants to know them: `again` gives the value once more.
    pub(crate) fn decode_answer<T: Decode>(
        self,
        value: Value,
        again: &dyn Fn() -> Option<Value>,
    ) -> Result<(T, Deviations), DecodeError> {
        let session = Session::begin(self, false, value.is_null());
        let decoded = T::decode(value)?;
        let deviations = session.finish();
        if deviations.count == 0 {
            return Ok((decoded, deviations));
        }
        let located = again().and_then(|value| self.decode::<T>(&value).ok());
        let deviations = located.map_or(deviations, |(_, located)| located);
        Ok((decoded, deviations))
    }
}

/// A place where an answer was read although it does not have the documented type.
#[derive(Clone, PartialEq, Eq)]
pub struct Deviation {
    path: Path,
    expected: &'static str,
    found: Found,
    excerpt: String,
}

impl Deviation {
    /// The place as a JSONPath (RFC 9535): `$.items[3].price`.
    #[must_use]
    pub fn path(&self) -> String {
        self.path.to_string()
    }

    /// What the document says: "a 64-bit integer".
    #[must_use]
    pub fn expected(&self) -> &str {
        self.expected
    }

    /// What was there instead, without its content: "a string", "null", "nothing".
    #[must_use]
    pub fn found(&self) -> String {
        self.found.to_string()
    }

    /// The beginning of what was there; `None` where the names on the way to it speak of a secret.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        (!self.path.is_secret()).then_some(&self.excerpt)
    }
}

/// Says all but what was there.
impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            expected,
            found,
            ..
        } = self;
        write!(f, "expected {expected} at {path}, found {found}")
    }
}

impl fmt::Debug for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deviation({self})")
    }
}

/// Where an answer was read although it does not have the documented type. The first few are kept; all are counted.
#[derive(Clone, Debug, Default)]
pub struct Deviations {
    kept: Vec<Deviation>,
    count: usize,
}

impl Deviations {
    /// As many are kept: a list may have the same one in each of its elements.
    const KEPT: usize = 64;

    /// Those that are kept.
    #[must_use]
    pub fn as_slice(&self) -> &[Deviation] {
        &self.kept
    }

    /// How many there are, also of those that are not kept.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether the value was what its type says.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// What this thread's decoding forgives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nobody said anything: types are exact, but a date-time may lack its zone.
    Plain,
    /// Types are exact.
    Strict,
    /// What can be meant in one way only is forgiven.
    Lenient,
    /// A union tries a variant in a lenient decoding: as plain, but told.
    Trying,
}

/// As many levels of objects are made of one `null`.
const INVENTED_LEVELS: u8 = 3;
/// As many objects are made of `null` in one value.
const INVENTED_OBJECTS: u32 = 10_000;

#[derive(Clone, Copy)]
struct State {
    mode: Mode,
    /// Whether places are recorded.
    tracks: bool,
    /// Whether a variant is looked for that keeps everything.
    compares: bool,
    /// Whether what is being decoded stands for a missing member.
    absent: bool,
    /// How deep in an object that was made of `null`.
    level: u8,
    /// How many objects were made of `null`.
    objects: u32,
    /// How many deviations there are.
    count: usize,
}

const PLAIN: State = State {
    mode: Mode::Plain,
    tracks: false,
    compares: false,
    absent: false,
    level: 0,
    objects: 0,
    count: 0,
};

/// Where a decoding that records places is, and what it recorded.
#[derive(Default)]
struct Record {
    path: Vec<Segment>,
    kept: Vec<Deviation>,
}

thread_local! {
    static STATE: Cell<State> = const { Cell::new(PLAIN) };
    static RECORD: RefCell<Record> = const { RefCell::new(Record { path: Vec::new(), kept: Vec::new() }) };
}

fn change(change: impl FnOnce(&mut State)) {
    let mut state = STATE.get();
    change(&mut state);
    STATE.set(state);
}

/// One decoding on this thread; the one around it, if any, goes on after it.
struct Session {
    state: State,
    record: Record,
}

impl Session {
    fn begin(decoding: Decoding, tracks: bool, is_null: bool) -> Self {
        let state = State {
            mode: match decoding {
                Decoding::Lenient => Mode::Lenient,
                Decoding::Strict => Mode::Strict,
            },
            tracks,
            // An answer that is `null` as a whole is no empty object.
            objects: if is_null { INVENTED_OBJECTS } else { 0 },
            ..PLAIN
        };
        Self {
            state: STATE.replace(state),
            record: RECORD.take(),
        }
    }

    fn finish(self) -> Deviations {
        Deviations {
            kept: RECORD.take().kept,
            count: STATE.get().count,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        STATE.set(self.state);
        RECORD.replace(std::mem::take(&mut self.record));
    }
}

pub(super) fn mode() -> Mode {
    STATE.get().mode
}

pub(super) fn is_lenient() -> bool {
    mode() == Mode::Lenient
}

/// Notes that `found` is read as `expected`.
#[cold]
pub(super) fn note(expected: &'static str, found: &Value) {
    let state = STATE.get();
    // An object that was made of `null` is told as a whole.
    if state.level > 0 {
        return;
    }
    change(|state| state.count += 1);
    if !state.tracks || state.count >= Deviations::KEPT {
        return;
    }
    RECORD.with_borrow_mut(|record| {
        let path = Path::inwards(&record.path);
        record.kept.push(Deviation {
            path,
            expected,
            found: match state.absent {
                true => Found::Nothing,
                false => Found::of(found),
            },
            excerpt: excerpt(found),
        });
    });
}

/// Looks for a variant that keeps everything. Unions inside are not compared again: each level would multiply the work.
pub(super) fn compare<T>(find: impl FnOnce() -> Option<T>) -> Option<T> {
    if STATE.get().compares {
        return None;
    }
    change(|state| state.compares = true);
    let found = find();
    change(|state| state.compares = false);
    found
}

/// Tries a variant of a union. What it notes is forgotten if it does not decode.
pub(super) fn attempt<T>(
    mode: Mode,
    decode: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let before = STATE.get();
    let depth = if before.tracks { depth() } else { 0 };
    // Only a lenient decoding has anything to restrict.
    if before.mode == Mode::Lenient {
        change(|state| state.mode = mode);
    }
    let decoded = decode();
    let after = STATE.get();
    STATE.set(match decoded {
        Ok(_) => State {
            mode: before.mode,
            ..after
        },
        Err(_) => State {
            objects: after.objects,
            ..before
        },
    });
    if before.tracks {
        RECORD.with_borrow_mut(|record| {
            record.path.truncate(depth);
            if decoded.is_err() {
                record.kept.truncate(before.count);
            }
        });
    }
    decoded
}

fn depth() -> usize {
    RECORD.with_borrow(|record| record.path.len())
}

/// The place of an object or array while its members are decoded; nothing, unless places are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Frame(Option<usize>);

impl Frame {
    /// Opens the container that is decoded now.
    #[inline]
    pub(super) fn open() -> Self {
        match STATE.get().tracks {
            true => Self(Some(depth())),
            false => Self(None),
        }
    }

    /// Goes to a member. Whatever was open inside another one is closed.
    #[inline]
    pub(super) fn field(self, name: &str) {
        if self.0.is_some() {
            self.enter(Segment::field(name));
        }
    }

    /// Goes to an element.
    #[inline]
    pub(super) fn index(self, index: usize) {
        if self.0.is_some() {
            self.enter(Segment::Index(index));
        }
    }

    #[cold]
    fn enter(self, segment: Segment) {
        let Some(depth) = self.0 else { return };
        RECORD.with_borrow_mut(|record| {
            record.path.truncate(depth);
            record.path.push(segment);
        });
    }
}

/// Whether `null` may become an object with empty members.
pub(super) fn invents_object() -> bool {
    let state = STATE.get();
    let allowed = state.mode == Mode::Lenient
        && state.level < INVENTED_LEVELS
        && state.objects < INVENTED_OBJECTS;
    if allowed {
        change(|state| state.objects += 1);
    }
    allowed
}

/// Decodes the empty value of a type for a member of an object that was made of `null`.
pub(super) fn invented<T: Decode>() -> Option<T> {
    change(|state| state.level += 1);
    let decoded = T::decode(Value::Null).ok();
    change(|state| state.level -= 1);
    decoded
}

/// Decodes the empty value of a type for a member that is missing.
pub(super) fn absent<T: Decode>() -> Option<T> {
    let before = STATE.get();
    change(|state| state.absent = true);
    let decoded = attempt(Mode::Lenient, || T::decode(Value::Null)).ok();
    if decoded.is_some() && STATE.get().count == before.count {
        note("a value", &Value::Null);
    }
    change(|state| state.absent = before.absent);
    decoded
}
