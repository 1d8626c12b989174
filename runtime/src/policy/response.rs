//! An answer while policies work on it.

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method};
use serde_json::Value;
use url::Url;

use super::request::{is_json, set_header};
use super::template::{Context, Scope};
use super::{body, for_responses};
use crate::descriptor::policy::Action;
use crate::error::Result;
use crate::response::Received;

/// Carries the policies for responses out on an answer to a request with this method and URL. A body that is streamed to the
/// caller stays.
pub(crate) fn answered(
    context: Context<'_>,
    (method, url): (&Method, &Url),
    received: &mut Received,
    streamed: bool,
) -> Result<()> {
    let mut json = streamed.then_some(None);
    let mut changed = false;
    for action in for_responses(context) {
        let headers = &mut received.head.headers;
        if json.is_none() && !matches!(action, Action::Unauthenticated { .. } | Action::Poll { .. })
        {
            json = Some(read(headers, received.body.full()));
        }
        let scope = Scope {
            context,
            method: method.as_str(),
            headers,
            query: url.query().unwrap_or_default(),
            body: None,
            item: None,
        };
        match action {
            Action::SetHeader {
                name,
                value,
                exists,
            } => {
                let body = json.as_ref().and_then(Option::as_ref);
                let value = Scope { body, ..scope }.text(value);
                set_header(headers, name, value, *exists)?;
            }
            action => {
                if let Some(Some(body)) = &mut json {
                    changed |= body::apply(action, scope, body);
                }
            }
        }
    }
    if let Some(Some(body)) = json.filter(|_| changed) {
        received.head.headers.remove(CONTENT_LENGTH);
        received.body = bytes::Bytes::from(body.to_string()).into();
    }
    Ok(())
}

fn read(headers: &HeaderMap, body: Option<bytes::Bytes>) -> Option<Value> {
    let body = body.filter(|_| is_json(headers))?;
    serde_json::from_slice(&body).ok()
}
