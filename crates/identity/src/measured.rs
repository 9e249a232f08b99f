//! Steps of a sign-in that no door leads to by themselves, for benchmarks.

use florin_kernel::{Timestamp, Uuid};
use secrecy::SecretString;

use crate::Identity;
use crate::identity::seconds;
use crate::token::Claims;

pub use crate::factors::totp_matches;

impl Identity {
    /// An access token of a sign-in that there is not.
    pub fn issue_for_nobody(&self, now: Timestamp) -> Option<SecretString> {
        let at = seconds(now);
        let claims = Claims {
            iss: self.tokens.issuer().to_owned(),
            aud: self.tokens.audience().to_owned(),
            sub: Uuid::nil(),
            iat: at,
            nbf: at,
            exp: at.saturating_add(u64::from(self.settings.access_seconds)),
            jti: Uuid::nil(),
            sid: Uuid::nil(),
            amr: vec!["pwd".to_owned()],
            auth_time: at,
            step_up: None,
        };
        self.tokens.issue(&claims, now).map(SecretString::from)
    }
}
