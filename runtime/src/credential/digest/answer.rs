//! The answer to a challenge: `Authorization` (RFC 7616 section 3.4).

use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use ring::digest;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

use super::challenge::{Algorithm, Challenge, Protection};
use crate::credential::signature::hex;
use crate::encode::percent;
use crate::error::{Error, Result};

/// All that goes into an answer.
pub(super) struct Answer<'a> {
    pub(super) challenge: &'a Challenge,
    pub(super) username: &'a str,
    pub(super) password: &'a SecretString,
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
    pub(super) body: Option<&'a [u8]>,
    pub(super) client_nonce: &'a str,
    pub(super) count: u32,
}

impl Answer<'_> {
    /// The value of the header.
    pub(super) fn header(&self) -> Result<String> {
        let challenge = self.challenge;
        let response = self.response()?;
        let mut header = format!("Digest {}", self.username());
        for (name, value) in [
            ("realm", challenge.realm.as_str()),
            ("nonce", &challenge.nonce),
            ("uri", self.uri),
            ("response", &response),
        ] {
            let _ = write!(header, ", {name}={}", quoted(value));
        }
        if challenge.names_algorithm {
            let session = if challenge.is_session { "-sess" } else { "" };
            let _ = write!(
                header,
                ", algorithm={}{session}",
                challenge.algorithm.name()
            );
        }
        if let Some(opaque) = &challenge.opaque {
            let _ = write!(header, ", opaque={}", quoted(opaque));
        }
        // Servers of RFC 2069 know no `cnonce`, but the `-sess` algorithms need it.
        if challenge.protection.is_some() || challenge.is_session {
            let _ = write!(header, ", cnonce={}", quoted(self.client_nonce));
        }
        if let Some(protection) = challenge.protection {
            let _ = write!(header, ", qop={}, nc={:08x}", protection.name(), self.count);
        }
        if challenge.hashes_username {
            header.push_str(", userhash=true");
        }
        Ok(header)
    }

    /// Section 3.4.4; letters that no quoted string holds take the extended notation of RFC 8187.
    fn username(&self) -> String {
        if self.challenge.hashes_username {
            let hashed = self.hash(&[self.username, &self.challenge.realm]);
            return format!("username=\"{}\"", hashed.as_str());
        }
        if self.username.is_ascii() {
            return format!("username={}", quoted(self.username));
        }
        let mut escaped = String::new();
        percent::component(&mut escaped, self.username);
        format!("username*=UTF-8''{escaped}")
    }

    /// Section 3.4.1.
    fn response(&self) -> Result<String> {
        let nonce = self.challenge.nonce.as_str();
        let (key, request) = (self.key(), self.request()?);
        let hashed = match self.challenge.protection {
            None => self.hash(&[&key, nonce, &request]),
            Some(protection) => {
                let count = format!("{:08x}", self.count);
                let parts = [
                    &key,
                    nonce,
                    &count,
                    self.client_nonce,
                    protection.name(),
                    &request,
                ];
                self.hash(&parts)
            }
        };
        Ok(hashed.to_string())
    }

    /// The hash of A1, section 3.4.2.
    fn key(&self) -> Zeroizing<String> {
        let challenge = self.challenge;
        let password = self.password.expose_secret();
        let key = self.hash(&[self.username, &challenge.realm, password]);
        if challenge.is_session {
            self.hash(&[&key, &challenge.nonce, self.client_nonce])
        } else {
            key
        }
    }

    /// The hash of A2, section 3.4.3.
    fn request(&self) -> Result<Zeroizing<String>> {
        if self.challenge.protection != Some(Protection::AuthInt) {
            return Ok(self.hash(&[self.method, self.uri]));
        }
        let Some(body) = self.body else {
            return Err(Error::credential(
                "the server wants a hash of the body (`qop=auth-int`), so the body must be in memory, not a stream or file",
            ));
        };
        let body = self.challenge.algorithm.hash(body);
        Ok(self.hash(&[self.method, self.uri, &body]))
    }

    /// The hash of texts with `:` between them.
    fn hash(&self, parts: &[&str]) -> Zeroizing<String> {
        let joined = Zeroizing::new(parts.join(":"));
        Zeroizing::new(self.challenge.algorithm.hash(joined.as_bytes()))
    }
}

impl Algorithm {
    fn hash(self, data: &[u8]) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(data)),
            Self::Sha256 => hex(digest::digest(&digest::SHA256, data).as_ref()),
            Self::Sha512_256 => hex(digest::digest(&digest::SHA512_256, data).as_ref()),
        }
    }
}

impl Protection {
    fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// A quoted string (RFC 9110 section 5.6.4).
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(algorithm: Algorithm) -> Challenge {
        Challenge {
            realm: "http-auth@example.org".to_owned(),
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".to_owned(),
            opaque: Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS".to_owned()),
            algorithm,
            is_session: false,
            names_algorithm: true,
            protection: Some(Protection::Auth),
            hashes_username: false,
            is_stale: false,
        }
    }

    /// The request of RFC 7616 section 3.9.1.
    fn header(challenge: &Challenge, body: Option<&[u8]>) -> Result<String> {
        Answer {
            challenge,
            username: "Mufasa",
            password: &"Circle of Life".into(),
            method: "GET",
            uri: "/dir/index.html",
            body,
            client_nonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            count: 1,
        }
        .header()
    }

    #[test]
    fn answers_are_those_of_the_specification() {
        // Section 3.9.1.
        let md5 = header(&challenge(Algorithm::Md5), None).unwrap();
        assert_eq!(
            md5,
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", uri=\"/dir/index.html\", \
             response=\"8ca523f5e9506fed4657c9700eebdbec\", algorithm=MD5, \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", \
             cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, nc=00000001"
        );
        let sha256 = header(&challenge(Algorithm::Sha256), None).unwrap();
        let response = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert!(sha256.contains(response), "{sha256}");
    }

    /// The request of section 3.9.2. The hashes are OpenSSL's: the RFC printed those of a SHA-512 that was cut off, which is not
    /// SHA-512/256.
    #[test]
    fn user_names_are_hashed_on_request() {
        let challenge = Challenge {
            realm: "api@example.org".to_owned(),
            nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK".to_owned(),
            opaque: Some("HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDssOS".to_owned()),
            hashes_username: true,
            ..challenge(Algorithm::Sha512_256)
        };
        let answer = Answer {
            challenge: &challenge,
            username: "Jäsøn Doe",
            password: &"Secret, or not?".into(),
            method: "GET",
            uri: "/doe.json",
            body: None,
            client_nonce: "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm",
            count: 1,
        };
        let header = answer.header().unwrap();
        let username =
            "username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\"";
        let response =
            "response=\"7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c\"";
        for part in [username, response, "userhash=true"] {
            assert!(header.contains(part), "{part} in {header}");
        }
        let plain = Challenge {
            hashes_username: false,
            ..challenge.clone()
        };
        let header = Answer {
            challenge: &plain,
            ..answer
        }
        .header()
        .unwrap();
        assert!(
            header.contains("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, "),
            "{header}"
        );
    }

    #[test]
    fn bodies_are_covered_where_the_server_insists() {
        let challenge = Challenge {
            protection: Some(Protection::AuthInt),
            ..challenge(Algorithm::Md5)
        };
        let (one, other) = (
            header(&challenge, Some(b"one")).unwrap(),
            header(&challenge, Some(b"other")).unwrap(),
        );
        assert_ne!(one, other);
        assert!(one.contains("qop=auth-int"), "{one}");
        let error = header(&challenge, None).unwrap_err();
        assert!(error.to_string().contains("must be in memory"), "{error}");
    }

    #[test]
    fn old_servers_get_the_old_answer() {
        let challenge = Challenge {
            protection: None,
            names_algorithm: false,
            opaque: None,
            ..challenge(Algorithm::Md5)
        };
        let header = header(&challenge, None).unwrap();
        let absent = ["qop", "nc=", "cnonce", "algorithm", "opaque"];
        assert!(absent.iter().all(|name| !header.contains(name)), "{header}");
    }

    #[test]
    fn quotes_do_not_end_a_value() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
