//! The conformance run in print.

use std::collections::{BTreeMap, BTreeSet};

use super::Row;
use super::calls::{Call, Tally};
use super::rules::RULES;

/// Prints the names of the columns.
pub fn print_head() {
    println!(
        "{:<42} {:>6} {:>6} {:>8} {:>10} {:>8} {:>6} {:>8} {:>11} {:>9} {:>6}",
        "document",
        "ops",
        "called",
        "accepted",
        "unanswered",
        "rejected",
        "failed",
        "unfit",
        "not called",
        "explained",
        "calls"
    );
}

/// Prints what became of a document, and below it each operation that was not accepted.
pub fn print_row(row: &Row) {
    if let Some(reason) = &row.unloadable {
        println!(
            "{:<42} {:>6} not served: {reason}",
            row.document, row.operations
        );
        return;
    }
    if let Some(reason) = &row.failure {
        println!("{:<42} {:>6} {reason}", row.document, row.operations);
        return;
    }
    print_tally(&row.document, row.operations, &row.tally);
    let mut operations: BTreeMap<&str, BTreeMap<(&str, &str), Vec<&Call>>> = BTreeMap::new();
    for call in &row.calls {
        let reasons = operations.entry(&call.operation).or_default();
        let key = (call.rule.unwrap_or_default(), call.reason.as_str());
        reasons.entry(key).or_default().push(call);
    }
    for (operation, reasons) in operations {
        for ((rule, reason), calls) in reasons {
            let status = calls[0]
                .status
                .map_or_else(String::new, |status| format!(" {status}"));
            let cases: BTreeSet<_> = calls.iter().map(|call| call.case.as_str()).collect();
            let cases: Vec<_> = cases.into_iter().take(3).collect();
            let rule = match (rule, calls[0].is_good()) {
                ("", true) => "no answer",
                ("", false) => "!",
                _ => rule,
            };
            println!(
                "    [{rule}] {operation} ({}){status} {reason}",
                cases.join(", ")
            );
        }
    }
}

fn print_tally(name: &str, operations: usize, tally: &Tally) {
    println!(
        "{name:<42} {operations:>6} {:>6} {:>8} {:>10} {:>8} {:>6} {:>8} {:>11} {:>9} {:>6}",
        tally.called,
        tally.accepted,
        tally.unanswered,
        tally.rejected,
        tally.failed,
        tally.undecodable,
        tally.not_callable,
        tally.explained,
        tally.calls,
    );
}

/// Prints what the rows come to, and the reasons that occurred.
pub fn print_totals(rows: &[Row]) {
    let mut all = Tally::default();
    for tally in rows.iter().map(|row| &row.tally) {
        all.called += tally.called;
        all.accepted += tally.accepted;
        all.unanswered += tally.unanswered;
        all.rejected += tally.rejected;
        all.failed += tally.failed;
        all.undecodable += tally.undecodable;
        all.not_callable += tally.not_callable;
        all.explained += tally.explained;
        all.unexplained += tally.unexplained;
        all.calls += tally.calls;
    }
    let served = rows
        .iter()
        .filter(|row| row.unloadable.is_none() && row.failure.is_none());
    let operations = served.clone().map(|row| row.operations).sum();
    print_tally("all that Prism serves", operations, &all);
    let share = |part: usize| 100.0 * part as f64 / operations.max(1) as f64;
    println!(
        "\n{} of {} documents are served; {:.2} % of their operations are accepted ({:.2} % with an answer to each call), \
         {:.2} % with those that are explained",
        served.count(),
        rows.len(),
        share(all.accepted),
        share(all.accepted - all.unanswered),
        share(operations - all.unexplained.min(operations)),
    );
    let used: BTreeSet<_> = rows
        .iter()
        .flat_map(|row| row.calls.iter().filter_map(|call| call.rule))
        .collect();
    for rule in RULES.iter().filter(|rule| used.contains(rule.name)) {
        println!("\n[{}] {}\n    {}", rule.name, rule.explanation, rule.link);
    }
}
