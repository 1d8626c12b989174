//! Which deliveries were handled.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::codec::{Decode, DecodeError, Encode};
use crate::error::Result;
use crate::saved;

/// The ids of the last deliveries that were handled. Clones share it.
///
/// An id counts once its handler has succeeded: one that failed is handled again when it is delivered again. Save it for the next
/// start; what was handled after it was saved is handled again if the API delivers it again.
#[derive(Clone)]
pub struct Deliveries(Arc<Mutex<Memory>>);

struct Memory {
    capacity: usize,
    known: HashSet<String>,
    /// The oldest first.
    order: VecDeque<String>,
    running: HashSet<String>,
}

/// Whether a delivery is to be handled.
pub(super) enum Admission {
    New(Admitted),
    Known,
    Running,
}

/// A delivery that is being handled, until this is dropped.
pub(super) struct Admitted {
    id: String,
    deliveries: Deliveries,
}

impl Deliveries {
    /// Remembers as many ids.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Mutex::new(Memory {
            capacity,
            known: HashSet::new(),
            order: VecDeque::new(),
            running: HashSet::new(),
        })))
    }

    /// Whether a delivery was handled, as far as is remembered.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.memory().known.contains(id)
    }

    /// Remembers a delivery as handled; for handlers that keep the ids themselves.
    pub fn insert(&self, id: impl Into<String>) {
        let id = id.into();
        let mut memory = self.memory();
        if memory.known.insert(id.clone()) {
            memory.order.push_back(id);
        }
        while memory.order.len() > memory.capacity {
            if let Some(oldest) = memory.order.pop_front() {
                memory.known.remove(&oldest);
            }
        }
    }

    /// The ids as text, to be kept.
    #[must_use]
    pub fn save(&self) -> String {
        self.encode().to_string()
    }

    /// Ids that were saved.
    ///
    /// # Errors
    /// When the text is not that of ids.
    pub fn restore(text: &str) -> Result<Self> {
        saved::restored(text)
    }

    pub(super) fn admit(&self, id: &str) -> Admission {
        let mut memory = self.memory();
        if memory.known.contains(id) {
            return Admission::Known;
        }
        if !memory.running.insert(id.to_owned()) {
            return Admission::Running;
        }
        Admission::New(Admitted {
            id: id.to_owned(),
            deliveries: self.clone(),
        })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The delivery was handled.
    pub(super) fn done(self) {
        self.deliveries.insert(self.id.clone());
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.deliveries.memory().running.remove(&self.id);
    }
}

impl Encode for Deliveries {
    fn encode(&self) -> Value {
        let memory = self.memory();
        serde_json::json!({"capacity": memory.capacity, "handled": memory.order})
    }
}

impl Decode for Deliveries {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let capacity: u32 = saved::member(&value, "capacity")?;
        let handled: Vec<String> = saved::member(&value, "handled")?;
        let deliveries = Self::new(usize::try_from(capacity).unwrap_or(usize::MAX));
        handled.into_iter().for_each(|id| deliveries.insert(id));
        Ok(deliveries)
    }
}

impl fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = self.memory();
        f.debug_struct("Deliveries")
            .field("capacity", &memory.capacity)
            .field("handled", &memory.order.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_survives_a_restart() {
        let deliveries = Deliveries::new(2);
        for id in ["a", "b", "b", "c"] {
            deliveries.insert(id);
        }
        let restored = Deliveries::restore(&deliveries.save()).unwrap();
        assert!(!restored.contains("a"));
        assert!(restored.contains("b") && restored.contains("c"));
        restored.insert("d");
        assert!(!restored.contains("b"));
        assert!(Deliveries::restore("[]").is_err());
    }

    #[test]
    fn delivery_that_failed_is_new_again() {
        let deliveries = Deliveries::new(2);
        let Admission::New(first) = deliveries.admit("a") else {
            panic!("nothing is known");
        };
        assert!(matches!(deliveries.admit("a"), Admission::Running));
        drop(first);
        let Admission::New(second) = deliveries.admit("a") else {
            panic!("it was not handled");
        };
        second.done();
        assert!(matches!(deliveries.admit("a"), Admission::Known));
    }
}
