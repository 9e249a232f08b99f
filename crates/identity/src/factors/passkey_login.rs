//! Passkeys in use: signing in with one alone, as a second factor, and to step up.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Resource, Timestamp, UserId, Uuid};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, PasskeyAuthentication, PublicKeyCredential,
    WebauthnError,
};

use super::challenge::{self, Proof};
use super::desk::Factors;
use super::enrolment::signed_in;
use super::passkey_store::{self, Ceremony, PasskeyRow};
use super::passkeys::{CEREMONY_SECONDS, member, unexpected};
use super::{second_step, store};
use crate::opening::{Begun, Opening};
use crate::store::{lock_credentials, profile};
use crate::{Error, FactorNews, Hold, Identity, Profile, SignedIn};

/// What a browser needs to use a passkey.
#[derive(Clone, Debug)]
pub struct PasskeyRequest {
    /// Names the ceremony; it is shown once, with the browser's answer.
    pub challenge_token: SecretString,
    /// How long it waits, in seconds.
    pub expires_in_seconds: u32,
    /// `PublicKeyCredentialRequestOptions`, as JSON.
    pub public_key: Value,
}

/// What a passkey is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To sign in, alone or after a first factor.
    Login,
    /// To prove a factor once more.
    StepUp,
}

/// A passkey's answer that was checked before the unit of work.
pub(super) struct CheckedPasskey {
    hash: [u8; 32],
    row: Uuid,
    user: UserId,
    /// The sign-in that waits for it, when it is a second factor.
    waiting: Option<[u8; 32]>,
    verdict: Verdict,
}

enum Verdict {
    Right(AuthenticationResult),
    /// Its counter went back: there may be a copy of it.
    Copied,
    Wrong,
}

impl Identity {
    /// Begins a sign-in by passkey: of anybody, or of whom a first factor named with this token.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] when the token is unknown, used or too old, or its person has no passkey;
    /// [`Error::PasskeysUnavailable`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.passkey.start_login", skip_all)]
    pub async fn start_passkey_login(
        &self,
        by: &Actor,
        mfa_token: Option<&SecretString>,
    ) -> Result<PasskeyRequest, Error> {
        by.permit(Action::Login, Resource::kind("session"))?;
        let relying_party = self.relying_party()?;
        let now = self.env.now();
        let Some(token) = mfa_token else {
            let (options, state) =
                relying_party.0.start_discoverable_authentication().map_err(|error| unexpected(&error))?;
            let challenge_token = self.begin_ceremony("login", None, None, &state, now).await?;
            let public_key = member(&options, "publicKey")?;
            return Ok(PasskeyRequest { challenge_token, expires_in_seconds: CEREMONY_SECONDS, public_key });
        };
        let hash = challenge::hash_of(token.expose_secret()).ok_or(Error::InvalidCredentials)?;
        let waiting =
            self.db.read(move |reader| store::challenge(reader, &hash).map_err(Error::from)).await?;
        let waiting = waiting
            .filter(|row| !row.ended && row.expires_at > now && row.wrong < challenge::WRONG_MAX)
            .ok_or(Error::InvalidCredentials)?;
        self.request_of(waiting.user, "second", Some(hash), now).await
    }

    /// Begins to step up by passkey.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] for somebody without a passkey, [`Error::PasskeysUnavailable`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.passkey.start_step_up", skip_all)]
    pub async fn start_passkey_step_up(&self, by: &Actor) -> Result<PasskeyRequest, Error> {
        let (user, session) = signed_in(by)?;
        by.permit(Action::StepUp, Resource::one("session", session.uuid()).owned_by(user))?;
        self.request_of(user, "step_up", None, self.env.now()).await
    }

    /// Asks for any of a person's passkeys.
    async fn request_of(
        &self,
        user: UserId,
        purpose: &'static str,
        waiting: Option<[u8; 32]>,
        now: Timestamp,
    ) -> Result<PasskeyRequest, Error> {
        let relying_party = self.relying_party()?;
        let known =
            self.db.read(move |reader| passkey_store::usable(reader, user).map_err(Error::from)).await?;
        let known: Vec<_> = known.into_iter().map(|row| row.passkey).collect();
        if known.is_empty() {
            return Err(Error::InvalidCredentials);
        }
        let (options, state) =
            relying_party.0.start_passkey_authentication(&known).map_err(|error| unexpected(&error))?;
        let challenge_token = self.begin_ceremony(purpose, Some(user), waiting, &state, now).await?;
        let public_key = member(&options, "publicKey")?;
        Ok(PasskeyRequest { challenge_token, expires_in_seconds: CEREMONY_SECONDS, public_key })
    }

    /// Signs in whoever's passkey answered.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] whatever is wrong with the answer; [`Error::PasskeysUnavailable`],
    /// [`Error::Denied`].
    #[tracing::instrument(name = "identity.passkey.finish_login", skip_all)]
    pub async fn finish_passkey_login(
        &self,
        by: &Actor,
        challenge_token: &SecretString,
        credential: &Value,
        hold: Hold,
    ) -> Result<SignedIn, Error> {
        let permit = by.permit(Action::Login, Resource::kind("session"))?;
        let checked = self.check_passkey(challenge_token, credential, Purpose::Login).await?;
        let (factors, opening, env) =
            (Arc::clone(&self.factors), self.opening(by.origin(), hold)?, self.env.clone());
        let begun = self
            .db
            .write(permit, move |tx| {
                let Some(checked) = &checked else {
                    tx.outcome_failed("invalid_passkey");
                    return Ok(None);
                };
                checked.sign_in(tx, &factors, &opening, env.now())
            })
            .await?;
        self.signed_in(begun.ok_or(Error::InvalidCredentials)?)
    }

    /// Checks a passkey's answer against the ceremony that it names; `None` when there is none such.
    pub(super) async fn check_passkey(
        &self,
        challenge_token: &SecretString,
        credential: &Value,
        purpose: Purpose,
    ) -> Result<Option<CheckedPasskey>, Error> {
        self.relying_party()?;
        let Some(hash) = challenge::hash_of(challenge_token.expose_secret()) else { return Ok(None) };
        let Ok(answer) = serde_json::from_value::<PublicKeyCredential>(credential.clone()) else {
            return Ok(None);
        };
        let (now, credential_id) = (self.env.now(), answer.raw_id.clone());
        let (ceremony, row) = self
            .db
            .read(move |reader| {
                let ceremony = passkey_store::ceremony(reader, &hash, now)?;
                Ok::<_, Error>((ceremony, passkey_store::by_credential(reader, &credential_id)?))
            })
            .await?;
        let (Some(ceremony), Some(row)) = (ceremony, row) else { return Ok(None) };
        let fits = match purpose {
            Purpose::Login => matches!(ceremony.purpose.as_str(), "login" | "second"),
            Purpose::StepUp => ceremony.purpose == "step_up",
        };
        if !fits || ceremony.user.is_some_and(|user| user != row.user) {
            return Ok(None);
        }
        let verdict = self.verdict(&ceremony, &row, &answer)?;
        let waiting = ceremony.challenge_hash.and_then(|hash| hash.try_into().ok());
        Ok(Some(CheckedPasskey { hash, row: row.id, user: row.user, waiting, verdict }))
    }

    fn verdict(
        &self,
        ceremony: &Ceremony,
        row: &PasskeyRow,
        answer: &PublicKeyCredential,
    ) -> Result<Verdict, Error> {
        let webauthn = &self.relying_party()?.0;
        let result = if ceremony.user.is_none() {
            let state: DiscoverableAuthentication =
                serde_json::from_str(&ceremony.state).map_err(|error| unexpected(&error))?;
            match webauthn.identify_discoverable_authentication(answer) {
                Ok((user, _)) if user == row.user.uuid() => {
                    webauthn.finish_discoverable_authentication_v2(answer, state, &row.passkey)
                }
                Ok(_) | Err(_) => return Ok(Verdict::Wrong),
            }
        } else {
            let state: PasskeyAuthentication =
                serde_json::from_str(&ceremony.state).map_err(|error| unexpected(&error))?;
            webauthn.finish_passkey_authentication(answer, &state)
        };
        Ok(match result {
            // A passkey stands for two factors only when its bearer was verified.
            Ok(result) if result.user_verified() => Verdict::Right(result),
            Ok(_) => Verdict::Wrong,
            Err(WebauthnError::CredentialPossibleCompromise) => Verdict::Copied,
            Err(error) => {
                tracing::info!(reason = ?error, "a passkey's answer is refused");
                Verdict::Wrong
            }
        })
    }
}

impl CheckedPasskey {
    /// Begins the sign-in, or records that it was refused.
    fn sign_in(
        &self,
        tx: &mut Tx<'_>,
        factors: &Factors,
        opening: &Opening,
        now: Timestamp,
    ) -> Result<Option<Begun>, Error> {
        if self.waiting.is_some() {
            let Some((hash, waiting, user)) = second_step::lock_waiting(tx, self.waiting, now)? else {
                tx.outcome_failed("invalid_challenge");
                return Ok(None);
            };
            let Some(proof) = self.accept(tx, factors, &user, now)? else { return Ok(None) };
            return second_step::finish(tx, opening, &hash, &waiting, user, proof, now);
        }
        tx.on_behalf_of(self.user.uuid());
        let active = lock_credentials(tx, self.user)?.is_some_and(|found| found.active);
        let Some(user) = profile(tx, self.user)?.filter(|_| active) else {
            tx.outcome_failed("invalid_credentials");
            return Ok(None);
        };
        let Some(proof) = self.accept(tx, factors, &user, now)? else { return Ok(None) };
        opening.begin(tx, user, &proof.added_to(""), now).map(Some)
    }

    /// Uses the ceremony up and says what was proved; a refusal is recorded, and a copy of the passkey is told to its
    /// owner. The caller holds the lock on the person.
    pub(super) fn accept(
        &self,
        tx: &mut Tx<'_>,
        factors: &Factors,
        person: &Profile,
        now: Timestamp,
    ) -> Result<Option<Proof>, Error> {
        let used = passkey_store::use_ceremony(tx, &self.hash, now)?;
        // It is read again under the lock: another answer of it may have moved its counter, or it was taken away.
        let known = passkey_store::usable(tx, person.id)?.into_iter().find(|row| row.id == self.row);
        let (Some(row), true, true) = (known, used, self.user == person.id) else {
            tx.outcome_failed("invalid_passkey");
            return Ok(None);
        };
        match &self.verdict {
            Verdict::Right(result) => {
                let mut passkey = row.passkey;
                passkey.update_credential(result);
                passkey_store::note_use(tx, row.id, &passkey, now)?;
                store::clear_guard(tx, person.id)?;
                tx.note("passkey", &row.id);
                Ok(Some(Proof::Passkey { device_bound: !result.backup_eligible() }))
            }
            Verdict::Copied => {
                tracing::warn!(user.id = %person.id, passkey.id = %row.id, "the counter of a passkey went back: there may be a copy of it");
                tx.outcome_failed("passkey_counter_regressed");
                tx.note("passkey", &row.id);
                factors.tell(tx, person, &FactorNews::PasskeyCopied)?;
                Ok(None)
            }
            Verdict::Wrong => {
                tx.outcome_failed("invalid_passkey");
                Ok(None)
            }
        }
    }
}
