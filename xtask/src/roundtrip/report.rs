//! The round-trip run in figures and in print.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is wrong with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is not valid under the document's schema, however that is read: a fault of the synthesis, or of the document.
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
    /// Components that came back, but none of whose instances are valid by the letter of the document, by reason.
    pub unproven: BTreeMap<String, usize>,
    /// Components that are not decoded, by reason.
    pub skipped: BTreeMap<String, usize>,
    pub instances: usize,
    /// Instances that came back.
    pub equal: usize,
    /// Instances that came back with what the type keeps: without nulls that are absence to it, and without members that
    /// nothing declares.
    pub reduced: usize,
    /// Instances that are not valid by the letter of the document, but by what it means, by reason.
    pub interpreted: BTreeMap<String, usize>,
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

    pub fn doubt(&mut self, reason: &str) {
        *self.unproven.entry(reason.to_owned()).or_default() += 1;
    }

    pub fn interpret(&mut self, reason: &str) {
        *self.interpreted.entry(reason.to_owned()).or_default() += 1;
    }

    /// The components that have something to decode and a valid instance.
    fn judged(&self) -> usize {
        self.components - total(&self.skipped) - total(&self.unproven)
    }

    pub fn print(&self) {
        println!(
            "{:<42} {:>6} {:>6} {:>6} {:>6} {:>8} {:>8} {:>7} {:>6}  {}",
            self.document,
            self.components,
            total(&self.skipped),
            total(&self.unproven),
            self.passed,
            self.instances,
            self.equal,
            total(&self.interpreted),
            self.failed,
            self.broken.as_deref().unwrap_or_default(),
        );
    }
}

/// Prints the names of the columns.
pub fn print_head() {
    println!(
        "{:<42} {:>6} {:>6} {:>6} {:>6} {:>8} {:>8} {:>7} {:>6}",
        "document", "comps", "skip", "unsure", "passed", "inst", "equal", "meant", "failed"
    );
}

/// The share of components that pass, in per cent.
pub fn share(rows: &[Row]) -> f64 {
    let judged: usize = rows.iter().map(Row::judged).sum();
    let passed: usize = rows.iter().map(|row| row.passed).sum();
    100.0 * passed as f64 / judged.max(1) as f64
}

fn total(counts: &BTreeMap<String, usize>) -> usize {
    counts.values().sum()
}

/// Prints each failure with its reason, then what all comes to.
pub fn print_totals(rows: &[Row]) {
    let print = |document: &str, what: &str, counts: &BTreeMap<String, usize>| {
        for (reason, count) in counts {
            println!("  {document}: {count} {what}: {reason}");
        }
    };
    for row in rows {
        print(&row.document, "components not tried", &row.skipped);
        print(
            &row.document,
            "components without a valid instance",
            &row.unproven,
        );
        print(
            &row.document,
            "instances valid by what is meant",
            &row.interpreted,
        );
        for failure in &row.failures {
            println!(
                "  {}: {} ({}) {:?}: {}",
                row.document, failure.component, failure.instance, failure.kind, failure.reason
            );
        }
    }
    let sum = |count: fn(&Row) -> usize| rows.iter().map(count).sum::<usize>();
    println!(
        "\n{} of {} components pass ({:.2} %) of {}; {} came back without a valid instance, {} have nothing to decode",
        sum(|row| row.passed),
        sum(Row::judged),
        share(rows),
        sum(|row| row.components),
        sum(|row| total(&row.unproven)),
        sum(|row| total(&row.skipped)),
    );
    println!(
        "{} of {} instances come back, {} of them without nulls and undeclared members that the type does not keep; {} are valid by what is meant only",
        sum(|row| row.equal),
        sum(|row| row.instances),
        sum(|row| row.reduced),
        sum(|row| total(&row.interpreted)),
    );
}
