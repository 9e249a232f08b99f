//! Passkeys as factors: registering one, and taking one away.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Resource, SessionId, Timestamp, UserId, Uuid};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use webauthn_rs::prelude::{Credential, Passkey, PasskeyRegistration, RegisterPublicKeyCredential};
use zeroize::Zeroizing;

use super::challenge::{self, Proof};
use super::desk::Factors;
use super::enrolment::{after_change, lock, of, signed_in};
use super::passkey_store::{self, Ceremony};
use super::relying_party::RelyingParty;
use super::{BackupCodes, store};
use crate::identity::later;
use crate::{Error, FactorNews, Identity};

/// How many passkeys a person may have.
const PASSKEYS_MAX: u32 = 20;
/// How long a name may be, in characters.
const NAME_CHARS_MAX: usize = 64;
/// How long a ceremony waits for its answer, in seconds.
pub(super) const CEREMONY_SECONDS: u32 = 300;

/// What a browser needs to make a passkey.
#[derive(Clone, Debug)]
pub struct PasskeyCreation {
    /// Names the ceremony; it is shown once, with the browser's answer.
    pub challenge_token: SecretString,
    /// How long it waits, in seconds.
    pub expires_in_seconds: u32,
    /// `PublicKeyCredentialCreationOptions`, as JSON.
    pub public_key: Value,
}

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeySummary {
    /// Its identifier.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// A passkey that was just registered.
pub struct PasskeyAdded {
    /// The passkey.
    pub passkey: PasskeySummary,
    /// Backup codes, when it is the person's first factor.
    pub backup_codes: Option<BackupCodes>,
}

impl Identity {
    pub(super) fn relying_party(&self) -> Result<&RelyingParty, Error> {
        self.factors.relying_party.as_ref().ok_or(Error::PasskeysUnavailable)
    }

    /// Begins to register a passkey of whoever asks.
    ///
    /// # Errors
    /// [`Error::PasskeysUnavailable`], [`Error::PasskeysTooMany`], [`Error::Denied`] also when nothing was proved
    /// recently.
    #[tracing::instrument(name = "identity.passkey.start_registration", skip_all)]
    pub async fn start_passkey_registration(&self, by: &Actor) -> Result<PasskeyCreation, Error> {
        let (user, _) = signed_in(by)?;
        by.permit(Action::AddFactor, of(user))?;
        let now = self.env.now();
        by.must_be_recent(now)?;
        let relying_party = self.relying_party()?;
        let (person, known) = self
            .db
            .read(move |reader| {
                let person = crate::store::profile(reader, user)?.ok_or(Error::UserNotFound(user))?;
                Ok::<_, Error>((person, passkey_store::usable(reader, user)?))
            })
            .await?;
        if u32::try_from(known.len()).is_ok_and(|count| count >= PASSKEYS_MAX) {
            return Err(Error::PasskeysTooMany);
        }
        let known = known.into_iter().map(|row| row.passkey.cred_id().clone()).collect();
        let (options, state) = relying_party
            .0
            .start_passkey_registration(
                user.uuid(),
                person.email.as_str(),
                person.full_name.as_str(),
                Some(known),
            )
            .map_err(|error| unexpected(&error))?;
        let mut public_key = member(&options, "publicKey")?;
        // A passkey that its device can find by itself signs in without an email; whoever cannot keep it so may.
        if let Some(selection) = public_key.get_mut("authenticatorSelection").and_then(Value::as_object_mut) {
            selection.insert("residentKey".to_owned(), Value::from("preferred"));
        }
        let challenge_token = self.begin_ceremony("register", Some(user), None, &state, now).await?;
        Ok(PasskeyCreation { challenge_token, expires_in_seconds: CEREMONY_SECONDS, public_key })
    }

    /// Writes the state of a ceremony and gives the token that names it.
    pub(super) async fn begin_ceremony(
        &self,
        purpose: &'static str,
        user: Option<UserId>,
        challenge_hash: Option<[u8; 32]>,
        state: &impl serde::Serialize,
        now: Timestamp,
    ) -> Result<SecretString, Error> {
        let (token, hash) = challenge::new_token()?;
        let state = serde_json::to_string(state).map_err(|error| unexpected(&error))?;
        let ceremony = Ceremony {
            purpose: purpose.to_owned(),
            user,
            challenge_hash: challenge_hash.map(Vec::from),
            state,
            expires_at: later(now, CEREMONY_SECONDS.into()),
        };
        let write = move |tx: &mut Tx<'_>| {
            passkey_store::insert_ceremony(tx, hash, &ceremony, now).map_err(Error::from)
        };
        // What waits for an answer is nothing that an auditor would ask about; the answer is.
        self.db.housekeeping(write).await?;
        Ok(token)
    }

    /// Registers the passkey that a browser made.
    ///
    /// The person's other sign-ins end. Whoever had no second factor gets backup codes.
    ///
    /// # Errors
    /// [`Error::InvalidPasskey`] when the answer does not fit the question, is somebody's already or comes too late;
    /// [`Error::PasskeysUnavailable`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.passkey.finish_registration", skip_all)]
    pub async fn finish_passkey_registration(
        &self,
        by: &Actor,
        challenge_token: &SecretString,
        credential: &Value,
        name: Option<&str>,
    ) -> Result<PasskeyAdded, Error> {
        let (user, session) = signed_in(by)?;
        let permit = by.permit(Action::AddFactor, of(user))?;
        let name = name_of(name)?;
        let hash = challenge::hash_of(challenge_token.expose_secret()).ok_or(Error::InvalidPasskey)?;
        let now = self.env.now();
        let ceremony = self
            .db
            .read(move |reader| passkey_store::ceremony(reader, &hash, now).map_err(Error::from))
            .await?
            .filter(|ceremony| ceremony.purpose == "register" && ceremony.user == Some(user))
            .ok_or(Error::InvalidPasskey)?;
        let passkey = self.made(&ceremony, credential)?;
        let passkey = passkey.map(|passkey| Registration {
            summary: PasskeySummary { id: self.env.new_uuid(), name, created_at: now, last_used_at: None },
            passkey,
        });
        let factors = Arc::clone(&self.factors);
        let added = self
            .db
            .write(permit, move |tx| {
                tx.note("factor", &"passkey");
                let in_time = passkey_store::use_ceremony(tx, &hash, now)?;
                let Some(passkey) = passkey.as_ref().filter(|_| in_time) else {
                    tx.outcome_failed("invalid_passkey");
                    return Ok(None);
                };
                passkey.add(tx, &factors, user, session, now)
            })
            .await?;
        let (summary, codes, ended) = added.ok_or(Error::InvalidPasskey)?;
        self.factor_changed(session, &ended);
        Ok(PasskeyAdded { passkey: summary, backup_codes: codes.map(BackupCodes) })
    }

    /// The passkey in a browser's answer; `None` when it does not fit the ceremony.
    fn made(&self, ceremony: &Ceremony, credential: &Value) -> Result<Option<Passkey>, Error> {
        let state: PasskeyRegistration =
            serde_json::from_str(&ceremony.state).map_err(|error| unexpected(&error))?;
        let Ok(answer) = serde_json::from_value::<RegisterPublicKeyCredential>(credential.clone()) else {
            return Ok(None);
        };
        match self.relying_party()?.0.finish_passkey_registration(&answer, &state) {
            Ok(passkey) => Ok(Some(passkey)),
            Err(error) => {
                tracing::info!(reason = ?error, "a passkey is refused");
                Ok(None)
            }
        }
    }

    /// Takes a passkey away, for a factor that was just proved. Backup codes go with the last factor, and the person's
    /// other sign-ins end.
    ///
    /// # Errors
    /// [`Error::PasskeyNotFound`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.passkey.remove", skip_all)]
    pub async fn remove_passkey(&self, by: &Actor, id: Uuid) -> Result<(), Error> {
        let (user, session) = signed_in(by)?;
        let about = Resource::one("factor", id).owned_by(user);
        let permit = by.permit(Action::RemoveFactor, about)?;
        let now = self.env.now();
        by.must_have_stepped_up(now)?;
        let factors = Arc::clone(&self.factors);
        let ended = self
            .db
            .write(permit, move |tx| {
                tx.note("factor", &"passkey");
                let Some((_, person)) = lock(tx, user)? else { return Err(Error::UserNotFound(user)) };
                let name = passkey_store::remove(tx, user, id)?.ok_or(Error::PasskeyNotFound)?;
                if !store::is_on(tx, user)? {
                    store::replace_backup_codes(tx, user, &[], now)?;
                }
                factors.tell(tx, &person, &FactorNews::PasskeyRemoved { name })?;
                after_change(tx, user, session, None, now)
            })
            .await?;
        self.factor_changed(session, &ended);
        Ok(())
    }
}

/// A passkey that fits its ceremony, to be written.
struct Registration {
    summary: PasskeySummary,
    passkey: Passkey,
}

/// What came of writing it.
type Added = Option<(PasskeySummary, Option<Vec<Zeroizing<String>>>, Vec<SessionId>)>;

impl Registration {
    fn add(
        &self,
        tx: &mut Tx<'_>,
        factors: &Factors,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Added, Error> {
        let Some((_, person)) = lock(tx, user)? else { return Err(Error::UserNotFound(user)) };
        if passkey_store::count(tx, user)? >= PASSKEYS_MAX {
            return Err(Error::PasskeysTooMany);
        }
        let first = !store::is_on(tx, user)?;
        if !passkey_store::insert(tx, user, &self.summary, &self.passkey)? {
            tx.outcome_failed("passkey_taken");
            return Ok(None);
        }
        tx.about(self.summary.id);
        let codes = if first { Some(factors.new_backup_codes(tx, user, now)?) } else { None };
        factors.tell(tx, &person, &FactorNews::PasskeyAdded { name: self.summary.name.clone() })?;
        let device_bound = !Credential::from(self.passkey.clone()).backup_eligible;
        let ended = after_change(tx, user, session, Some(Proof::Passkey { device_bound }), now)?;
        Ok(Some((self.summary.clone(), codes, ended)))
    }
}

/// What a passkey is called.
fn name_of(name: Option<&str>) -> Result<String, Error> {
    let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or("Passkey");
    if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Error::InvalidPasskeyName);
    }
    Ok(name.to_owned())
}

/// A member of what goes to the browser.
pub(super) fn member(options: &impl serde::Serialize, name: &str) -> Result<Value, Error> {
    let mut options = serde_json::to_value(options).map_err(|error| unexpected(&error))?;
    Ok(options.get_mut(name).map(Value::take).unwrap_or_default())
}

/// What WebAuthn or its JSON refuses though we wrote it ourselves.
pub(super) fn unexpected(error: &dyn std::fmt::Display) -> Error {
    florin_db::DbError::Other(format!("passkeys: {error}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_has_a_short_plain_name() {
        assert_eq!(name_of(None).unwrap(), "Passkey");
        assert_eq!(name_of(Some("  ")).unwrap(), "Passkey");
        assert_eq!(name_of(Some(" Ada's phone ")).unwrap(), "Ada's phone");
        assert!(name_of(Some("a\nb")).is_err());
        assert!(name_of(Some(&"ł".repeat(65))).is_err());
        assert!(name_of(Some(&"ł".repeat(64))).is_ok());
    }
}
