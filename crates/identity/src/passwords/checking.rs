//! Checking a password within the bounds of lockout, and judging a new one.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Origin, Timestamp, UserId};
use tokio::sync::MutexGuard;

use super::policy::{Owner, Weakness};
use super::store as hashes;
use super::strength::WeakPassword;
use crate::argon::Verdict;
use crate::census::Stats;
use crate::lockout::{self, Guess, Subject};
use crate::store::{self, Credentials};
use crate::{Email, Error, Identity, Letters, Password, Profile, factors};

/// A password that was checked, or not even that.
pub(crate) struct Checked {
    /// Whose it would be.
    pub found: Option<Credentials>,
    /// Whether it is theirs.
    pub right: bool,
    /// Its hash as it is made today, where the stored one is not like that.
    pub rehashed: Option<String>,
    /// Until when no password is checked, if that is why this one was not.
    pub closed_until: Option<Timestamp>,
    guess: Guess,
    subject: Subject,
    letters: Arc<dyn Letters>,
    stats: Arc<Stats>,
}

impl Checked {
    /// Counts a refusal, in its unit of work; the unit says that it failed.
    pub(crate) fn refused(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
        let owner = self.found.as_ref().filter(|found| found.active);
        let owner = owner.map(|found| store::profile(tx, found.user)).transpose()?.flatten();
        let locked = self.closed_until.is_some();
        if self.guess.failed(tx, !locked, owner.as_ref(), &*self.letters, now)? {
            self.stats.lockouts.one();
        }
        tx.outcome_failed(if locked { "account_locked" } else { "invalid_credentials" });
        Ok(())
    }

    /// Sets the counts back, in the unit of work of what the password was for.
    pub(crate) fn accepted(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        self.guess.passed(tx)
    }
}

/// What a check is decided by.
struct Looked {
    found: Option<Credentials>,
    closed_until: Option<Timestamp>,
}

/// What must be known of somebody to judge their new password.
pub(crate) struct Earlier {
    pub profile: Profile,
    mfa: bool,
    /// The hashes of their last passwords, the present one first.
    hashes: Vec<String>,
}

impl Identity {
    /// Checks the password of whoever has this email.
    ///
    /// For an unknown email, a suspended person and a closed account it is the same work. Whoever holds the gate that
    /// comes with the answer keeps it until the answer is committed: the next guess waits for it.
    ///
    /// # Errors
    /// [`Error::Overloaded`]; [`Error::InvalidCredentials`] or [`Error::Locked`] for a blocked address.
    pub(crate) async fn check_password(
        &self,
        origin: &Origin,
        email: &str,
        password: &Password,
    ) -> Result<(Checked, Option<MutexGuard<'_, ()>>), Error> {
        if self.suspects.blocked(origin.ip).await {
            return Err(self.closed_refusal(self.settings.lockout.ip_block_seconds.into()));
        }
        let key = email.parse::<Email>().map(|email| email.key().to_owned()).ok();
        let subject = Subject::of(key.as_deref().unwrap_or(email));
        let known = self.knows_device(origin, key.clone()).await?;
        let guess = Guess::new(subject, origin, known, &self.settings.lockout);
        self.check(guess, subject, password, move |reader| match &key {
            Some(key) => Ok(store::credentials(reader, key)?),
            None => Ok(None),
        })
        .await
    }

    /// Checks the password of somebody who is signed in.
    ///
    /// # Errors
    /// [`Error::Overloaded`], [`Error::UserNotFound`].
    pub(crate) async fn check_own_password(
        &self,
        user: UserId,
        password: &Password,
    ) -> Result<(Checked, Option<MutexGuard<'_, ()>>), Error> {
        let profile = self.db.read(move |reader| store::profile(reader, user).map_err(Error::from)).await?;
        let profile = profile.ok_or(Error::UserNotFound(user))?;
        let key = profile.email.key().to_owned();
        let subject = Subject::of(&key);
        let guess = Guess::signed_in(subject, &self.settings.lockout);
        self.check(guess, subject, password, move |reader| Ok(store::credentials(reader, &key)?)).await
    }

    async fn check(
        &self,
        guess: Guess,
        subject: Subject,
        password: &Password,
        find: impl Fn(&mut florin_db::Reader<'_>) -> Result<Option<Credentials>, Error> + Send + 'static,
    ) -> Result<(Checked, Option<MutexGuard<'_, ()>>), Error> {
        let gate = self.gates.enter(&guess, self.settings.hashing.wait_max).await?;
        let (looking, now) = (guess.clone(), self.env.now());
        let looked = self.db.read(move |reader| {
            let closed_until = looking.closed_until(reader, now)?;
            Ok::<_, Error>(Looked { found: find(reader)?, closed_until })
        });
        let Looked { found, closed_until } = looked.await?;
        // Nobody is let in while it is closed, so nobody need wait either.
        let gate = Some(gate).filter(|_| closed_until.is_none());
        let stored = found.as_ref().filter(|found| found.active && closed_until.is_none());
        let stored = stored.map(|found| found.password_hash.clone());
        let verdict = self.hasher.verify(password.clone(), stored).await?;
        let rehashed = match verdict {
            // When there is no time for it now, the next sign-in does it.
            Verdict::RightButOutdated => self.hasher.hash(password.clone()).await.ok(),
            Verdict::Right | Verdict::Wrong => None,
        };
        let (right, letters) = (verdict != Verdict::Wrong, Arc::clone(&self.letters));
        let stats = Arc::clone(&self.stats);
        Ok((Checked { found, right, rehashed, closed_until, guess, subject, letters, stats }, gate))
    }

    /// What whoever was refused is told, after the refusal was committed.
    pub(crate) async fn refusal(
        &self,
        origin: &Origin,
        subject: Subject,
        closed_until: Option<Timestamp>,
    ) -> Error {
        self.stats.password.one();
        if let Some((address, emails)) = self.suspects.failed(origin.ip, subject).await {
            self.stats.failed_from(self.env.now(), address, emails);
        }
        match closed_until {
            Some(until) => {
                let left = until.as_second().saturating_sub(self.env.now().as_second());
                self.closed_refusal(u64::try_from(left).unwrap_or(0).max(1))
            }
            None => Error::InvalidCredentials,
        }
    }

    fn closed_refusal(&self, seconds: u64) -> Error {
        if self.settings.lockout.reveal {
            Error::Locked { retry_after_seconds: seconds }
        } else {
            Error::InvalidCredentials
        }
    }

    async fn knows_device(&self, origin: &Origin, email_key: Option<String>) -> Result<bool, Error> {
        let (Some(device), Some(key)) = (lockout::device(origin), email_key) else { return Ok(false) };
        let now = self.env.now();
        self.db.read(move |reader| lockout::knows_device(reader, &key, device, now)).await
    }

    /// What must be known of somebody to judge their new password.
    pub(crate) async fn earlier(&self, user: UserId) -> Result<Option<Earlier>, Error> {
        let history = self.settings.passwords.history;
        self.db
            .read(move |reader| {
                let Some(profile) = store::profile(reader, user)? else { return Ok(None) };
                let mfa = factors::is_on(reader, user)?;
                let hashes = hashes::last_hashes(reader, user, history)?;
                Ok::<_, Error>(Some(Earlier { profile, mfa, hashes }))
            })
            .await
    }

    /// Judges the new password of somebody who has one already.
    ///
    /// # Errors
    /// [`Error::WeakPassword`], which says why and what would be better; [`Error::Overloaded`].
    pub(crate) async fn judge_anew(&self, password: &Password, earlier: &Earlier) -> Result<(), Error> {
        let Profile { email, full_name, .. } = &earlier.profile;
        let owner = Owner { email, full_name: Some(full_name), mfa: earlier.mfa };
        self.judge(password, &owner).await?;
        for hash in &earlier.hashes {
            if self.hasher.verify(password.clone(), Some(hash.clone())).await? != Verdict::Wrong {
                return Err(self.weak(password, &owner, vec![Weakness::UsedBefore]).await);
            }
        }
        Ok(())
    }

    /// Judges a new password by what it looks like.
    ///
    /// # Errors
    /// [`Error::WeakPassword`], which says why and what would be better; [`Error::Overloaded`].
    pub(crate) async fn judge(&self, password: &Password, owner: &Owner<'_>) -> Result<(), Error> {
        match self.settings.passwords.check(password, owner) {
            Ok(()) => Ok(()),
            Err(weaknesses) => Err(self.weak(password, owner, weaknesses).await),
        }
    }

    async fn weak(&self, password: &Password, owner: &Owner<'_>, weaknesses: Vec<Weakness>) -> Error {
        let mut context = self.settings.passwords.product.clone();
        context.push(owner.email.local_part().to_owned());
        context.extend(owner.full_name.iter().flat_map(|name| name.as_str().split(' ').map(str::to_owned)));
        match self.hasher.assess(password.clone(), context).await {
            Ok(strength) => Error::WeakPassword(Box::new(WeakPassword { weaknesses, strength })),
            Err(error) => error,
        }
    }
}

impl Checked {
    /// What was guessed at.
    pub(crate) fn subject(&self) -> Subject {
        self.subject
    }
}
