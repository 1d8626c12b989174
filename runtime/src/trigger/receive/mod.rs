//! Receiving what an API sends: webhooks and callbacks, and the other end of the URL that a [`Subscription`](super::Subscription)
//! was made with.
//!
//! ```no_run
//! # use connector_runtime as runtime;
//! # use runtime::trigger::receive::{Deliveries, Receiver, Signature};
//! # async fn example<T>(save: impl Fn(String) + Send + Sync + 'static) where T: runtime::trigger::Webhook + 'static, T::Event: std::fmt::Debug {
//! let deliveries = Deliveries::new(10_000);
//! let router: axum::Router = Receiver::<T>::new(|delivery| async move {
//!         println!("{:?}", delivery.event());
//!         Ok::<_, std::io::Error>(())
//!     })
//!     .url_secret("8c4a…")
//!     .signature(Signature::hmac_sha256("key of the API").header("x-hub-signature-256").prefix("sha256="))
//!     .deduplicate("x-delivery-id", deliveries.clone())
//!     .into_router("/hooks/tickets");
//! # }
//! ```
//!
//! The callback URL of this one ends with `/hooks/tickets/8c4a…`.

mod deliveries;
mod rejection;
mod signature;

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::routing::{MethodFilter, on};
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

pub use self::deliveries::Deliveries;
use self::deliveries::{Admission, Admitted};
pub use self::rejection::Rejection;
pub use self::signature::Signature;
use super::Webhook;
use crate::codec::{DecodeError, Decoding, Deviations};
use crate::descriptor::essence;
use crate::error::parse_json;
use crate::transport::BoxFuture;

/// The largest body that is read unless somebody says otherwise.
const LIMIT: usize = 1024 * 1024;

type BoxError = Box<dyn StdError + Send + Sync>;
type Handler<E> =
    Arc<dyn Fn(Delivery<E>) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;
type Listener = Arc<dyn Fn(&Rejection) + Send + Sync>;

/// An event as it was delivered.
#[derive(Clone, Debug)]
pub struct Delivery<E> {
    event: E,
    id: Option<String>,
    headers: HeaderMap,
    deviations: Deviations,
}

impl<E> Delivery<E> {
    /// The event.
    #[must_use]
    pub fn event(&self) -> &E {
        &self.event
    }

    /// The event by itself.
    #[must_use]
    pub fn into_event(self) -> E {
        self.event
    }

    /// The id of the delivery, if the receiver was told which header has it.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The headers of the call.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Where the body was read although it does not have the documented type.
    #[must_use]
    pub fn deviations(&self) -> &Deviations {
        &self.deviations
    }
}

/// Receives the calls of a webhook, checks them, and hands their events to a function.
///
/// | what | answer |
/// |---|---|
/// | another method than the webhook's, which is mostly `POST` | 405 |
/// | no or a wrong secret in the URL | 404 |
/// | a body that is not JSON by its `Content-Type`, or not a form where the document has one | 415 |
/// | a body over the limit | 413 |
/// | no or a wrong signature | 401 |
/// | a delivery that was handled already | 200 |
/// | a delivery that is being handled at this moment | 503 |
/// | a body that is not the event | 400 |
/// | the function fails | 500, so that the API delivers again |
/// | the function succeeds | 200 |
///
/// The function runs to its end even if the API hangs up on the way.
pub struct Receiver<T: Webhook> {
    handler: Handler<T::Event>,
    rejected: Option<Listener>,
    url_secret: Option<SecretString>,
    signature: Option<Signature>,
    deliveries: Option<(String, Deliveries)>,
    limit: usize,
    any_content_type: bool,
    decoding: Decoding,
    trigger: PhantomData<fn() -> T>,
}

impl<T: Webhook + 'static> Receiver<T> {
    /// A receiver that hands events to `handler`.
    #[must_use]
    pub fn new<F, R, E>(handler: F) -> Self
    where
        F: Fn(Delivery<T::Event>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let handler = move |delivery| -> BoxFuture<'static, Result<(), BoxError>> {
            let handled = handler(delivery);
            Box::pin(async move { handled.await.map_err(Into::into) })
        };
        Self {
            handler: Arc::new(handler),
            rejected: None,
            url_secret: None,
            signature: None,
            deliveries: None,
            limit: LIMIT,
            any_content_type: false,
            decoding: T::DECODING,
            trigger: PhantomData,
        }
    }

    /// The last segment of the path must be this; for APIs that sign nothing. Use letters and digits, thirty or more.
    #[must_use]
    pub fn url_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.url_secret = Some(secret.into());
        self
    }

    /// Calls must be signed.
    #[must_use]
    pub fn signature(mut self, signature: Signature) -> Self {
        self.signature = Some(signature);
        self
    }

    /// Handles a delivery once, by the id in this header. Calls without the header are handled each.
    #[must_use]
    pub fn deduplicate(mut self, header: impl Into<String>, deliveries: Deliveries) -> Self {
        self.deliveries = Some((header.into(), deliveries));
        self
    }

    /// The largest body in bytes; a megabyte by default.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes bodies of any `Content-Type` for what the document says they are.
    #[must_use]
    pub fn any_content_type(mut self) -> Self {
        self.any_content_type = true;
        self
    }

    /// How forgiving bodies of JSON are read. The default is what the crate was generated with, as for answers.
    #[must_use]
    pub fn decoding(mut self, decoding: Decoding) -> Self {
        self.decoding = decoding;
        self
    }

    /// Tells a function about calls that were turned away. They are traced as well.
    #[must_use]
    pub fn on_rejection(mut self, listener: impl Fn(&Rejection) + Send + Sync + 'static) -> Self {
        self.rejected = Some(Arc::new(listener));
        self
    }

    /// The receiver as a router, to be served or merged into another. With a secret, its URL has one more segment than `path`.
    pub fn into_router(self, path: &str) -> Router {
        let path = path.trim_end_matches('/');
        let path = match (&self.url_secret, path) {
            (Some(_), path) => format!("{path}/{{secret}}"),
            (None, "") => "/".to_owned(),
            (None, path) => path.to_owned(),
        };
        let receiver = Arc::new(self);
        let handle = move |request: Request| {
            let receiver = Arc::clone(&receiver);
            async move { receiver.answer(request).await }
        };
        let method = Method::from_bytes(T::METHOD.as_bytes()).ok();
        let filter = method.and_then(|method| MethodFilter::try_from(method).ok());
        Router::new().route(&path, on(filter.unwrap_or(MethodFilter::POST), handle))
    }

    /// Receives one call; for other servers than axum's.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        let rejection = match self.receive(request).await {
            Ok(()) => return Response::new(Body::empty()),
            Err(rejection) => rejection,
        };
        tracing::warn!(webhook = T::NAME, error = %rejection, "turned a webhook call away");
        if let Some(listener) = &self.rejected {
            listener(&rejection);
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = rejection.status();
        if rejection.status() == StatusCode::SERVICE_UNAVAILABLE {
            let soon = axum::http::HeaderValue::from_static("1");
            response.headers_mut().insert(RETRY_AFTER, soon);
        }
        response
    }

    async fn receive(&self, request: Request) -> Result<(), Rejection> {
        let (head, body) = request.into_parts();
        if !self.knows_secret(head.uri.path()) {
            return Err(Rejection::Secret);
        }
        if !self.any_content_type && !is_documented(&head.headers, T::IS_FORM) {
            return Err(Rejection::ContentType);
        }
        let body = self.read(&head.headers, body).await?;
        if let Some(signature) = &self.signature
            && !signature.verify(&head.headers, &body)
        {
            return Err(Rejection::Signature);
        }
        let admitted = match self.admit(&head.headers) {
            Some(Admission::Known) => return Ok(()),
            Some(Admission::Running) => return Err(Rejection::Running),
            Some(Admission::New(admitted)) => Some(admitted),
            None => None,
        };
        let (event, deviations) = self.event(&body).map_err(Rejection::Decode)?;
        let delivery = Delivery {
            event,
            deviations,
            id: admitted.as_ref().map(|admitted| admitted.id().to_owned()),
            headers: head.headers,
        };
        self.handle(delivery, admitted).await
    }

    async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, Rejection> {
        let declared = headers.get(axum::http::header::CONTENT_LENGTH);
        let length = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|length| length > self.limit) {
            return Err(Rejection::TooLarge);
        }
        let mut body = pin!(body);
        let mut all = BytesMut::new();
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let frame = frame.map_err(|error| Rejection::Unreadable(error.into()))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.len() > self.limit - all.len() {
                return Err(Rejection::TooLarge);
            }
            all.extend_from_slice(&data);
        }
        Ok(all.freeze())
    }

    fn event(&self, body: &[u8]) -> Result<(T::Event, Deviations), DecodeError> {
        if T::IS_FORM {
            // All that a form has is text, of numbers too, so that says nothing about its sender.
            let (event, _) = Decoding::Lenient.decode(&form_members(body))?;
            return Ok((event, Deviations::default()));
        }
        let (event, deviations) = self.decoding.decode(&parse_json(body)?)?;
        if let Some(first) = deviations.as_slice().first() {
            tracing::debug!(
                webhook = T::NAME,
                deviations = deviations.count(),
                first = tracing::field::display(first),
                "the event was read although it deviates from the document"
            );
        }
        Ok((event, deviations))
    }

    fn admit(&self, headers: &HeaderMap) -> Option<Admission> {
        let (header, deliveries) = self.deliveries.as_ref()?;
        let id = headers.get(header.as_str())?.to_str().ok()?;
        Some(deliveries.admit(id))
    }

    /// Runs the handler in a task of its own: a caller that hangs up must not stop it halfway.
    async fn handle(
        &self,
        delivery: Delivery<T::Event>,
        admitted: Option<Admitted>,
    ) -> Result<(), Rejection> {
        let handled = (self.handler)(delivery);
        let task = tokio::spawn(async move {
            let result = handled.await;
            if let (Ok(()), Some(admitted)) = (&result, admitted) {
                admitted.done();
            }
            result
        });
        match task.await {
            Ok(result) => result.map_err(Rejection::Handler),
            Err(stopped) => Err(Rejection::Handler(stopped.into())),
        }
    }

    fn knows_secret(&self, path: &str) -> bool {
        let Some(secret) = &self.url_secret else {
            return true;
        };
        let given = path.rsplit('/').next().unwrap_or_default();
        signature::same(given.as_bytes(), secret.expose_secret().as_bytes())
    }
}

/// Whether the `Content-Type` is the one that the document has.
fn is_documented(headers: &HeaderMap, form: bool) -> bool {
    let Some(text) = headers
        .get(CONTENT_TYPE)
        .and_then(|text| text.to_str().ok())
    else {
        return false;
    };
    let essence = essence(text).to_ascii_lowercase();
    match form {
        true => essence == "application/x-www-form-urlencoded",
        false => {
            essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
        }
    }
}

/// The members of a form as JSON: texts, and lists of them where a name is repeated.
fn form_members(body: &[u8]) -> Value {
    let mut members = serde_json::Map::new();
    for (name, text) in url::form_urlencoded::parse(body) {
        let text = Value::String(text.into_owned());
        match members.get_mut(&*name) {
            None => {
                members.insert(name.into_owned(), text);
            }
            Some(Value::Array(list)) => list.push(text),
            Some(one) => *one = Value::Array(vec![one.take(), text]),
        }
    }
    Value::Object(members)
}

impl<T: Webhook> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("webhook", &T::NAME)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
