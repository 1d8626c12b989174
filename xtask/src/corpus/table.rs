//! The corpus run in print.

use std::collections::BTreeMap;

use super::Row;

/// What is in the table.
#[derive(Clone, Copy)]
pub enum Table {
    /// Documents, with their version.
    Documents,
    /// Power Platform connectors, with what it takes to call their APIs.
    Connectors,
}

impl Table {
    /// Prints the names of the columns.
    pub fn print_head(self) {
        let (what, more) = match self {
            Self::Documents => ("v", ""),
            Self::Connectors => ("tier", "; connection parameters and where they go"),
        };
        println!(
            "{:<42} {what:>6} {:>6} {:>7} {:>8} {:>8} {:>8} {:>8} {:>9}  result{more}",
            "document", "ops", "skipped", "gen ms", "peak MB", "lines", "check s", "check GB"
        );
    }

    /// Prints one row.
    pub fn print_row(self, row: &Row) {
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
        let (version, more) = match self {
            Self::Documents => (document.version.as_str(), String::new()),
            Self::Connectors => (tier(row).unwrap_or("?"), bindings(row)),
        };
        println!(
            "{:<42} {:>6} {:>6} {:>7} {:>8.0} {:>8.0} {:>8} {:>8} {:>9}  {}{more}",
            document.id,
            version,
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
    pub fn print_totals(self, rows: &[Row]) {
        let is_connectors = matches!(self, Self::Connectors);
        let unloadable = |row: &&Row| is_connectors && row.is_unloadable();
        let (broken, rows): (Vec<_>, Vec<_>) = rows.iter().partition(unloadable);
        let generated = rows
            .iter()
            .filter(|row| row.generation.failure.is_none())
            .count();
        let more = match broken.len() {
            0 => String::new(),
            count => format!("; {count} are not loadable"),
        };
        println!("\n{generated} of {} generate{more}", rows.len());
        print_checks(&rows);
        print_operations(rows.iter().copied());
        print_breakdowns(rows.iter().copied());
        if is_connectors {
            print_tiers(&rows);
            print_unbound(&rows);
        }
        print_reasons("not loadable", broken.into_iter());
        print_failures(rows.into_iter());
    }
}

fn print_checks(rows: &[&Row]) {
    let checked: Vec<_> = rows.iter().filter_map(|row| row.check.as_ref()).collect();
    if checked.is_empty() {
        return;
    }
    let clean = checked
        .iter()
        .filter(|check| check.failure.is_none())
        .count();
    let seconds: f64 = checked.iter().map(|check| check.seconds).sum();
    let peak = checked.iter().map(|check| check.peak_bytes).max();
    println!(
        "{clean} of {} compile without warnings, {seconds:.1} s of rustc, at most {:.2} GB",
        rows.len(),
        gb(peak.unwrap_or_default())
    );
}

/// Prints how many connectors there are of each tier.
fn print_tiers(rows: &[&Row]) {
    let mut tiers: BTreeMap<&str, usize> = BTreeMap::new();
    for tier in rows.iter().filter_map(|row| tier(row)) {
        *tiers.entry(tier).or_default() += 1;
    }
    let tiers: Vec<_> = tiers
        .iter()
        .map(|(tier, count)| format!("{tier}: {count}"))
        .collect();
    println!("tiers {}", tiers.join(", "));
}

/// Prints how many connection parameters lead nowhere.
fn print_unbound(rows: &[&Row]) {
    let connectors = rows
        .iter()
        .filter_map(|row| row.generation.connector.as_ref());
    let (mut parameters, mut unbound, mut affected, mut unknown) = (0, 0, 0, 0);
    for connector in connectors {
        let count = connector
            .parameters
            .iter()
            .filter(|parameter| parameter.bindings.is_empty())
            .count();
        parameters += connector.parameters.len();
        unbound += count;
        affected += usize::from(count > 0);
        unknown += connector.unknown_policies.len();
    }
    println!(
        "{unbound} of {parameters} connection parameters, in {affected} connectors, are bound to nothing; {unknown} unknown policy templates"
    );
}

fn tier(row: &Row) -> Option<&str> {
    let connector = row.generation.connector.as_ref()?;
    Some(connector.tier.as_str())
}

/// `; api_key→key; subdomain→policy; extra→nothing`.
fn bindings(row: &Row) -> String {
    let parameters = row.generation.connector.iter();
    let parameters = parameters.flat_map(|connector| &connector.parameters);
    let shown = parameters.map(|parameter| {
        let set = match parameter.set.as_str() {
            "" => String::new(),
            set => format!("{set}/"),
        };
        let bindings = match parameter.bindings.as_slice() {
            [] => "nothing".to_owned(),
            bindings => bindings.join("+"),
        };
        format!("; {set}{}→{bindings}", parameter.name)
    });
    shown.collect()
}

/// Prints how many operations there are, and how fast they were generated.
pub fn print_operations<'a>(rows: impl Iterator<Item = &'a Row> + Clone) {
    let sum = |count: fn(&Row) -> u64| rows.clone().map(count).sum::<u64>();
    let declared = sum(|row| row.document.operations);
    let skipped = sum(|row| match row.generation.failure {
        // A document that fails loses them all.
        Some(_) => row.document.operations,
        None => row.generation.skipped.unwrap_or_default(),
    });
    let lines = sum(|row| row.generation.lines);
    let seconds = rows
        .clone()
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
pub fn print_breakdowns<'a>(rows: impl Iterator<Item = &'a Row>) {
    let count = rows.filter(|row| row.generation.broke_down).count();
    println!("{count} panics, signals or time-outs");
}

/// Prints each failure with its reason.
pub fn print_failures<'a>(rows: impl Iterator<Item = &'a Row>) {
    print_reasons("failures", rows);
}

fn print_reasons<'a>(heading: &str, rows: impl Iterator<Item = &'a Row>) {
    let failures: Vec<_> = rows
        .filter_map(|row| Some((&row.document.id, reason(row)?)))
        .collect();
    if !failures.is_empty() {
        println!("\n{heading}:");
    }
    for (id, reason) in failures {
        println!("  {id}: {reason}");
    }
}

fn result(row: &Row) -> String {
    if row.generation.broke_down {
        return "BROKE DOWN".into();
    }
    if row.is_unloadable() {
        return "not loadable".into();
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
