//! The corpus run in print.

use super::Row;

/// Prints the names of the columns.
pub fn print_head() {
    println!(
        "{:<42} {:>6} {:>6} {:>7} {:>8} {:>8} {:>8} {:>8} {:>9}  result",
        "document", "v", "ops", "skipped", "gen ms", "peak MB", "lines", "check s", "check GB"
    );
}

/// Prints one document.
pub fn print_row(row: &Row) {
    let (document, generation) = (&row.document, &row.generation);
    let skipped = generation
        .skipped
        .map_or_else(|| "?".to_owned(), |count| count.to_string());
    let (seconds, gigabytes) = row.check.as_ref().map_or_else(Default::default, |check| {
        (
            format!("{:.2}", check.seconds),
            format!("{:.2}", gb(check.peak_bytes)),
        )
    });
    println!(
        "{:<42} {:>6} {:>6} {:>7} {:>8.0} {:>8.0} {:>8} {:>8} {:>9}  {}",
        document.id,
        document.version,
        document.operations,
        skipped,
        generation.milliseconds,
        mb(generation.peak_bytes),
        generation.lines,
        seconds,
        gigabytes,
        result(row),
    );
}

/// Prints what the rows come to, and what failed.
pub fn print_totals(rows: &[Row]) {
    let generated = rows
        .iter()
        .filter(|row| row.generation.failure.is_none())
        .count();
    println!("\n{generated} of {} generate", rows.len());
    let checked: Vec<_> = rows.iter().filter_map(|row| row.check.as_ref()).collect();
    if !checked.is_empty() {
        let clean = checked
            .iter()
            .filter(|check| check.failure.is_none())
            .count();
        let seconds: f64 = checked.iter().map(|check| check.seconds).sum();
        println!(
            "{clean} of {} compile without warnings, {seconds:.1} s of rustc",
            rows.len()
        );
    }
    print_operations(rows);
    print_breakdowns(rows);
    print_failures(rows);
}

/// Prints how many operations there are, and how fast they were generated.
pub fn print_operations(rows: &[Row]) {
    let sum = |count: fn(&Row) -> u64| rows.iter().map(count).sum::<u64>();
    let declared = sum(|row| row.document.operations);
    let skipped = sum(|row| match row.generation.failure {
        // A document that fails loses them all.
        Some(_) => row.document.operations,
        None => row.generation.skipped.unwrap_or_default(),
    });
    let lines = sum(|row| row.generation.lines);
    let seconds = rows
        .iter()
        .map(|row| row.generation.milliseconds)
        .sum::<f64>()
        / 1e3;
    println!(
        "{declared} operations, {skipped} skipped ({:.2} %); {lines} lines; {seconds:.2} s of generator, {:.0} operations/s",
        100.0 * skipped as f64 / declared.max(1) as f64,
        (declared - skipped.min(declared)) as f64 / seconds.max(1e-9),
    );
}

/// Prints how often the generator broke down, which must be never.
pub fn print_breakdowns(rows: &[Row]) {
    let count = rows.iter().filter(|row| row.generation.broke_down).count();
    println!("{count} panics, signals or time-outs");
}

/// Prints each failure with its reason.
pub fn print_failures(rows: &[Row]) {
    let failures: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((&row.document.id, reason(row)?)))
        .collect();
    if !failures.is_empty() {
        println!("\nfailures:");
    }
    for (id, reason) in failures {
        println!("  {id}: {reason}");
    }
}

fn result(row: &Row) -> String {
    if row.generation.broke_down {
        return "BROKE DOWN".into();
    }
    if row.generation.failure.is_some() {
        return "not generated".into();
    }
    match &row.check {
        None => "generated".into(),
        Some(check) if check.failure.is_none() => "ok".into(),
        Some(check) => format!("{} errors, {} warnings", check.errors, check.warnings),
    }
}

fn reason(row: &Row) -> Option<&str> {
    let check = row
        .check
        .as_ref()
        .and_then(|check| check.failure.as_deref());
    row.generation.failure.as_deref().or(check)
}

/// Bytes as megabytes.
pub fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn gb(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}
