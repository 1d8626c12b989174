//! What is fuzzed. A target takes any bytes, panics where what must hold does not, and says in a few words what became of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a target panics where what must hold does not"
)]

mod answers;
mod dates;
mod decode;
mod folder;
mod generator;
mod links;
mod multipart;
mod overlay;
mod parameters;
mod streams;
mod templates;

/// A target.
#[derive(Debug)]
pub struct Target {
    /// Its name, and that of the folder of its seeds.
    pub name: &'static str,
    /// Tries an input.
    pub run: fn(&[u8]) -> String,
    /// Pieces that mean something to it.
    pub pieces: &'static [&'static str],
}

/// All targets.
pub const TARGETS: [Target; 11] = [
    target("answers", answers::run, answers::PIECES),
    target("dates", dates::run, dates::PIECES),
    target("decode", decode::run, decode::PIECES),
    target("folder", folder::run, folder::PIECES),
    target("generator", generator::run, generator::PIECES),
    target("links", links::run, links::PIECES),
    target("multipart", multipart::run, multipart::PIECES),
    target("overlay", overlay::run, overlay::PIECES),
    target("parameters", parameters::run, parameters::PIECES),
    target("streams", streams::run, streams::PIECES),
    target("templates", templates::run, templates::PIECES),
];

const fn target(
    name: &'static str,
    run: fn(&[u8]) -> String,
    pieces: &'static [&'static str],
) -> Target {
    Target { name, run, pieces }
}

/// The target of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Runs what a target does with a client, on a clock that does not wait.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.expect("a runtime").block_on(work)
}

/// What descriptors are made of. A worker ends before that is too much.
fn leak<T: ?Sized + 'static>(value: impl Into<Box<T>>) -> &'static T {
    Box::leak(value.into())
}
