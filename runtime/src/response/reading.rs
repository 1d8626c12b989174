//! How the JSON of an answer is decoded, and who hears of what was forgiven.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use tracing::Level;

use crate::codec::{Decode, DecodeError, Decoding, Deviations};

/// Where the caller finds what was forgiven.
pub(crate) type Report = Arc<OnceLock<Deviations>>;

/// The way in which the values of one answer are decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) decoding: Decoding,
    pub(crate) operation: Option<&'static str>,
    pub(crate) report: Option<Report>,
}

impl Reading {
    /// Decodes a value of the answer. To find the places that were forgiven it is decoded again, from what `again` gives; that is not
    /// done unless there are some, and somebody wants to know.
    pub(crate) fn decode<T: Decode>(
        &self,
        value: Value,
        again: &dyn Fn() -> Option<Value>,
    ) -> Result<T, DecodeError> {
        let (decoded, deviations) =
            self.decoding
                .decode_answer(value, &|| match self.is_heard() {
                    true => again(),
                    false => None,
                })?;
        if !deviations.is_empty() {
            self.tell(deviations);
        }
        Ok(decoded)
    }

    /// Decodes a value of the answer that may be cloned.
    pub(crate) fn decode_part<T: Decode>(&self, value: Value) -> Result<T, DecodeError> {
        let again = self.is_heard().then(|| value.clone());
        self.decode(value, &|| again.clone())
    }

    fn is_heard(&self) -> bool {
        self.report.is_some() || tracing::enabled!(Level::DEBUG)
    }

    #[cold]
    fn tell(&self, deviations: Deviations) {
        // Kinds of values, never values.
        tracing::debug!(
            operation = self.operation,
            deviations = deviations.count(),
            first = deviations.as_slice().first().map(tracing::field::display),
            "the answer was read although it deviates from the document"
        );
        if let Some(report) = &self.report {
            // One body is read once.
            let _ = report.set(deviations);
        }
    }
}
