//! What policies and hooks make of a request before it leaves, and of its answer.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use url::Url;

use super::attempt::{Arrival, Errand, Hop, broke_off};
use super::security::{Turn, require_encryption};
use super::{Attempt, Call, origin};
use crate::body::Body;
use crate::descriptor::policy::{Action, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::hook::{HookRequest, HookResponse};
use crate::policy::{self, Context, Draft, Step};

/// A header that was set, and all its values; none if it was removed.
type Set = (HeaderName, Vec<HeaderValue>);

/// What was done to a request beyond its hop.
pub(super) struct Rewrite {
    /// The headers of the first hop, all but those of credentials that sign.
    pub(super) first: Option<HeaderMap>,
    /// The headers as credentials left them, before policies: what credentials know again when a server refuses them.
    pub(super) placed: HeaderMap,
    /// The values that policies fetched, in their order.
    fetched: Vec<Set>,
    /// What hooks did to headers.
    hooked: Vec<Set>,
}

pub(super) enum Outcome {
    Ready(Box<Rewrite>),
    /// A server did not give a value that a policy wants.
    Failed(Box<Attempt>),
}

/// What to send, while it is worked on.
struct Parts {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Body,
    secret: bool,
}

impl Call {
    /// What policies know about the call.
    pub(super) fn context(&self) -> Context<'_> {
        Context {
            api: self.request.client.api(),
            connection: self.request.client.connection(),
            operation: self.request.operation(),
            arguments: &self.request.arguments,
            is_link: self.request.is_link(),
        }
    }

    /// The origin after policies for the host.
    pub(super) fn origin(&self) -> Result<String> {
        let prepared = &self.prepared;
        let mut draft = Draft::new(
            self.context(),
            (prepared.method.clone(), &prepared.url),
            self.request.base_url()?,
            prepared.headers.clone(),
            prepared.body.clone(),
        );
        let mut actions = policy::for_requests(self.context());
        while let Some(action) = actions.find(|action| matches!(action, Action::SetHost { .. })) {
            draft.apply(action)?;
        }
        let (_, url, ..) = draft.finish()?;
        Ok(origin(&url))
    }

    /// Applies credentials that place a secret, policies, and hooks. Afterwards `hop` has the new method, URL, and body; its
    /// headers stay, for redirects.
    pub(super) async fn rewrite(&self, hop: &mut Hop, attempts: u32) -> Result<Outcome> {
        let (mut url, mut placed) = (hop.url.clone(), hop.headers.clone());
        let length = hop.body.as_bytes().map(|bytes| bytes.len() as u64);
        self.authorize(Turn::Placing, hop, (&mut url, &mut placed), length)
            .await?;
        let mut draft = Draft::new(
            self.context(),
            (hop.method.clone(), &url),
            self.request.base_url()?,
            placed.clone(),
            hop.body.clone(),
        );
        let mut fetched = Vec::new();
        for action in policy::for_requests(self.context()) {
            if let Step::Fetch { method, url } = draft.apply(action)? {
                let failed = self
                    .fetch(&mut draft, action, (method, url), (&placed, attempts))
                    .await?;
                if let Some(failed) = failed {
                    return Ok(Outcome::Failed(Box::new(failed)));
                }
                if let Action::SetFromUrl {
                    target: Target::Header(name),
                    ..
                } = action
                {
                    fetched.extend(header_values(&draft.headers, name));
                }
            }
        }
        let (method, url, headers, body, secret) = draft.finish()?;
        let mut parts = Parts {
            method,
            url,
            headers,
            body,
            secret,
        };
        let before = parts.headers.clone();
        self.hook_requests(&mut parts).await?;
        require_encryption(&self.request, &self.grants, &parts.url, parts.secret)?;
        self.note_method(&parts.method);
        (hop.method, hop.url, hop.body) = (parts.method, parts.url, parts.body);
        if hop.body.as_bytes() != self.prepared.body.as_bytes() {
            // It was the length of another body.
            hop.headers.remove(CONTENT_LENGTH);
        }
        Ok(Outcome::Ready(Box::new(Rewrite {
            hooked: differences(&before, &parts.headers),
            first: Some(parts.headers),
            placed,
            fetched,
        })))
    }

    /// Makes the request that a policy wants first. Gives the attempt if the server did not answer with a success.
    async fn fetch(
        &self,
        draft: &mut Draft<'_>,
        action: &Action,
        (method, url): (Method, Url),
        (placed, attempts): (&HeaderMap, u32),
    ) -> Result<Option<Attempt>> {
        require_encryption(&self.request, &self.grants, &url, draft.holds_secret())?;
        let hop = Hop {
            headers: without_body(&draft.headers, placed, &method),
            method,
            url,
            body: Body::empty(),
            trusted: true,
        };
        let purpose = purpose(action);
        let Arrival {
            response,
            last,
            sent,
            ..
        } = self.travel(hop, &mut Errand::Value).await?;
        if !response.status().is_success() {
            return Ok(Some(Attempt {
                received: self.receive(response, &last, attempts).await?,
                sent,
                placed: Some(placed.clone()),
                purpose: Some(purpose),
            }));
        }
        let body = response.into_body().bytes().await.map_err(broke_off)?;
        let found = match serde_json::from_slice::<Value>(&body) {
            Ok(answer) => draft.fetched(action, &answer)?,
            Err(_) => false,
        };
        if found {
            return Ok(None);
        }
        Err(Error::new(
            ErrorKind::Decode,
            format!("the answer from {} does not have {purpose}", origin(&last)),
        ))
    }

    async fn hook_requests(&self, parts: &mut Parts) -> Result<()> {
        let hooks = self.request.client.0.hooks.as_slice();
        for hook in hooks {
            let mut request = HookRequest::new(
                &self.request,
                (&mut parts.method, &mut parts.url),
                &mut parts.headers,
                &mut parts.body,
            );
            hook.request(&mut request).await?;
            parts.secret |= request.holds_secret();
        }
        Ok(())
    }

    /// Sets the headers of policies and hooks again, after a redirect within the origin.
    pub(super) fn headers_again(&self, rewrite: &Rewrite, headers: &mut HeaderMap) -> Result<()> {
        let url = &self.prepared.url;
        let mut base = url.clone();
        base.set_query(None);
        let mut draft = Draft::new(
            self.context(),
            (self.prepared.method.clone(), url),
            base,
            std::mem::take(headers),
            self.prepared.body.clone(),
        );
        let mut fetched = rewrite.fetched.iter();
        for action in policy::for_requests(self.context()) {
            match action {
                Action::SetHeader { .. } => drop(draft.apply(action)?),
                Action::SetFromUrl {
                    target: Target::Header(_),
                    ..
                } => fetched
                    .next()
                    .into_iter()
                    .for_each(|set| put(&mut draft.headers, set)),
                _ => {}
            }
        }
        *headers = draft.headers;
        rewrite.hooked.iter().for_each(|set| put(headers, set));
        Ok(())
    }

    /// Shows an answer to hooks. `true` if one of them asks for another attempt.
    pub(super) async fn hook_responses(&self, attempt: &mut Attempt) -> Result<bool> {
        let mut again = false;
        // In the other direction: the hook that saw the request last sees the answer first.
        for hook in self.request.client.0.hooks.iter().rev() {
            let mut response = HookResponse::new(&mut attempt.received, &attempt.sent.headers);
            hook.response(&mut response).await?;
            again |= response.wants_another_attempt();
        }
        Ok(again)
    }
}

/// The headers of a call for a request without a body. A media type that a policy has set stays, since it is meant for this
/// request: token endpoints ask for that of forms.
fn without_body(headers: &HeaderMap, placed: &HeaderMap, method: &Method) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    if headers.get(CONTENT_TYPE) == placed.get(CONTENT_TYPE) {
        headers.remove(CONTENT_TYPE);
    }
    if matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    headers
}

/// What a policy fetches, for messages.
fn purpose(action: &Action) -> String {
    match action {
        Action::SetFromUrl {
            target: Target::Query(name),
            ..
        } => format!("the value for the query parameter `{name}`"),
        Action::SetFromUrl {
            target: Target::Header(name),
            ..
        } => format!("the value for the header `{name}`"),
        _ => "the value for a policy".to_owned(),
    }
}

fn header_values(headers: &HeaderMap, name: &str) -> Option<Set> {
    let name: HeaderName = name.parse().ok()?;
    let values = headers.get_all(&name).iter().cloned().collect();
    Some((name, values))
}

fn put(headers: &mut HeaderMap, (name, values): &Set) {
    headers.remove(name);
    for value in values {
        headers.append(name, value.clone());
    }
}

/// The headers whose values are others than before.
fn differences(before: &HeaderMap, after: &HeaderMap) -> Vec<Set> {
    let values = |headers: &HeaderMap, name: &HeaderName| -> Vec<HeaderValue> {
        headers.get_all(name).iter().cloned().collect()
    };
    let removed = before.keys().filter(|name| !after.contains_key(*name));
    let names = after.keys().chain(removed);
    names
        .filter(|name| values(before, name) != values(after, name))
        .map(|name| (name.clone(), values(after, name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("7"));
        headers
    }

    #[test]
    fn a_request_for_a_value_keeps_the_media_type_of_a_policy_only() {
        let json = headers("application/json");
        assert!(without_body(&json, &json, &Method::GET).is_empty());
        let form = headers("application/x-www-form-urlencoded");
        let kept = without_body(&form, &json, &Method::POST);
        assert_eq!(kept[CONTENT_TYPE], form[CONTENT_TYPE]);
        assert_eq!(kept[CONTENT_LENGTH], "0");
    }
}
