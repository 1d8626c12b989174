//! What the mock answers: successes of the document.

use openapiv3::MediaType;
use serde_json::Value;

use super::document::Source;
use crate::lower::media::{MediaKind, media_kind};
use crate::lower::response::chosen;
use crate::model::wire::{Answer, Content};
use crate::model::{Operation, Outcome, Output};
use crate::synthesis::{Direction, Synthesis};

/// How many answers an operation gets at most.
const MAX_ANSWERS: usize = 12;

/// Answers to an operation: each documented success, with the instances of its content.
pub(super) fn answers(
    operation: &Operation,
    source: &Source<'_>,
    synthesis: &Synthesis<'_>,
) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (status, response) in source.successes() {
        let bodiless = operation.method == "HEAD" || matches!(status, 204 | 205);
        match chosen(response).filter(|_| !bodiless) {
            Some((media_type, media)) => {
                let bodies = bodies(media_type, media, synthesis);
                answers.extend(bodies.into_iter().map(|body| Answer {
                    status,
                    body: Some((media_type.to_owned(), body)),
                }));
            }
            None => answers.push(Answer { status, body: None }),
        }
    }
    answers.truncate(MAX_ANSWERS);
    if answers.is_empty() {
        // No success is documented, or none whose content could be made up.
        let is_empty = operation.output == Output::One(Outcome::Empty);
        let status = if is_empty { 204 } else { 200 };
        let body = (!is_empty).then(|| {
            let content = Content::Text("{}".to_owned());
            ("application/json".to_owned(), content)
        });
        answers.push(Answer { status, body });
    }
    answers
}

fn bodies(media_type: &str, media: &MediaType, synthesis: &Synthesis<'_>) -> Vec<Content> {
    let instances = synthesis.instances_of_media_type(media, Direction::Response);
    let values = instances.into_iter().map(|instance| instance.value);
    match media_kind(media_type) {
        MediaKind::Json if media.schema.is_none() => {
            vec![Content::Value(Value::Object(serde_json::Map::new()))]
        }
        MediaKind::Json => values.map(Content::Value).collect(),
        // Streams are not read to their ends.
        _ => {
            let mut texts = values.filter_map(|value| Some(value.as_str()?.to_owned()));
            let text = texts.next().unwrap_or_else(|| "text".to_owned());
            vec![Content::Text(text)]
        }
    }
}
