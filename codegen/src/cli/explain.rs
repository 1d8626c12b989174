//! Telling people what there is to say about a document.

use std::io::{self, IsTerminal as _, Write as _};

use connector_gen::diagnostics::{Diagnostic, Diagnostics, Severity, Sources, Terminal};

use super::arguments::Color;

/// How many diagnostics are shown; whoever wants all of them wants the report.
const SHOWN: usize = 20;

impl Color {
    /// Whether the standard error is written in colours.
    pub fn is_on(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let is_set = |variable: &str| {
                    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
                };
                let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                io::stderr().is_terminal() && !is_set("NO_COLOR") && !is_dumb
            }
        }
    }
}

/// Shows the worst diagnostics, from `least` upwards, with excerpts; `hint` is how to get the rest.
pub fn explain(
    diagnostics: &Diagnostics,
    sources: &Sources,
    least: Severity,
    color: Color,
    hint: &str,
) {
    let mut chosen: Vec<&Diagnostic> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity >= least)
        .collect();
    chosen.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    let terminal = Terminal::new(color.is_on());
    let mut message = String::new();
    for diagnostic in chosen.iter().take(SHOWN) {
        message.push_str(&terminal.render(diagnostic, sources.text_of(diagnostic)));
        message.push('\n');
    }
    let total: usize = [Severity::Note, Severity::Warning, Severity::Error]
        .into_iter()
        .filter(|severity| *severity >= least)
        .map(|severity| diagnostics.count(severity))
        .sum();
    if total > SHOWN {
        message.push_str(&format!(
            "… and {} more; {hint} lists them all\n",
            total - SHOWN
        ));
    }
    // There is nobody left to tell if this fails.
    let _ = io::stderr().write_all(message.as_bytes());
}
