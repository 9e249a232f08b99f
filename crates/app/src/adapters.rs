//! Ports fulfilled: identity's letters by notify, payments' customers by identity, jobs by all.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use florin_db::{Db, DbError, Reader, Tx};
use florin_identity::{
    Email, FactorNews, FullName, Identity, IdentityNews, Letters, SealError, SealedPlace, Sealer, SignInNews,
    Whereabouts,
};
use florin_jobs::{Handler, JobError};
use florin_kernel::{Env, Timestamp, UserId};
use florin_notify::{
    Envelope, FactorNotice, IdentityNotice, Letterhead, Mail, PaymentLook, Seen, payment_notice,
};
use florin_payments::{Accounts, Customers};
use florin_vault::Place;
use tokio::sync::Notify;
use zeroize::Zeroizing;

/// Writes identity's letters and tells the workers that there is one to send.
pub(crate) struct Post {
    pub(crate) env: Env,
    pub(crate) letterhead: Letterhead,
    pub(crate) verification_hours: u32,
    pub(crate) reset_minutes: u32,
    pub(crate) invitation_hours: u32,
    pub(crate) wake: Arc<Notify>,
}

impl Post {
    fn post(
        &self,
        tx: &mut Tx<'_>,
        make: impl FnOnce(Envelope<'_>) -> Mail,
        to: &Email,
    ) -> Result<(), DbError> {
        let now = self.env.now();
        let mail = make(Envelope { id: self.env.new_uuid(), to: to.as_str(), at: now });
        // Whose address it is finds it among their notices too.
        match Identity::owner_of(tx, to)? {
            Some(user) => florin_notify::tell(tx, user, &mail, now).map(drop)?,
            None => florin_notify::post(tx, &mail, now)?,
        }
        self.wake.notify_one();
        Ok(())
    }
}

impl Letters for Post {
    fn verify_email(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName, token: &str) -> Result<(), DbError> {
        let make = |envelope: Envelope<'_>| {
            florin_notify::verify_email(
                &self.letterhead,
                envelope,
                name.as_str(),
                token,
                self.verification_hours,
            )
        };
        self.post(tx, make, to)
    }

    fn already_registered(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName) -> Result<(), DbError> {
        self.post(
            tx,
            |envelope| florin_notify::already_registered(&self.letterhead, envelope, name.as_str()),
            to,
        )
    }

    fn api_key_made(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName, key: &str) -> Result<(), DbError> {
        let make = |envelope: Envelope<'_>| {
            florin_notify::api_key_made(&self.letterhead, envelope, name.as_str(), key)
        };
        self.post(tx, make, to)
    }

    fn welcome(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName) -> Result<(), DbError> {
        self.post(tx, |envelope| florin_notify::welcome(&self.letterhead, envelope, name.as_str()), to)
    }

    fn reset_password(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        token: &str,
    ) -> Result<(), DbError> {
        let make = |envelope: Envelope<'_>| {
            florin_notify::reset_password(
                &self.letterhead,
                envelope,
                name.as_str(),
                token,
                self.reset_minutes,
            )
        };
        self.post(tx, make, to)
    }

    fn invitation(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName, token: &str) -> Result<(), DbError> {
        let (head, hours) = (&self.letterhead, self.invitation_hours);
        self.post(tx, |envelope| florin_notify::invitation(head, envelope, name.as_str(), token, hours), to)
    }

    fn password_changed(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName) -> Result<(), DbError> {
        let make = |envelope: Envelope<'_>| {
            florin_notify::password_changed(&self.letterhead, envelope, name.as_str())
        };
        self.post(tx, make, to)
    }

    fn locked_out(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        until: Timestamp,
    ) -> Result<(), DbError> {
        let make = |envelope: Envelope<'_>| {
            florin_notify::locked_out(&self.letterhead, envelope, name.as_str(), until)
        };
        self.post(tx, make, to)
    }

    fn sign_in_news(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        news: SignInNews,
        place: &Whereabouts,
    ) -> Result<(), DbError> {
        let letter = match news {
            SignInNews::NewDevice => florin_notify::new_device,
            SignInNews::StolenToken => florin_notify::stolen_token,
            SignInNews::Drifted => florin_notify::session_drifted,
        };
        let (ip, user_agent) = (place.ip.as_deref(), place.user_agent.as_deref());
        let seen = Seen { ip, user_agent, at: self.env.now() };
        self.post(tx, |envelope| letter(&self.letterhead, envelope, name.as_str(), &seen), to)
    }

    fn factor_news(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        news: &FactorNews,
    ) -> Result<(), DbError> {
        let notice = match news {
            FactorNews::On => FactorNotice::On,
            FactorNews::Off => FactorNotice::Off,
            FactorNews::BackupCodeUsed { left } => FactorNotice::BackupCodeUsed(*left),
            FactorNews::BackupCodesRenewed => FactorNotice::BackupCodesRenewed,
            FactorNews::PasskeyAdded { name } => FactorNotice::PasskeyAdded(name),
            FactorNews::PasskeyRemoved { name } => FactorNotice::PasskeyRemoved(name),
            FactorNews::PasskeyCopied => FactorNotice::PasskeyCopied,
            FactorNews::CodesClosed => FactorNotice::CodesClosed,
        };
        let make = |envelope: Envelope<'_>| {
            florin_notify::factor_notice(&self.letterhead, envelope, name.as_str(), notice)
        };
        self.post(tx, make, to)
    }

    fn identity_news(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        name: &FullName,
        news: &IdentityNews,
    ) -> Result<(), DbError> {
        let notice = match news {
            IdentityNews::Linked { provider } => IdentityNotice::Linked(provider),
            IdentityNews::Unlinked { provider } => IdentityNotice::Unlinked(provider),
        };
        let make = |envelope: Envelope<'_>| {
            florin_notify::identity_notice(&self.letterhead, envelope, name.as_str(), notice)
        };
        self.post(tx, make, to)
    }
}

/// Tells people what was decided about their money, in the unit of work of whoever decided.
#[derive(Clone)]
pub(crate) struct Telling {
    env: Env,
    letterhead: Letterhead,
    wake: Arc<Notify>,
}

impl Telling {
    /// Letters of this head, of which the workers are told by `wake`.
    pub(crate) fn of(db: &Db, letterhead: &Letterhead, wake: &Arc<Notify>) -> Self {
        Self { env: db.env().clone(), letterhead: letterhead.clone(), wake: Arc::clone(wake) }
    }

    /// Tells a payer what became of money that was held; nobody, where there is no such person.
    pub(crate) fn of_look(&self, tx: &mut Tx<'_>, payer: UserId, look: PaymentLook) -> Result<(), DbError> {
        let Some(person) = Identity::find_person(&mut tx.reader(), payer)? else { return Ok(()) };
        let (profile, now) = (person.profile, self.env.now());
        let envelope = Envelope { id: self.env.new_uuid(), to: profile.email.as_str(), at: now };
        let mail = payment_notice(&self.letterhead, envelope, profile.full_name.as_str(), look);
        if florin_notify::tell(tx, payer, &mail, now)? {
            self.wake.notify_one();
        }
        Ok(())
    }
}

/// Seals with the keys of the vault.
pub(crate) struct VaultSealer(pub(crate) florin_vault::Keyring);

impl Sealer for VaultSealer {
    fn seal(&self, place: &SealedPlace, plain: &[u8]) -> Result<String, SealError> {
        self.0.seal(&place_of(place), plain).map_err(|error| SealError(error.to_string()))
    }

    fn open(&self, place: &SealedPlace, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let opened = self.0.open(&place_of(place), sealed).map_err(|error| SealError(error.to_string()))?;
        Ok(Zeroizing::new(opened.expose().to_vec()))
    }
}

fn place_of(place: &SealedPlace) -> Place<'static> {
    Place::new(place.table, place.column, place.row)
}

/// Asks identity whether somebody is known.
pub(crate) struct KnownPeople(pub(crate) Arc<Identity>);

impl Customers for KnownPeople {
    fn is_known(&self, tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
        self.0.is_known(tx, user)
    }

    fn by_email(&self, reader: &mut Reader<'_>, email: &str, limit: usize) -> Result<Vec<UserId>, DbError> {
        Identity::find_customers(reader, email, limit)
    }
}

/// Forgets frozen answers whose time is over: a job of every quarter of an hour.
pub(crate) struct ForgetAnswers {
    pub(crate) env: Env,
    pub(crate) accounts: Accounts,
    pub(crate) keep_hours: u32,
}

impl ForgetAnswers {
    /// The kind of the job, and the name of its schedule.
    pub(crate) const KIND: &'static str = "idempotency.forget";
}

impl Handler for ForgetAnswers {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let age = jiff::SignedDuration::from_hours(i64::from(self.keep_hours));
            let before =
                self.env.now().checked_sub(age).map_err(|error| JobError::Fatal(error.to_string()))?;
            while self.accounts.forget_answers(before).await? > 0 {}
            Ok(())
        })
    }
}
