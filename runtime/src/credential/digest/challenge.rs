//! What a server asks: `WWW-Authenticate` (RFC 9110 section 11.6.1, RFC 7616 section 3.3).

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};

/// A Digest challenge that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) opaque: Option<String>,
    pub(super) algorithm: Algorithm,
    /// The key depends on both nonces: an algorithm whose name ends with `-sess`.
    pub(super) is_session: bool,
    /// Whether the server named the algorithm, so that the answer repeats it.
    pub(super) names_algorithm: bool,
    /// None for servers of RFC 2069.
    pub(super) protection: Option<Protection>,
    /// The user name is to be hashed.
    pub(super) hashes_username: bool,
    /// The answer was right, but its nonce too old.
    pub(super) is_stale: bool,
}

/// The hash function. The stronger one is the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    Md5,
    Sha256,
    Sha512_256,
}

/// What the answer covers: `qop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// Method and URI.
    Auth,
    /// The body as well.
    AuthInt,
}

impl Algorithm {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512_256 => "SHA-512-256",
        }
    }
}

/// Which challenge an `Authorization` header has answered.
pub(super) struct Answered {
    pub(super) realm: String,
    pub(super) nonce: String,
}

/// Of all challenges of a response the one with the strongest algorithm; among equals the first, which the server prefers.
pub(super) fn strongest(response: &HeaderMap) -> Option<Challenge> {
    let values = response.get_all(WWW_AUTHENTICATE).iter();
    let mut chosen: Option<Challenge> = None;
    for challenge in values.flat_map(parse).filter_map(Challenge::new) {
        if chosen
            .as_ref()
            .is_none_or(|chosen| challenge.algorithm > chosen.algorithm)
        {
            chosen = Some(challenge);
        }
    }
    chosen
}

/// The challenge that the request has answered, if it did.
pub(super) fn answered(request: &HeaderMap) -> Option<Answered> {
    let sent = parse(request.get(AUTHORIZATION)?)
        .into_iter()
        .find(Parsed::is_digest)?;
    Some(Answered {
        realm: sent.get("realm").unwrap_or_default().to_owned(),
        nonce: sent.get("nonce")?.to_owned(),
    })
}

impl Challenge {
    /// None for what is not Digest, or asks for something that this code does not know.
    fn new(parsed: Parsed) -> Option<Self> {
        if !parsed.is_digest() {
            return None;
        }
        let algorithm = parsed.get("algorithm").unwrap_or("MD5");
        let named = algorithm.to_ascii_uppercase();
        let (name, is_session) = match named.strip_suffix("-SESS") {
            Some(name) => (name, true),
            None => (named.as_str(), false),
        };
        let is_true = |name| {
            parsed
                .get(name)
                .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        Some(Self {
            realm: parsed.get("realm").unwrap_or_default().to_owned(),
            nonce: parsed.get("nonce")?.to_owned(),
            opaque: parsed.get("opaque").map(str::to_owned),
            algorithm: match name {
                "MD5" => Algorithm::Md5,
                "SHA-256" => Algorithm::Sha256,
                "SHA-512-256" => Algorithm::Sha512_256,
                _ => return None,
            },
            is_session,
            names_algorithm: parsed.get("algorithm").is_some(),
            protection: match parsed.get("qop") {
                Some(offered) => Some(Protection::choose(offered)?),
                None => None,
            },
            hashes_username: is_true("userhash"),
            is_stale: is_true("stale"),
        })
    }
}

impl Protection {
    /// `auth` wherever it is offered: `auth-int` needs the body in memory, and what it adds, TLS has done already.
    fn choose(offered: &str) -> Option<Self> {
        let offers = |wanted: &str| {
            offered
                .split(',')
                .any(|name| name.trim().eq_ignore_ascii_case(wanted))
        };
        if offers("auth") {
            Some(Self::Auth)
        } else if offers("auth-int") {
            Some(Self::AuthInt)
        } else {
            None
        }
    }
}

/// A scheme with its parameters, from either side.
#[derive(Debug, PartialEq, Eq)]
struct Parsed {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Parsed {
    fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("digest")
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

/// Reads schemes and parameters. A comma separates both parameters and challenges; a name is a parameter if `=` follows.
fn parse(value: &HeaderValue) -> Vec<Parsed> {
    let text = String::from_utf8_lossy(value.as_bytes());
    let mut rest = &*text;
    let mut parsed: Vec<Parsed> = Vec::new();
    loop {
        // A stray `=` is the padding of another scheme's token.
        rest = rest.trim_start_matches([' ', '\t', ',', '=', '"']);
        let name = token(&mut rest);
        if name.is_empty() {
            return parsed;
        }
        match rest.trim_start_matches([' ', '\t']).strip_prefix('=') {
            None => parsed.push(Parsed {
                scheme: name.to_owned(),
                parameters: Vec::new(),
            }),
            Some(after) => {
                rest = after.trim_start_matches([' ', '\t']);
                let value = match rest.strip_prefix('"') {
                    Some(quoted) => {
                        rest = quoted;
                        unquoted(&mut rest)
                    }
                    None => token(&mut rest).to_owned(),
                };
                if let Some(last) = parsed.last_mut() {
                    last.parameters.push((name.to_owned(), value));
                }
            }
        }
    }
}

/// Takes what goes up to the next separator.
fn token<'t>(rest: &mut &'t str) -> &'t str {
    let end = rest.find([' ', '\t', ',', '=', '"']).unwrap_or(rest.len());
    let (token, after) = rest.split_at(end);
    *rest = after;
    token
}

/// Takes a quoted string whose opening quote is taken already (RFC 9110 section 5.6.4).
fn unquoted(rest: &mut &str) -> String {
    let mut value = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.extend(chars.next()),
            c => value.push(c),
        }
    }
    *rest = chars.as_str();
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(values: &[&'static str]) -> HeaderMap {
        let name = || WWW_AUTHENTICATE;
        let values = values.iter().map(|value| HeaderValue::from_static(value));
        values.map(|value| (name(), value)).collect()
    }

    fn chosen(values: &[&'static str]) -> Option<(Algorithm, String)> {
        strongest(&response(values)).map(|challenge| (challenge.algorithm, challenge.nonce))
    }

    #[test]
    fn the_strongest_of_many_challenges_is_chosen() {
        let md5 = r#"Digest realm="a", nonce="1", qop="auth", algorithm=MD5"#;
        let both = r#"Basic realm="a, b=c", Digest realm="a",nonce="2",algorithm=SHA-256,qop="auth-int, auth", Digest algorithm="SHA-512-256", qop=auth, nonce="3""#;
        assert_eq!(
            chosen(&[md5, both]),
            Some((Algorithm::Sha512_256, "3".to_owned()))
        );
        assert_eq!(chosen(&[md5]), Some((Algorithm::Md5, "1".to_owned())));
        let equals = [md5, r#"Digest nonce="other""#];
        assert_eq!(chosen(&equals), Some((Algorithm::Md5, "1".to_owned())));
    }

    #[test]
    fn what_cannot_be_answered_is_passed_over() {
        for value in [
            "",
            "Basic realm=\"x\"",
            "Negotiate abc==, NTLM",
            "Digest realm=\"no nonce\"",
            "Digest nonce=\"1\", algorithm=SHA3-256",
            "Digest nonce=\"1\", qop=\"auth-conf\"",
            "Digest nonce",
            "nonce=\"1\"",
            ",,, = \"\" \\",
        ] {
            assert_eq!(chosen(&[value]), None, "{value}");
        }
        let after_token = r#"Negotiate YWI=, Digest nonce="1""#;
        assert_eq!(chosen(&[after_token]).unwrap().1, "1");
    }

    #[test]
    fn parameters_are_read_as_they_come() {
        let header = response(&[
            r#"DIGEST Realm="say \"hi\", \\you", NONCE = "n=1,2" ,opaque="", algorithm=md5-sess, qop="auth-int", stale=TRUE, userhash=true"#,
        ]);
        let expected = Challenge {
            realm: r#"say "hi", \you"#.to_owned(),
            nonce: "n=1,2".to_owned(),
            opaque: Some(String::new()),
            algorithm: Algorithm::Md5,
            is_session: true,
            names_algorithm: true,
            protection: Some(Protection::AuthInt),
            hashes_username: true,
            is_stale: true,
        };
        assert_eq!(strongest(&header), Some(expected));
        let old = strongest(&response(&[r#"Digest realm="r", nonce="n"#])).unwrap();
        assert_eq!((old.protection, old.names_algorithm), (None, false));
    }
}
