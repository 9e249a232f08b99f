//! Setting up an authenticator app, turning it off, and the backup codes that stand in for it.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Denied, Resource, SessionId, Timestamp, UserId};
use zeroize::Zeroizing;

use super::challenge::Proof;
use super::code::{Code, Form};
use super::desk::Factors;
use super::totp::SharedSecret;
use super::{passkey_store, qr, store};
use crate::argon::Verdict;
use crate::identity::later;
use crate::store::{Because, Credentials, live_sessions, lock_credentials, profile, revoke};
use crate::{Error, FactorNews, FactorSummary, Identity, Password, Profile};

/// How long an app that was set up waits for its first code, in seconds.
const PENDING_SECONDS: i64 = 15 * 60;

/// What an authenticator app needs to know; shown once.
pub struct Enrolment {
    /// The secret, in base 32.
    pub secret: Zeroizing<String>,
    /// The same as an `otpauth:` address.
    pub provisioning_uri: Zeroizing<String>,
    /// The same as a picture: a PNG in a `data:` address.
    pub qr_code: Zeroizing<String>,
}

/// Ten codes, each for one use; shown once.
pub struct BackupCodes(pub Vec<Zeroizing<String>>);

/// What is answered where a proof can be wrong: what was counted and noted of that is committed all the same.
pub(super) enum Answer<T> {
    Done(T),
    /// A password or a code was wrong.
    Wrong,
    /// A factor must be proved first.
    StepUp,
}

impl<T> Answer<T> {
    pub(super) fn done(self) -> Result<T, Error> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Wrong => Err(Error::InvalidCredentials),
            Self::StepUp => Err(Denied::StepUpRequired.into()),
        }
    }
}

impl Identity {
    /// Which second factors somebody has, and what stands in for them.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn factors(&self, by: &Actor) -> Result<FactorSummary, Error> {
        let (user, _) = signed_in(by)?;
        by.permit(Action::ReadFactors, of(user))?;
        let required = self.factors.settings.asks_of(by.roles(), by.department());
        self.db
            .read(move |reader| {
                Ok::<_, Error>(FactorSummary {
                    required,
                    totp: store::totp(reader, user)?.is_some_and(|totp| totp.enabled),
                    passkeys: passkey_store::of(reader, user)?,
                    backup_codes_left: store::backup_codes_left(reader, user)?,
                })
            })
            .await
    }

    /// Makes a secret for an authenticator app; it counts for nothing until [`Identity::enable_totp`].
    ///
    /// # Errors
    /// [`Error::MfaAlreadyOn`] when an app is on, [`Error::Denied`] also when nothing was proved recently.
    #[tracing::instrument(name = "identity.factor.set_up_totp", skip_all)]
    pub async fn set_up_totp(&self, by: &Actor) -> Result<Enrolment, Error> {
        let (user, _) = signed_in(by)?;
        let permit = by.permit(Action::AddFactor, of(user))?;
        by.must_be_recent(self.env.now())?;
        let secret = SharedSecret::generate()?;
        let sealed = self.factors.sealed(user, &secret)?;
        let env = self.env.clone();
        let person = self
            .db
            .write(permit, move |tx| {
                let Some((_, person)) = lock(tx, user)? else { return Err(Error::UserNotFound(user)) };
                tx.note("factor", &"totp");
                if !store::put_pending_totp(tx, user, &sealed, env.now())? {
                    return Err(Error::MfaAlreadyOn);
                }
                Ok(person)
            })
            .await?;
        let provisioning_uri = secret.provisioning_uri(&self.factors.settings.institution, &person.email)?;
        let qr_code = qr::data_uri(&provisioning_uri)
            .ok_or(Error::Settings("the name of the institution is too long for a QR code"))?;
        Ok(Enrolment { secret: secret.base32(), provisioning_uri, qr_code })
    }

    /// Turns the app on that was set up, by the first of its codes, and gives ten backup codes.
    ///
    /// The person's other sign-ins end; this one has proved a second factor.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] for a wrong code, [`Error::NoEnrolment`] when none was set up in the last quarter
    /// of an hour, [`Error::MfaAlreadyOn`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.factor.enable_totp", skip_all)]
    pub async fn enable_totp(&self, by: &Actor, code: &Code) -> Result<BackupCodes, Error> {
        let (user, session) = signed_in(by)?;
        let permit = by.permit(Action::AddFactor, of(user))?;
        let (factors, env, code) = (Arc::clone(&self.factors), self.env.clone(), code.clone());
        let answer = self
            .db
            .write(permit, move |tx| {
                let now = env.now();
                let Some((_, person)) = lock(tx, user)? else { return Err(Error::UserNotFound(user)) };
                tx.note("factor", &"totp");
                let Some(step) = first_step(tx, &factors, user, &code, now)? else {
                    tx.outcome_failed("invalid_code");
                    return Ok(Answer::Wrong);
                };
                if !store::enable_totp(tx, user, step, now)? {
                    return Err(Error::MfaAlreadyOn);
                }
                let codes = factors.new_backup_codes(tx, user, now)?;
                factors.tell(tx, &person, &FactorNews::On)?;
                let ended = after_change(tx, user, session, Some(Proof::Totp), now)?;
                Ok(Answer::Done((codes, ended)))
            })
            .await?;
        let (codes, ended) = answer.done()?;
        self.factor_changed(session, &ended);
        Ok(BackupCodes(codes))
    }

    /// Turns the app off. The password is asked for where it is given, and a code, or a factor that was just proved.
    ///
    /// Backup codes go with the last factor. The person's other sign-ins end.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`], [`Error::NoEnrolment`] when no app is on, [`Error::Denied`] with
    /// [`Denied::StepUpRequired`] when neither a code came nor a factor was proved.
    #[tracing::instrument(name = "identity.factor.disable_totp", skip_all)]
    pub async fn disable_totp(
        &self,
        by: &Actor,
        password: Option<&Password>,
        code: Option<&Code>,
    ) -> Result<(), Error> {
        let (user, session) = signed_in(by)?;
        let permit = by.permit(Action::RemoveFactor, of(user))?;
        let proof = self.proof_of(by, user, password, code).await?;
        let (factors, env) = (Arc::clone(&self.factors), self.env.clone());
        let answer = self
            .db
            .write(permit, move |tx| {
                let now = env.now();
                tx.note("factor", &"totp");
                let person = match proof.check(tx, &factors, user, now)? {
                    Answer::Done(person) => person,
                    Answer::Wrong => return Ok(Answer::Wrong),
                    Answer::StepUp => return Ok(Answer::StepUp),
                };
                if !store::remove_totp(tx, user)? {
                    return Err(Error::NoEnrolment);
                }
                if !store::is_on(tx, user)? {
                    store::replace_backup_codes(tx, user, &[], now)?;
                }
                factors.tell(tx, &person, &FactorNews::Off)?;
                Ok(Answer::Done(after_change(tx, user, session, None, now)?))
            })
            .await?;
        self.factor_changed(session, &answer.done()?);
        Ok(())
    }

    /// Voids all backup codes and gives ten others, for the password and a code or a factor that was just proved.
    ///
    /// # Errors
    /// As [`Identity::disable_totp`]; [`Error::NoEnrolment`] when there is no second factor.
    #[tracing::instrument(name = "identity.factor.renew_backup_codes", skip_all)]
    pub async fn renew_backup_codes(
        &self,
        by: &Actor,
        password: &Password,
        code: Option<&Code>,
    ) -> Result<BackupCodes, Error> {
        let (user, _) = signed_in(by)?;
        let permit = by.permit(Action::RemoveFactor, of(user))?;
        let proof = self.proof_of(by, user, Some(password), code).await?;
        let (factors, env) = (Arc::clone(&self.factors), self.env.clone());
        let answer = self
            .db
            .write(permit, move |tx| {
                let now = env.now();
                tx.note("factor", &"backup_codes");
                let person = match proof.check(tx, &factors, user, now)? {
                    Answer::Done(person) => person,
                    Answer::Wrong => return Ok(Answer::Wrong),
                    Answer::StepUp => return Ok(Answer::StepUp),
                };
                if !store::is_on(tx, user)? {
                    return Err(Error::NoEnrolment);
                }
                let codes = factors.new_backup_codes(tx, user, now)?;
                factors.tell(tx, &person, &FactorNews::BackupCodesRenewed)?;
                Ok(Answer::Done(codes))
            })
            .await?;
        answer.done().map(BackupCodes)
    }

    /// To be called after a commit that added or took away a factor.
    pub(super) fn factor_changed(&self, session: SessionId, ended: &[SessionId]) {
        self.ended(ended);
        self.changed(&[session]);
    }

    /// What somebody shows to change their factors; the password is checked here, outside of the unit of work.
    async fn proof_of(
        &self,
        by: &Actor,
        user: UserId,
        password: Option<&Password>,
        code: Option<&Code>,
    ) -> Result<Shown, Error> {
        let password = match password {
            Some(password) => Some(self.checked(user, password).await?),
            None => None,
        };
        let stepped_up = by.must_have_stepped_up(self.env.now()).is_ok();
        Ok(Shown { password, code: code.cloned(), stepped_up })
    }

    /// Checks the password of somebody who is signed in.
    pub(super) async fn checked(&self, user: UserId, password: &Password) -> Result<CheckedPassword, Error> {
        let now = self.env.now();
        let found = self
            .db
            .read(move |reader| {
                let closed = store::guard(reader, user, now)?.is_closed(now);
                Ok::<_, Error>((closed, crate::store::credentials_of_user(reader, user)?))
            })
            .await?;
        let (closed, credentials) = found;
        let credentials = credentials.ok_or(Error::UserNotFound(user))?;
        let stored = credentials.password_hash.clone();
        let right = !closed && self.hasher.verify(password.clone(), Some(stored)).await? != Verdict::Wrong;
        Ok(CheckedPassword { right, stored_hash: credentials.password_hash })
    }
}

/// A password that was checked before the unit of work.
pub(super) struct CheckedPassword {
    right: bool,
    stored_hash: String,
}

impl CheckedPassword {
    /// Whether it is right and still the person's.
    pub(super) fn is_right(&self, present: &Credentials) -> bool {
        self.right && present.password_hash == self.stored_hash
    }
}

/// What was shown to change factors.
struct Shown {
    password: Option<CheckedPassword>,
    code: Option<Code>,
    stepped_up: bool,
}

impl Shown {
    /// Whether it is enough; the person is locked then.
    fn check(
        &self,
        tx: &mut Tx<'_>,
        factors: &Factors,
        user: UserId,
        now: Timestamp,
    ) -> Result<Answer<Profile>, Error> {
        let Some((credentials, person)) = lock(tx, user)? else { return Err(Error::UserNotFound(user)) };
        if let Some(password) = &self.password
            && (store::guard(tx, user, now)?.is_closed(now) || !password.is_right(&credentials))
        {
            factors.count_wrong(tx, &person, now)?;
            tx.outcome_failed("invalid_credentials");
            return Ok(Answer::Wrong);
        }
        let Some(code) = &self.code else {
            if self.stepped_up {
                return Ok(Answer::Done(person));
            }
            tx.outcome_failed("step_up_required");
            return Ok(Answer::StepUp);
        };
        if factors.check(tx, &person, code, now)?.is_none() {
            tx.outcome_failed("invalid_code");
            return Ok(Answer::Wrong);
        }
        Ok(Answer::Done(person))
    }
}

/// The step of the first code of the app that waits; `None` when the code is wrong.
fn first_step(
    tx: &mut Tx<'_>,
    factors: &Factors,
    user: UserId,
    code: &Code,
    now: Timestamp,
) -> Result<Option<i64>, Error> {
    let row = store::totp(tx, user)?.ok_or(Error::NoEnrolment)?;
    if row.enabled {
        return Err(Error::MfaAlreadyOn);
    }
    if later(row.created_at, PENDING_SECONDS) <= now {
        return Err(Error::NoEnrolment);
    }
    let Form::Totp(digits) = code.form() else { return Ok(None) };
    let secret = factors.opened(user, &row.secret)?;
    Ok(secret.step_of(digits, factors.settings.totp_skew, now))
}

/// Locks a person until the unit ends.
pub(super) fn lock(tx: &mut Tx<'_>, user: UserId) -> Result<Option<(Credentials, Profile)>, Error> {
    let Some(credentials) = lock_credentials(tx, user)?.filter(|found| found.active) else { return Ok(None) };
    Ok(profile(tx, user)?.map(|person| (credentials, person)))
}

/// What belongs to every change of factors: other sign-ins end, those that wait are void, and this one has proved what
/// was added.
pub(super) fn after_change(
    tx: &mut Tx<'_>,
    user: UserId,
    session: SessionId,
    proof: Option<Proof>,
    now: Timestamp,
) -> Result<Vec<SessionId>, Error> {
    store::end_challenges(tx, user, now)?;
    if let Some(proof) = proof
        && let Some(own) = store::live_session(tx, session, now)?
    {
        store::set_amr(tx, session, &proof.added_to(&own.amr))?;
    }
    let mut others = live_sessions(tx, user, now, 0)?;
    others.retain(|&other| other != session);
    for &other in &others {
        revoke(tx, other, Because::FactorChanged, now)?;
    }
    tx.note("sessions_ended", &others.len());
    Ok(others)
}

/// Whoever acts on their own factors.
pub(super) fn signed_in(by: &Actor) -> Result<(UserId, SessionId), Denied> {
    by.user().zip(by.session()).ok_or(Denied::Unauthenticated)
}

/// Somebody's factors.
pub(super) fn of(user: UserId) -> Resource {
    Resource::kind("factor").owned_by(user)
}
