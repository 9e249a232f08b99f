//! The second step of signing in: a code for what the first factor earned.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Resource, Timestamp};

use super::challenge::{self, Proof};
use super::code::Code;
use super::desk::Factors;
use super::store::{self, ChallengeRow};
use crate::opening::{Begun, Opening};
use crate::store::{lock_credentials, profile};
use crate::{Error, Hold, Identity, Profile, SignedIn};

/// The second step as somebody takes it.
#[derive(Clone, Debug)]
pub struct SecondStep {
    /// What the first step gave.
    pub mfa_token: secrecy::SecretString,
    /// The code.
    pub code: Code,
}

impl Identity {
    /// Signs somebody in whose first factor was right, by a code of the second.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] when the token is unknown, used, too old or met five wrong codes, when what the
    /// first factor was checked against changed since, or when the code is wrong: which of these is not told.
    #[tracing::instrument(name = "identity.session.second_step", skip_all)]
    pub async fn login_second(&self, by: &Actor, step: SecondStep, hold: Hold) -> Result<SignedIn, Error> {
        use secrecy::ExposeSecret as _;
        let permit = by.permit(Action::Login, Resource::kind("session"))?;
        let hash = challenge::hash_of(step.mfa_token.expose_secret());
        let (factors, opening, env) =
            (Arc::clone(&self.factors), self.opening(by.origin(), hold)?, self.env.clone());
        let begun = self
            .db
            .write(permit, move |tx| take(tx, &factors, &opening, hash, &step.code, env.now()))
            .await?;
        let Some(begun) = begun else {
            self.stats.second_factor.one();
            return Err(Error::InvalidCredentials);
        };
        self.signed_in(begun)
    }
}

/// Takes the second step in a unit of work.
fn take(
    tx: &mut Tx<'_>,
    factors: &Factors,
    opening: &Opening,
    hash: Option<[u8; 32]>,
    code: &Code,
    now: Timestamp,
) -> Result<Option<Begun>, Error> {
    let Some((hash, waiting, user)) = lock_waiting(tx, hash, now)? else {
        tx.outcome_failed("invalid_challenge");
        return Ok(None);
    };
    let Some(proof) = factors.check(tx, &user, code, now)? else {
        store::count_wrong(tx, &hash, challenge::WRONG_MAX, now)?;
        tx.outcome_failed("invalid_code");
        return Ok(None);
    };
    finish(tx, opening, &hash, &waiting, user, proof, now)
}

/// The sign-in that waits under a token, and its person, who is then locked; `None` when it waits no more.
pub(super) fn lock_waiting(
    tx: &mut Tx<'_>,
    hash: Option<[u8; 32]>,
    now: Timestamp,
) -> Result<Option<([u8; 32], ChallengeRow, Profile)>, Error> {
    let Some(hash) = hash else { return Ok(None) };
    let Some(seen) = store::challenge(tx, &hash)? else { return Ok(None) };
    tx.on_behalf_of(seen.user.uuid());
    let Some(credentials) = lock_credentials(tx, seen.user)?.filter(|found| found.active) else {
        return Ok(None);
    };
    // It is read again under the lock that everybody holds who changes it.
    let waiting = store::challenge(tx, &hash)?;
    let Some(waiting) = waiting.filter(|waiting| waiting.is_good(&credentials.password_hash, now)) else {
        return Ok(None);
    };
    Ok(profile(tx, waiting.user)?.map(|user| (hash, waiting, user)))
}

/// Begins the sign-in that waited.
pub(super) fn finish(
    tx: &mut Tx<'_>,
    opening: &Opening,
    hash: &[u8],
    waiting: &ChallengeRow,
    user: Profile,
    proof: Proof,
    now: Timestamp,
) -> Result<Option<Begun>, Error> {
    if !store::end_challenge(tx, hash, now)? {
        tx.outcome_failed("invalid_challenge");
        return Ok(None);
    }
    opening.begin(tx, user, &proof.added_to(&waiting.amr), now).map(Some)
}
