//! What the crate's docs and README tell of calls that are more than a question and an answer: lists in pages, streams,
//! long-running operations, triggers, webhooks. Nobody would find them among hundreds of operations.

use super::{docs, example, operation};
use crate::model::{Api, Operation, Outcome, Tag, TriggerKind, Webhooks};
use crate::settings::Mode;

/// A README can't hide what an example needs around it; `lib.rs` has the same one, which is compiled.
const README_FENCE: &str = "```rust,ignore";

/// Where the text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// In `lib.rs`: examples are compiled, and links lead to items.
    Rustdoc,
    /// In the README.
    Markdown,
}

/// A section for each kind that the API has.
pub(super) fn sections(api: &Api, reader: Reader) -> Vec<Vec<String>> {
    let sections = [
        pages(api, reader),
        streams(api, reader),
        jobs(api, reader),
        triggers(api),
        api.webhooks
            .as_ref()
            .map(|webhooks| self::webhooks(api, webhooks, reader)),
        answers(api),
    ];
    sections.into_iter().flatten().collect()
}

fn answers(api: &Api) -> Option<Vec<String>> {
    api.operations().next()?;
    let about = match api.decoding {
        Mode::Lenient => {
            "What an API sends instead of what its definition says is read where only one thing can be meant: a number that comes as text, a \
             date-time without a zone, `null` for a required list. With `.send_with_response()` in place of `.send()`, `deviations()` tells \
             the places; of pages and streams, events of `tracing` do. `builder.decoding(runtime::Decoding::Strict)` makes errors of them."
        }
        Mode::Strict => {
            "An answer that is not what the definition says is an error. `builder.decoding(runtime::Decoding::Lenient)` has it read where \
             only one thing can be meant: a number that comes as text, a date-time without a zone, `null` for a required list."
        }
    };
    Some(section("How answers are read", about))
}

fn pages(api: &Api, reader: Reader) -> Option<Vec<String>> {
    let paged = matching(api, |of| of.extensions.paging.is_some());
    let mut text = section(
        "Lists in pages",
        &format!(
            "Lists come in pages from {}. In place of `.send()`, `.items()` gives the elements of all pages, and `.pages()` one page after the other ([`runtime::pages`]).",
            listed(&paged)?
        ),
    );
    if let Some(call) = shown(api, &paged) {
        let mut lines = vec![format!("let mut items = {call}.items();")];
        lines.extend(example::items(""));
        text.extend(code(api, &lines, reader));
    }
    Some(text)
}

fn streams(api: &Api, reader: Reader) -> Option<Vec<String>> {
    let streamed = matching(api, |of| of.streamed().is_some());
    let mut about = format!(
        "Answers come bit by bit from {}: {}, read as they come ([`runtime::stream`]).",
        listed(&streamed)?,
        formats(&streamed)
    );
    if streamed.iter().any(|(_, of)| of.stream.is_some()) {
        about.push_str(" Where there is an answer as a whole too, `.stream()` asks for the bits, and `.send()` for the whole.");
    }
    let mut text = section("Streams", &about);
    let simple = streamed.iter().find(|(_, of)| example::is_simple(api, of));
    if let Some((tag, of)) = simple {
        let method = if of.stream.is_some() {
            "stream"
        } else {
            "send"
        };
        let call = example::started(api, tag, of);
        let mut lines = vec![format!("let mut items = {call}.{method}().await?;")];
        lines.extend(example::items(""));
        text.extend(code(api, &lines, reader));
    }
    Some(text)
}

/// What the streams of some operations consist of.
fn formats(streamed: &[(&Tag, &Operation)]) -> &'static str {
    let is_lines = |(_, of): &&(&Tag, &Operation)| matches!(of.streamed(), Some(Outcome::Lines(_)));
    let lines = streamed.iter().filter(is_lines).count();
    match lines {
        0 => "server-sent events",
        some if some == streamed.len() => "lines of JSON",
        _ => "server-sent events or lines of JSON",
    }
}

fn jobs(api: &Api, reader: Reader) -> Option<Vec<String>> {
    let long = matching(api, |of| of.extensions.job.is_some());
    let mut text = section(
        "Long-running operations",
        &format!(
            "What is started by {} may go on after the answer. In place of `.send()`, `.poller()` follows it to its end ([`runtime::job`]).",
            listed(&long)?
        ),
    );
    if let Some(call) = shown(api, &long) {
        let lines = [
            format!("let result = {call}.poller().until_done().await?;"),
            "println!(\"{result:?}\");".to_owned(),
        ];
        text.extend(code(api, &lines, reader));
    }
    Some(text)
}

fn triggers(api: &Api) -> Option<Vec<String>> {
    let kind = |of: &Operation| of.extensions.trigger.as_ref().map(|of| of.kind.clone());
    let polled = matching(api, |of| {
        matches!(kind(of), Some(TriggerKind::Polling { .. }))
    });
    let subscribed = matching(api, |of| {
        matches!(kind(of), Some(TriggerKind::Webhook { .. }))
    });
    let polled = listed(&polled).map(|calls| {
        format!("In place of `.send()`, `.poll()` asks again and again for what is new: {calls}.")
    });
    let subscribed = listed(&subscribed).map(|calls| {
        format!("In place of `.send()`, `.subscribe()` has the API call a URL with every event: {calls}. `runtime::trigger::receive`, which the feature `webhook` brings, is the other end of it.")
    });
    let about: Vec<String> = [polled, subscribed].into_iter().flatten().collect();
    (!about.is_empty()).then(|| {
        section(
            "Triggers",
            &format!("{} See [`runtime::trigger`].", about.join(" ")),
        )
    })
}

fn webhooks(api: &Api, webhooks: &Webhooks, reader: Reader) -> Vec<String> {
    let (name, module) = (api.package.crate_name(), &webhooks.module);
    let types: Vec<String> = webhooks
        .all
        .iter()
        .map(|of| docs::code(of.ty.as_str()))
        .collect();
    let mut text = section(
        "Webhooks",
        &format!(
            "What the API sends, in `{name}::{module}`: {}. With the feature `webhook`, which brings axum, a `Receiver` takes it:",
            joined(&types)
        ),
    );
    let Some(first) = webhooks.all.first() else {
        return text;
    };
    let ty = &first.ty;
    let lines = [
        format!("use {name}::runtime::trigger::receive::Receiver;"),
        format!("use {name}::{module}::{ty};"),
        String::new(),
        format!("let router = Receiver::<{ty}>::new(|delivery| async move {{"),
        "    println!(\"{:?}\", delivery.event());".to_owned(),
        "    Ok::<_, std::io::Error>(())".to_owned(),
        "})".to_owned(),
        ".into_router(\"/webhooks\");".to_owned(),
    ];
    text.push(String::new());
    text.extend(match reader {
        Reader::Markdown => fenced(README_FENCE, lines.to_vec()),
        Reader::Rustdoc => {
            // The receiver is there with its feature only.
            let mut hidden = vec![
                "# #[cfg(feature = \"webhook\")]".to_owned(),
                "# fn run() {".to_owned(),
            ];
            hidden.extend(lines);
            hidden.push("# }".to_owned());
            fenced("```no_run", hidden)
        }
    });
    text
}

/// The operations of a kind that people choose from.
fn matching(api: &Api, is_wanted: impl Fn(&Operation) -> bool) -> Vec<(&Tag, &Operation)> {
    let all = api.tags.iter().flat_map(|tag| {
        let operations = tag.operations.iter();
        operations.map(move |operation| (tag, operation))
    });
    all.filter(|(_, of)| is_wanted(of) && !operation::is_hidden(of))
        .collect()
}

/// The first call of the operations that an example can show.
fn shown(api: &Api, operations: &[(&Tag, &Operation)]) -> Option<String> {
    let mut simple = operations
        .iter()
        .filter(|(_, of)| example::is_simple(api, of));
    simple
        .next()
        .map(|(tag, of)| example::started(api, tag, of))
}

/// The names of some operations; none if there are none.
fn listed(operations: &[(&Tag, &Operation)]) -> Option<String> {
    let names: Vec<String> = operations
        .iter()
        .map(|(tag, of)| format!("`client.{}().{}`", tag.module, of.function))
        .collect();
    (!names.is_empty()).then(|| joined(&names))
}

/// The first few names, and how many there are besides.
fn joined(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        },
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
    }
}

fn section(title: &str, about: &str) -> Vec<String> {
    vec![format!("# {title}"), String::new(), about.to_owned()]
}

/// Lines that use a client, as an example.
fn code(api: &Api, lines: &[String], reader: Reader) -> Vec<String> {
    let name = api.package.crate_name();
    let mut text = vec![String::new()];
    text.extend(match reader {
        Reader::Markdown => fenced(README_FENCE, lines.to_vec()),
        Reader::Rustdoc => {
            let mut hidden = vec![format!(
                "# async fn run(client: {name}::Client) -> {name}::Result<()> {{"
            )];
            hidden.extend_from_slice(lines);
            hidden.extend(["# Ok(())".to_owned(), "# }".to_owned()]);
            fenced("```no_run", hidden)
        }
    });
    text
}

fn fenced(fence: &str, mut lines: Vec<String>) -> Vec<String> {
    lines.insert(0, fence.to_owned());
    lines.push("```".to_owned());
    lines
}
