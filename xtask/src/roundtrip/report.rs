//! The round-trip run in figures and in print.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is wrong with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is not valid under the document's schema, which is no fault of the type.
    Instance,
    /// It could not be decoded.
    Decode,
    /// Something else came back.
    Difference,
    /// What came back is not valid.
    Invalid,
    /// The program broke down.
    Crash,
}

/// An instance that did not come back.
#[derive(Debug, Serialize)]
pub struct Failure {
    pub component: String,
    pub instance: String,
    pub kind: Kind,
    pub reason: String,
}

/// What came of a document.
#[derive(Debug, Default, Serialize)]
pub struct Row {
    pub document: String,
    pub components: usize,
    /// Components all of whose instances came back.
    pub passed: usize,
    /// Components none of whose instances are valid under the document's schema.
    pub unproven: usize,
    /// Components that are not decoded, by reason.
    pub skipped: BTreeMap<String, usize>,
    pub instances: usize,
    pub equal: usize,
    /// Instances that the document's schema does not allow for.
    pub invalid: usize,
    pub failed: usize,
    pub failures: Vec<Failure>,
    /// Why nothing could be tried.
    pub broken: Option<String>,
}

impl Row {
    pub fn new(document: &str) -> Self {
        Self {
            document: document.to_owned(),
            ..Self::default()
        }
    }

    pub fn broken(document: &str, reason: String) -> Self {
        Self {
            broken: Some(reason),
            ..Self::new(document)
        }
    }

    pub fn skip(&mut self, reason: &str) {
        *self.skipped.entry(reason.to_owned()).or_default() += 1;
    }

    /// The components that have something to decode and an instance.
    fn judged(&self) -> usize {
        self.components - self.skipped.values().sum::<usize>() - self.unproven
    }

    pub fn print(&self) {
        println!(
            "{:<42} {:>6} {:>6} {:>6} {:>6} {:>8} {:>8} {:>7} {:>6}  {}",
            self.document,
            self.components,
            self.skipped.values().sum::<usize>(),
            self.unproven,
            self.passed,
            self.instances,
            self.equal,
            self.invalid,
            self.failed,
            self.broken.as_deref().unwrap_or_default(),
        );
    }
}

/// Prints the names of the columns.
pub fn print_head() {
    println!(
        "{:<42} {:>6} {:>6} {:>6} {:>6} {:>8} {:>8} {:>7} {:>6}",
        "document", "comps", "skip", "unsure", "passed", "inst", "equal", "invalid", "failed"
    );
}

/// The share of components that pass, in per cent.
pub fn share(rows: &[Row]) -> f64 {
    let judged: usize = rows.iter().map(Row::judged).sum();
    let passed: usize = rows.iter().map(|row| row.passed).sum();
    100.0 * passed as f64 / judged.max(1) as f64
}

/// Prints each failure with its reason, then what all comes to.
pub fn print_totals(rows: &[Row]) {
    for row in rows {
        for (reason, count) in &row.skipped {
            println!("  {}: {count} not tried: {reason}", row.document);
        }
        for failure in &row.failures {
            println!(
                "  {}: {} ({}) {:?}: {}",
                row.document, failure.component, failure.instance, failure.kind, failure.reason
            );
        }
    }
    let sum = |count: fn(&Row) -> usize| rows.iter().map(count).sum::<usize>();
    println!(
        "\n{} of {} components pass ({:.2} %); {} without a valid instance, {} not decoded by design; {} of {} instances come back equal, {} are not valid by the document",
        sum(|row| row.passed),
        sum(Row::judged),
        share(rows),
        sum(|row| row.unproven),
        sum(|row| row.skipped.values().sum()),
        sum(|row| row.equal),
        sum(|row| row.instances),
        sum(|row| row.invalid),
    );
}
