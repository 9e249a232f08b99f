//! Where second factors are asked for and checked, within a unit of work.

use std::sync::Arc;

use florin_db::{SealedColumn, Tx, sealed_column};
use florin_kernel::{Timestamp, UserId};
use zeroize::Zeroizing;

use super::backup::Pepper;
use super::challenge::{self, FirstFactor, MfaChallenge, Proof};
use super::code::{Code, Form};
use super::relying_party::RelyingParty;
use super::totp::SharedSecret;
use super::{FactorSettings, backup, store};
use crate::ports::SealedPlace;
use crate::{Error, FactorNews, Keyring, Letters, Profile, Sealer};

/// What checking second factors takes; no clock and no database of its own.
pub(crate) struct Factors {
    pub(super) settings: FactorSettings,
    pub(super) relying_party: Option<RelyingParty>,
    letters: Arc<dyn Letters>,
    sealer: Arc<dyn Sealer>,
    pepper: Pepper,
}

/// What came of asking for a second factor.
pub(crate) enum Second {
    /// There is none to ask for.
    NotOn,
    /// It was shown and is right.
    Passed(Proof),
    /// It was shown and is wrong; the audit record says so.
    Wrong,
    /// It was not shown: the sign-in waits for it.
    Asked(MfaChallenge),
}

impl Factors {
    pub(crate) fn open(
        settings: FactorSettings,
        letters: Arc<dyn Letters>,
        sealer: Arc<dyn Sealer>,
        keyring: &Keyring,
    ) -> Result<Self, Error> {
        settings.check()?;
        let relying_party = RelyingParty::open(&settings.relying_party, &settings.institution)?;
        let pepper = Pepper::derive(keyring.refresh_secret());
        Ok(Self { settings, relying_party, letters, sealer, pepper })
    }

    /// Asks for the second factor of somebody whose first was right, or checks the code that came with it.
    ///
    /// The caller holds the lock on the person.
    pub(crate) fn second(
        &self,
        tx: &mut Tx<'_>,
        user: &Profile,
        first: &FirstFactor,
        code: Option<&Code>,
        now: Timestamp,
    ) -> Result<Second, Error> {
        if !store::is_on(tx, user.id)? {
            return Ok(Second::NotOn);
        }
        let Some(code) = code else {
            let relying_party = self.relying_party.as_ref();
            return challenge::begin(tx, first, relying_party, now).map(Second::Asked);
        };
        let Some(proof) = self.check(tx, user, code, now)? else {
            tx.outcome_failed("invalid_code");
            return Ok(Second::Wrong);
        };
        Ok(Second::Passed(proof))
    }

    /// Checks a code and uses it up; wrong ones are counted. The caller holds the lock on the person.
    pub(super) fn check(
        &self,
        tx: &mut Tx<'_>,
        user: &Profile,
        code: &Code,
        now: Timestamp,
    ) -> Result<Option<Proof>, Error> {
        match code.form() {
            Form::Totp(digits) => self.check_totp(tx, user, digits, now),
            Form::Backup(plain) => self.check_backup(tx, user, plain),
            Form::Neither => Ok(None),
        }
    }

    fn check_totp(
        &self,
        tx: &mut Tx<'_>,
        user: &Profile,
        digits: &str,
        now: Timestamp,
    ) -> Result<Option<Proof>, Error> {
        let Some(row) = store::totp(tx, user.id)?.filter(|row| row.enabled) else { return Ok(None) };
        if store::guard(tx, user.id, now)?.is_closed(now) {
            tx.note("codes", &"closed");
            return Ok(None);
        }
        let secret = self.opened(user.id, &row.secret)?;
        let Some(step) = secret.step_of(digits, self.settings.totp_skew, now) else {
            self.count_wrong(tx, user, now)?;
            return Ok(None);
        };
        if !store::use_step(tx, user.id, step)? {
            // It is refused like a wrong code and not counted as one: whoever sends it guesses nothing.
            tx.note("code", &"used before");
            return Ok(None);
        }
        store::clear_guard(tx, user.id)?;
        Ok(Some(Proof::Totp))
    }

    fn check_backup(&self, tx: &mut Tx<'_>, user: &Profile, plain: &str) -> Result<Option<Proof>, Error> {
        if !store::use_backup_code(tx, user.id, self.pepper.hash(user.id, plain))? {
            return Ok(None);
        }
        store::clear_guard(tx, user.id)?;
        let left = store::backup_codes_left(tx, user.id)?;
        tx.note("backup_codes_left", &left);
        self.tell(tx, user, &FactorNews::BackupCodeUsed { left })?;
        Ok(Some(Proof::BackupCode))
    }

    /// Counts a wrong code, or a wrong password of somebody signed in; the owner is told once when it closes the way.
    pub(super) fn count_wrong(&self, tx: &mut Tx<'_>, user: &Profile, now: Timestamp) -> Result<(), Error> {
        let (guard, closed) = store::guard(tx, user.id, now)?.after_wrong(now);
        store::put_guard(tx, user.id, &guard)?;
        if closed {
            tx.note("codes", &"closed");
            self.tell(tx, user, &FactorNews::CodesClosed)?;
        }
        Ok(())
    }

    /// Voids a person's backup codes and makes ten others.
    pub(super) fn new_backup_codes(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        now: Timestamp,
    ) -> Result<Vec<Zeroizing<String>>, Error> {
        let codes = backup::generate()?;
        let hash = |code: &Zeroizing<String>| {
            let plain = Zeroizing::new(code.replace('-', ""));
            self.pepper.hash(user, &plain)
        };
        let hashes: Vec<[u8; 32]> = codes.iter().map(hash).collect();
        store::replace_backup_codes(tx, user, &hashes, now)?;
        Ok(codes)
    }

    /// The secret of a person's app, as it is kept.
    pub(super) fn sealed(&self, user: UserId, secret: &SharedSecret) -> Result<String, Error> {
        Ok(self.sealer.seal(&place_of(user), secret.bytes())?)
    }

    /// The secret that is kept for a person's app.
    pub(super) fn opened(&self, user: UserId, sealed: &str) -> Result<SharedSecret, Error> {
        let bytes = self.sealer.open(&place_of(user), sealed)?;
        SharedSecret::from_bytes(&bytes)
            .ok_or_else(|| florin_db::DbError::Corrupt("identity_totp.secret is no secret".to_owned()).into())
    }

    /// Tells a person by mail.
    pub(super) fn tell(&self, tx: &mut Tx<'_>, user: &Profile, news: &FactorNews) -> Result<(), Error> {
        Ok(self.letters.factor_news(tx, &user.email, &user.full_name, news)?)
    }
}

/// Where the secrets of apps lie.
pub(crate) const SEALED: SealedColumn = sealed_column!("identity_totp", "secret", "user_id");

/// Where the secret of an app lies.
fn place_of(user: UserId) -> SealedPlace {
    SealedPlace { table: "identity_totp", column: "secret", row: user.uuid() }
}
