//! Ports fulfilled: identity's letters by notify, payments' customers by identity, jobs by all.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use florin_db::{DbError, Tx};
use florin_identity::{Email, FullName, Identity, Letters};
use florin_jobs::{Handler, JobError};
use florin_kernel::{Env, UserId};
use florin_notify::{Envelope, Letterhead, Mail};
use florin_payments::{Accounts, Customers};
use tokio::sync::Notify;

/// Writes identity's letters and tells the workers that there is one to send.
pub(crate) struct Post {
    pub(crate) env: Env,
    pub(crate) letterhead: Letterhead,
    pub(crate) verification_hours: u32,
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
        florin_notify::post(tx, &mail, now)?;
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

    fn welcome(&self, tx: &mut Tx<'_>, to: &Email, name: &FullName) -> Result<(), DbError> {
        self.post(tx, |envelope| florin_notify::welcome(&self.letterhead, envelope, name.as_str()), to)
    }
}

/// Asks identity whether somebody is known.
pub(crate) struct KnownPeople(pub(crate) Arc<Identity>);

impl Customers for KnownPeople {
    fn is_known(&self, tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
        self.0.is_known(tx, user)
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
