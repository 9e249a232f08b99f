//! A new password for whoever reads the mail of an account.
//!
//! Asking for it is one row of the queue, whoever is asked for; whether there is such an account is looked at by the job,
//! so that neither the answer nor its time tells. The letter's token works once, for a while, and until the next letter.

use std::pin::Pin;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_db::{DbError, Tx};
use florin_jobs::{Handler, JobError};
use florin_kernel::{Action, Actor, Resource, SessionId, Timestamp, UserId, Uuid};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::store::{self as resets, NewReset};
use crate::identity::later;
use crate::lockout::{self, Subject};
use crate::store::{self, Because};
use crate::{Email, Error, Identity, Password, federation, random};

/// A token is 32 random bytes in base64url; longer text is none and is not even hashed.
const TOKEN_CHARS_MAX: usize = 64;
/// How many letters an account is sent within an hour.
const LETTERS_MAX: u32 = 3;
const HOUR_SECONDS: i64 = 60 * 60;
/// The kind of the job.
const KIND: &str = "identity.send_reset";

/// What the job is given.
#[derive(Serialize, Deserialize)]
struct Request {
    id: Uuid,
    email: String,
}

impl Identity {
    /// Takes note that somebody wants another password for the account of this email, if there is one.
    ///
    /// # Errors
    /// [`Error::Denied`] when somebody is signed in; never whether there is such an account.
    #[tracing::instrument(name = "identity.password.forgot", skip_all)]
    pub async fn forgot_password(&self, by: &Actor, email: &Email) -> Result<(), Error> {
        let permit = by.permit(Action::ResetPassword, Resource::kind("user"))?;
        let request = Request { id: self.env.new_uuid(), email: email.as_str().to_owned() };
        let payload = serde_json::to_string(&request).map_err(|error| DbError::Other(error.to_string()))?;
        let env = self.env.clone();
        self.db
            .write(permit, move |tx| {
                tx.note("step", &"asked");
                florin_jobs::enqueue(tx, KIND, &payload, env.now()).map_err(Error::from)
            })
            .await
    }

    /// Gives an account the new password that whoever reads its mail chose; every sign-in ends, and none begins.
    ///
    /// A lock of the account ends with it. Second factors stay as they are.
    ///
    /// # Errors
    /// [`Error::InvalidReset`] when the token is unknown, used up, void or too old; [`Error::WeakPassword`], which does
    /// not use it up; [`Error::Overloaded`]; [`Error::Denied`] when somebody is signed in.
    #[tracing::instrument(name = "identity.password.reset", skip_all)]
    pub async fn reset_password(&self, by: &Actor, token: &str, new: &Password) -> Result<(), Error> {
        let permit = by.permit(Action::ResetPassword, Resource::kind("user"))?;
        let token_hash = hash_of(token.get(..TOKEN_CHARS_MAX).unwrap_or(token));
        let now = self.env.now();
        let user = self
            .db
            .read(move |reader| resets::reset_of(reader, token_hash, now).map_err(Error::from))
            .await?;
        let earlier = match user.filter(|_| token.len() <= TOKEN_CHARS_MAX) {
            Some(user) => self.earlier(user).await?,
            None => None,
        };
        let new_hash = match earlier {
            Some(earlier) => {
                self.judge_anew(new, &earlier).await?;
                Some(self.hasher.hash(new.clone()).await?)
            }
            None => None,
        };
        let (env, letters, history) =
            (self.env.clone(), Arc::clone(&self.letters), self.settings.passwords.history);
        let ended = self
            .db
            .write(permit, move |tx| {
                let ended = match &new_hash {
                    Some(new_hash) => reset(tx, token_hash, new_hash, history, &*letters, env.now())?,
                    None => None,
                };
                if ended.is_none() {
                    tx.outcome_failed("invalid_reset");
                }
                Ok::<_, Error>(ended)
            })
            .await?;
        self.ended(&ended.ok_or(Error::InvalidReset)?);
        Ok(())
    }

    /// Writes the letter that was asked for, unless it was already or too many were.
    async fn send_reset(&self, request: Request) -> Result<(), Error> {
        let permit = Actor::system("passwords").permit(Action::ResetPassword, Resource::kind("user"))?;
        let token = Zeroizing::new(URL_SAFE_NO_PAD.encode(*Zeroizing::new(random::bytes::<32>()?)));
        let (env, letters, seconds) =
            (self.env.clone(), Arc::clone(&self.letters), self.settings.reset_seconds);
        self.db
            .write(permit, move |tx| {
                let now = env.now();
                tx.note("step", &"sent");
                let email = request.email.parse::<Email>().ok();
                let user = email.map(|email| store::user_by_key(tx, email.key())).transpose()?.flatten();
                let Some(user) = user else {
                    tx.outcome_failed("unknown_email");
                    return Ok::<_, Error>(());
                };
                tx.about(user.uuid());
                let active = store::lock_credentials(tx, user)?.is_some_and(|found| found.active);
                let Some(profile) = store::profile(tx, user)?.filter(|_| active) else {
                    tx.outcome_failed("not_active");
                    return Ok(());
                };
                if resets::is_answered(tx, request.id)? {
                    tx.outcome_failed("sent_before");
                    return Ok(());
                }
                if resets::resets_since(tx, user, later(now, -HOUR_SECONDS))? >= LETTERS_MAX {
                    tx.outcome_failed("too_many");
                    return Ok(());
                }
                let expires_at = later(now, seconds.into());
                let token_hash = hash_of(&token);
                // Nobody signed in before somebody who has no password yet: setting one accepts the invitation late.
                let invites = !federation::has_another_way(tx, user)?;
                let reset = NewReset { id: request.id, user, token_hash, now, expires_at, invites };
                resets::insert_reset(tx, &reset)?;
                letters.reset_password(tx, &profile.email, &profile.full_name, &token)?;
                Ok(())
            })
            .await
    }
}

/// The sign-ins that ended, or `None` when the token is not good.
fn reset(
    tx: &mut Tx<'_>,
    token_hash: [u8; 32],
    new_hash: &str,
    history: u32,
    letters: &dyn crate::Letters,
    now: Timestamp,
) -> Result<Option<Vec<SessionId>>, Error> {
    let Some((user, invited)) = resets::use_reset(tx, token_hash, now)? else { return Ok(None) };
    let active = store::lock_credentials(tx, user)?.is_some_and(|found| found.active);
    let Some(profile) = store::profile(tx, user)?.filter(|_| active) else { return Ok(None) };
    tx.about(user.uuid());
    tx.on_behalf_of(user.uuid());
    resets::set_password(tx, user, new_hash, history, now)?;
    let sessions = store::live_sessions(tx, user, now, 0)?;
    for &session in &sessions {
        store::revoke(tx, session, Because::PasswordChanged, now)?;
    }
    lockout::open(tx, Subject::of(profile.email.key()), now)?;
    lockout::forget_devices(tx, user)?;
    tx.note("sessions_ended", &sessions.len());
    if invited {
        // Whoever sets the first password read the mail to the address that others gave.
        store::set_verified(tx, user, now)?;
        tx.note("step", &"invitation_accepted");
        letters.welcome(tx, &profile.email, &profile.full_name)?;
    } else {
        letters.password_changed(tx, &profile.email, &profile.full_name)?;
    }
    Ok(Some(sessions))
}

/// Writes the invitation of somebody who was just made known, by the hash of its token.
pub(crate) fn insert_invitation(
    tx: &mut Tx<'_>,
    id: Uuid,
    user: UserId,
    token: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let token_hash = hash_of(token);
    resets::insert_reset(tx, &NewReset { id, user, token_hash, now, expires_at, invites: true })
}

fn hash_of(token: &str) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(b"florin password reset 1 ");
    hash.update(token);
    hash.finalize().into()
}

/// The job that writes the letters asked for; run twice, it writes one.
pub struct SendResets(pub Arc<Identity>);

impl Handler for SendResets {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(
        &'a self,
        payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let request: Request = serde_json::from_str(payload)
                .map_err(|_| JobError::Fatal("the payload is no request for a letter".to_owned()))?;
            self.0.send_reset(request).await.map_err(|error| JobError::Retry(error.to_string()))
        })
    }
}
