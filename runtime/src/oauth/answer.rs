//! From what token endpoints answer to what the standard says (RFC 6749 sections 5.1 and 5.2).

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::{DATE, SET_COOKIE};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{ExpiryUnit, TokenResponse};
use crate::codec::{http_date, walk};

/// No token lives longer; what claims to is a mistake, such as milliseconds.
const MAX_LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The type of access tokens that are bound to a key (RFC 9449 section 5).
pub(super) const BOUND: &str = "dpop";

/// An answer, whatever its form.
pub(super) enum Answer {
    /// Tokens, with the standard names.
    Tokens(Value),
    /// A refusal, with `error` and maybe `error_description`.
    Refusal(Value),
    /// Something else: a page, an empty body.
    Unusable,
}

/// Without what is in it.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokens(_) => "Tokens(redacted)",
            Self::Refusal(_) => "Refusal(redacted)",
            Self::Unusable => "Unusable",
        })
    }
}

/// What an answer said, and what to read in it.
pub(super) struct Received<'a> {
    pub(super) status: u16,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Value,
}

/// The body as JSON: as it is, or made of a form, which some servers answer with.
pub(super) fn parse(body: &[u8]) -> Value {
    // Some servers put a byte order mark before it, and a line break behind.
    let body = body
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(body)
        .trim_ascii();
    if let Ok(value) = serde_json::from_slice(body) {
        return value;
    }
    let text = String::from_utf8_lossy(body);
    let is_form = text.contains('=') && !text.contains(['<', '{', ' ', '\n']);
    if !is_form {
        return Value::Null;
    }
    let members: Map<String, Value> = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
        .collect();
    members.into()
}

/// The member at a path, `a.b.0.c`.
pub(super) fn member<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    walk(value, path.split('.')).filter(|value| !value.is_null())
}

/// A text, or a number as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Reads an answer as the provider writes it. The body decides, not the status: some servers refuse with 200, others grant with
/// 201.
pub(super) fn read(wanted: &TokenResponse, received: &Received<'_>) -> Answer {
    let Received {
        status,
        headers,
        body,
    } = received;
    let failed = wanted
        .success
        .as_deref()
        .is_some_and(|path| member(body, path) == Some(&Value::Bool(false)));
    let token = access_token(wanted, headers, body).filter(|_| !failed && *status < 400);
    match token {
        Some(token) => Answer::Tokens(tokens(wanted, received, token)),
        None => refusal(wanted, body),
    }
}

fn at(body: &Value, path: Option<&str>, standard: &str) -> Option<String> {
    member(body, path.unwrap_or(standard)).and_then(text)
}

fn access_token(wanted: &TokenResponse, headers: &HeaderMap, body: &Value) -> Option<String> {
    if let Some(name) = &wanted.access_token_header {
        return headers.get(name)?.to_str().ok().map(str::to_owned);
    }
    if let Some(name) = &wanted.access_token_cookie {
        let cookies = headers.get_all(SET_COOKIE).iter();
        let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        return pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(known, _)| known.trim() == name)
            .map(|(_, value)| value.trim().to_owned());
    }
    // Some servers answer with the token alone.
    match (body, &wanted.access_token) {
        (Value::String(token), None) => Some(token.clone()),
        (body, path) => at(body, path.as_deref(), "access_token"),
    }
}

fn tokens(wanted: &TokenResponse, received: &Received<'_>, access_token: String) -> Value {
    let body = &received.body;
    let lifetime = lifetime(wanted, received, &access_token);
    let said = at(body, None, "token_type");
    let is_bound = said.is_some_and(|kind| kind.eq_ignore_ascii_case(BOUND));
    // Some servers call bearer tokens by other names, or by none.
    let kind = if is_bound { BOUND } else { "bearer" };
    let mut members = json!({ "access_token": access_token, "token_type": kind });
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members[name] = value;
        }
    };
    add(
        "expires_in",
        lifetime
            .map(|life| life.as_secs_f64().ceil().max(1.0) as u64)
            .map(Value::from),
    );
    let refresh = at(body, wanted.refresh_token.as_deref(), "refresh_token");
    add("refresh_token", refresh.map(Value::from));
    add("id_token", at(body, None, "id_token").map(Value::from));
    add("scope", scope(body).map(Value::from));
    let refresh_life = ["refresh_expires_in", "refresh_token_expires_in"]
        .into_iter()
        .chain(wanted.refresh_expires.as_deref())
        .filter_map(|path| duration(member(body, path)?, 1.0))
        .next_back();
    add(
        "refresh_expires_in",
        refresh_life.map(|life| life.as_secs().into()),
    );
    let values: Map<String, Value> = wanted
        .values
        .iter()
        .filter_map(|(name, path)| Some((name.clone(), text(member(body, path)?)?.into())))
        .collect();
    add("values", (!values.is_empty()).then(|| values.into()));
    members
}

/// The granted scopes with spaces between them, whatever stands there.
fn scope(body: &Value) -> Option<String> {
    match member(body, "scope")? {
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Some(items.join(" "))
        }
        Value::String(text) => Some(text.replace(',', " ")),
        _ => None,
    }
}

/// How long the token lives: as the server says, as the token itself says if it is a JWT, as the provider's data says.
fn lifetime(wanted: &TokenResponse, received: &Received<'_>, token: &str) -> Option<Duration> {
    let path = wanted.expires.as_deref().unwrap_or("expires_in");
    let said = member(&received.body, path);
    let told = match wanted.expires_unit {
        ExpiryUnit::Never => return None,
        ExpiryUnit::Seconds => said.and_then(|value| duration(value, 1.0)),
        ExpiryUnit::Milliseconds => said.and_then(|value| duration(value, 0.001)),
        ExpiryUnit::At => said.and_then(moment).and_then(|at| until(at, received)),
    };
    let default = || wanted.default_lifetime.map(Duration::from_secs);
    let life = told.or_else(|| of_jwt(token)).or_else(default)?;
    let max = wanted.max_lifetime.map(Duration::from_secs);
    Some(life.min(max.unwrap_or(MAX_LIFETIME)).min(MAX_LIFETIME))
}

/// A number, a number in a text, or a text such as `2h`. Zero and less count as "not said", which is what servers mean by it.
fn duration(value: &Value, unit: f64) -> Option<Duration> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.trim().parse::<f64>() {
            Ok(number) => Some(number),
            Err(_) => return spelled(text.trim()),
        },
        _ => None,
    };
    let seconds = number.map(|number| number * unit)?;
    let fits = seconds.is_finite() && seconds > 0.0;
    fits.then(|| Duration::from_secs_f64(seconds.min(MAX_LIFETIME.as_secs_f64())))
}

/// `90s`, `15m`, `2h`, `7d`.
fn spelled(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let seconds = match text[digits..].trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 24 * 3600,
        _ => return None,
    };
    number
        .checked_mul(seconds)
        .filter(|life| *life > 0)
        .map(Duration::from_secs)
}

/// A moment: RFC 3339, or seconds or milliseconds since 1970.
fn moment(value: &Value) -> Option<Timestamp> {
    let number = match value {
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(moment) => return Some(moment),
            Err(_) => text.trim().parse::<f64>().ok()?,
        },
        other => other.as_f64()?,
    };
    // No server hands out tokens for the year 5138.
    let millis = if number >= 1e11 {
        number
    } else {
        number * 1000.0
    };
    Timestamp::from_millisecond(millis as i64).ok()
}

/// How long it is until a moment by the server's clock, which need not go like ours.
fn until(at: Timestamp, received: &Received<'_>) -> Option<Duration> {
    let date = received
        .headers
        .get(DATE)
        .and_then(|date| date.to_str().ok());
    let now = date.and_then(http_date).unwrap_or_else(Timestamp::now);
    Duration::try_from(at.duration_since(now))
        .ok()
        .filter(|life| !life.is_zero())
}

/// The lifetime of a token that is a JWT (RFC 7519 section 4.1.4). `iat` rather than our clock says when it began.
fn of_jwt(token: &str) -> Option<Duration> {
    let payload = token
        .split('.')
        .nth(1)
        .filter(|_| token.matches('.').count() == 2)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let expires = claims.get("exp")?.as_f64()?;
    let now = || Timestamp::now().as_second() as f64;
    let began = claims
        .get("iat")
        .and_then(Value::as_f64)
        .unwrap_or_else(now);
    duration(&Value::from(expires - began), 1.0)
}

fn refusal(wanted: &TokenResponse, body: &Value) -> Answer {
    let path = wanted.error.as_deref().unwrap_or("error");
    let nested = || member(body, "error.code").or_else(|| member(body, "error.type"));
    let code = member(body, path)
        .and_then(text)
        .or_else(|| nested().and_then(text));
    let Some(code) = code else {
        return Answer::Unusable;
    };
    let code = wanted.error_codes.get(&code).cloned().unwrap_or(code);
    let description = ["error_description", "error.message", "message"]
        .into_iter()
        .find_map(|path| member(body, path).and_then(text));
    let mut members = json!({ "error": code });
    if let Some(description) = description {
        members["error_description"] = description.into();
    }
    Answer::Refusal(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(wanted: Value, status: u16, body: &str) -> Answer {
        let headers = HeaderMap::new();
        let received = Received {
            status,
            headers: &headers,
            body: parse(body.as_bytes()),
        };
        read(&serde_json::from_value(wanted).unwrap(), &received)
    }

    fn granted(wanted: Value, body: Value) -> Value {
        match answer(wanted, 200, &body.to_string()) {
            Answer::Tokens(tokens) => tokens,
            other => panic!("{other:?}"),
        }
    }

    fn refused(wanted: Value, status: u16, body: &str) -> Option<String> {
        match answer(wanted, status, body) {
            Answer::Refusal(body) => Some(body["error"].as_str().unwrap().to_owned()),
            Answer::Unusable => None,
            Answer::Tokens(_) => panic!("granted"),
        }
    }

    fn lifetime_of(wanted: Value, body: Value) -> Value {
        granted(wanted, body)["expires_in"].clone()
    }

    #[test]
    fn lifetimes_are_read_in_every_form() {
        let seconds = |value: Value| {
            lifetime_of(json!({}), json!({"access_token": "t", "expires_in": value}))
        };
        assert_eq!(seconds(json!(3600)), 3600);
        assert_eq!(seconds(json!("3600")), 3600);
        assert_eq!(seconds(json!(" 3600.5 ")), 3601);
        assert_eq!(seconds(json!("2h")), 7200);
        assert_eq!(seconds(json!(0)), Value::Null);
        assert_eq!(seconds(json!(-1)), Value::Null);
        assert_eq!(seconds(json!("soon")), Value::Null);
        assert_eq!(seconds(json!(1e300)), MAX_LIFETIME.as_secs());
        let millis = json!({"expires": "ttl.ms", "expires_unit": "milliseconds"});
        assert_eq!(
            lifetime_of(millis, json!({"access_token": "t", "ttl": {"ms": 90_000}})),
            90
        );
        let capped = json!({"max_lifetime": 60});
        assert_eq!(
            lifetime_of(capped, json!({"access_token": "t", "expires_in": 3600})),
            60
        );
        let default = json!({"default_lifetime": 3300});
        assert_eq!(lifetime_of(default, json!({"access_token": "t"})), 3300);
    }

    #[test]
    fn moment_of_expiry_is_a_lifetime_by_the_servers_clock() {
        let wanted =
            serde_json::from_value(json!({"expires": "expires_at", "expires_unit": "at"})).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Tue, 15 Nov 1994 08:12:31 GMT".parse().unwrap());
        for moment in [
            json!("1994-11-15T09:12:31Z"),
            json!(784_890_751),
            json!(784_890_751_000_i64),
            json!("784890751"),
        ] {
            let body = json!({"access_token": "t", "expires_at": moment});
            let Answer::Tokens(tokens) = read(
                &wanted,
                &Received {
                    status: 200,
                    headers: &headers,
                    body,
                },
            ) else {
                panic!("no tokens");
            };
            assert_eq!(tokens["expires_in"], 3600, "{moment}");
        }
    }

    #[test]
    fn token_that_is_a_jwt_tells_its_lifetime() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"iat": 1000, "exp": 1600}"#);
        let body = json!({"access_token": format!("e30.{claims}.sig")});
        assert_eq!(lifetime_of(json!({}), body), 600);
    }

    #[test]
    fn tokens_are_found_where_the_provider_puts_them() {
        let nested = json!({"access_token": "authed_user.access_token", "refresh_token": "authed_user.refresh_token",
            "values": {"team": "team.id", "instance_url": "instance_url"}});
        let tokens = granted(
            nested,
            json!({
                "ok": true, "authed_user": {"access_token": "t", "refresh_token": "r"}, "team": {"id": 7}
            }),
        );
        assert_eq!(tokens["access_token"], "t");
        assert_eq!(tokens["refresh_token"], "r");
        assert_eq!(tokens["values"], json!({"team": "7"}));

        let Answer::Tokens(form) = answer(
            json!({}),
            200,
            "access_token=t&scope=a%2Cb&token_type=bearer",
        ) else {
            panic!("no tokens");
        };
        assert_eq!(
            (&form["access_token"], &form["scope"]),
            (&json!("t"), &json!("a b"))
        );
        assert_eq!(granted(json!({}), json!("bare"))["access_token"], "bare");

        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, "other=1; Path=/".parse().unwrap());
        headers.append(SET_COOKIE, "sid=t2; HttpOnly".parse().unwrap());
        headers.insert("x-token", "t3".parse().unwrap());
        let read = |wanted: Value| {
            read(
                &serde_json::from_value(wanted).unwrap(),
                &Received {
                    status: 204,
                    headers: &headers,
                    body: Value::Null,
                },
            )
        };
        assert!(
            matches!(read(json!({"access_token_cookie": "sid"})), Answer::Tokens(tokens) if tokens["access_token"] == "t2")
        );
        assert!(
            matches!(read(json!({"access_token_header": "X-Token"})), Answer::Tokens(tokens) if tokens["access_token"] == "t3")
        );
    }

    #[test]
    fn missing_token_type_is_bearer() {
        assert_eq!(
            granted(json!({}), json!({"access_token": "t"}))["token_type"],
            "bearer"
        );
    }

    #[test]
    fn refusals_are_known_by_their_body() {
        assert_eq!(
            refused(json!({}), 200, r#"{"error": "bad_verification_code"}"#).unwrap(),
            "bad_verification_code"
        );
        assert_eq!(
            refused(
                json!({}),
                400,
                r#"{"error": "invalid_grant", "access_token": "x"}"#
            )
            .unwrap(),
            "invalid_grant"
        );
        assert_eq!(
            refused(
                json!({"success": "ok"}),
                200,
                r#"{"ok": false, "error": "token_revoked", "access_token": "x"}"#
            )
            .unwrap(),
            "token_revoked"
        );
        assert_eq!(
            refused(
                json!({"error_codes": {"bad_refresh_token": "invalid_grant"}}),
                200,
                "error=bad_refresh_token"
            )
            .unwrap(),
            "invalid_grant"
        );
        assert_eq!(
            refused(json!({}), 400, r#"{"error": {"code": "E1"}}"#).unwrap(),
            "E1"
        );
        assert_eq!(refused(json!({}), 502, "<html>Bad = Gateway</html>"), None);
        assert_eq!(refused(json!({}), 200, ""), None);
        assert_eq!(refused(json!({}), 200, "[]"), None);
    }
}
