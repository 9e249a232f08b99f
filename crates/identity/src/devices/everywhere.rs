//! Signing somebody out everywhere, as those do who look after others' access.

use std::str::FromStr;

use florin_kernel::{Action, Actor, Resource, UserId};
use thiserror::Error as ThisError;

use super::desk::person;
use crate::store::{self, Because};
use crate::{Error, Identity};

/// How long a reason may be, in characters.
const CHARS_MAX: usize = 200;

/// Why somebody is signed out by somebody else: what the audit trail tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOutReason(String);

/// A text that is no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
#[error("a reason has 1 to 200 characters, and no control characters")]
pub struct InvalidReason;

impl FromStr for SignOutReason {
    type Err = InvalidReason;

    fn from_str(text: &str) -> Result<Self, InvalidReason> {
        let text = text.trim();
        let fits = (1..=CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidReason) }
    }
}

impl Identity {
    /// Ends every sign-in of somebody else, and says how many there were. They can sign in again at once.
    ///
    /// # Errors
    /// [`Error::OwnStanding`] about oneself, [`Error::UserNotFound`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.session.end_all", skip_all, fields(user.id = %user))]
    pub async fn end_sign_ins_of(
        &self,
        by: &Actor,
        user: UserId,
        reason: SignOutReason,
    ) -> Result<usize, Error> {
        if person(by, Action::EndSession)? == user {
            return Err(Error::OwnStanding);
        }
        let permit = by.permit(Action::EndSession, Resource::kind("session").owned_by(user))?;
        let env = self.env.clone();
        let ended = self
            .db
            .write(permit, move |tx| {
                let now = env.now();
                if store::profile(tx, user)?.is_none() {
                    return Err(Error::UserNotFound(user));
                }
                store::lock_user(tx, user)?;
                let sessions = store::live_sessions(tx, user, now, 0)?;
                for &session in &sessions {
                    store::revoke(tx, session, Because::Ended, now)?;
                }
                tx.about(user.uuid());
                tx.note("sessions", &sessions.len());
                tx.note("reason", &reason.0);
                Ok(sessions)
            })
            .await?;
        self.ended(&ended);
        Ok(ended.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_line_of_text() {
        let read = |text: &str| text.parse::<SignOutReason>();
        assert_eq!(read("  A lost telephone  "), Ok(SignOutReason("A lost telephone".to_owned())));
        assert!(read(&"é".repeat(CHARS_MAX)).is_ok());
        for wrong in ["", "  ", "two\nlines", &"é".repeat(CHARS_MAX + 1)] {
            assert_eq!(read(wrong), Err(InvalidReason), "{wrong}");
        }
    }
}
