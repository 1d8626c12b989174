//! What came of a sign-in.

use crate::oauth::id_token::IdToken;
use crate::token::Tokens;

/// A person signed in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedIn {
    /// The tokens, not stored anywhere yet.
    pub tokens: Tokens,
    /// Who signed in. Unknown if the server sends no ID token, or publishes no keys to check it with.
    pub identity: Option<IdToken>,
    /// What would have made the server hand out a refresh token, as far as it says.
    pub(crate) hint: Option<&'static str>,
}

impl SignedIn {
    /// What the person should know: that the connection ends with the access token, because there is no refresh token. `None` if
    /// it lasts.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        let tokens = &self.tokens;
        if tokens.refresh_token.is_some() {
            return None;
        }
        let expires_at = tokens.expires_at?;
        let mut notice = format!("no refresh token: signed in until {expires_at}");
        if let Some(hint) = self.hint {
            notice.push_str("; ");
            notice.push_str(hint);
        }
        Some(notice)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn notice_tells_when_the_sign_in_ends() {
        let mut signed_in = SignedIn {
            tokens: Tokens::new("a"),
            identity: None,
            hint: Some("ask for the scope `offline_access`"),
        };
        assert_eq!(signed_in.notice(), None);
        signed_in.tokens.expires_at = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(
            signed_in.notice().as_deref(),
            Some(
                "no refresh token: signed in until 1970-01-01T00:00:00Z; ask for the scope `offline_access`"
            )
        );
        signed_in.tokens.refresh_token = Some("r".into());
        assert_eq!(signed_in.notice(), None);
    }
}
