//! Payments put together: what carries them, who settles them, and what works on them beside the requests.

use std::sync::Arc;

use florin_access::{Afterwards, ApprovalError, Approvals, Held, HeldCommand};
use florin_db::{Db, DbError, Tx};
use florin_jobs::{Handler, Schedule};
use florin_kernel::{Action, Actor, ApprovalId, Resource, Timestamp, TransferId, UserId};
use florin_ledger::Ledger;
use florin_lending::Loans;
use florin_payments::bank_files::{BankFiles, BankRail, BuildAchFile, BuildEftFile, SettleBankFiles};
use florin_payments::rail::simulator::{DeliverSimulated, EventsOfSimulator, Simulator, SimulatorWebhooks};
use florin_payments::rail::{Rail, Rails, WebhookReceiver};
use florin_payments::{
    Error as PaymentError, Payments, RecallPayments, RefundPayments, RiskCheck, SETTLE_PAYMENT,
    SettleVerdict, Standing, SubmitPayments, WatchPayments,
};
use florin_vault::{Keyring, Purpose};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::sync::Notify;

use crate::StartError;
use crate::config::{Config, CutOff};
use crate::loan_payments::LoansOfLending;
use crate::stripe::{Stripe, StripeWebhook};

/// The payments of the configuration.
pub(crate) fn open(
    config: &Config,
    db: &Db,
    ledger: &Ledger,
    vault: &Keyring,
    wake: &Arc<Notify>,
    (loans, risk): (&Loans, &Arc<dyn RiskCheck>),
    stripe: Option<&Arc<Stripe>>,
) -> Result<Payments, StartError> {
    let mut rails: Vec<Arc<dyn Rail>> = Vec::new();
    let mut receivers: Vec<Arc<dyn WebhookReceiver>> = Vec::new();
    if let Some(stripe) = stripe {
        rails.push(stripe.clone());
        receivers
            .extend(StripeWebhook::of(config).map(|webhook| Arc::new(webhook) as Arc<dyn WebhookReceiver>));
    }
    for network in config.bank_networks().map_err(StartError::System)? {
        rails.push(Arc::new(BankRail::new(db.clone(), vault.clone(), network)));
    }
    if config.simulates_payments() {
        rails.push(Arc::new(Simulator::new(db.clone())));
        receivers.push(Arc::new(webhooks(vault)));
    }
    Ok(Payments::new(Standing {
        db: db.clone(),
        ledger: ledger.clone(),
        vault: vault.clone(),
        risk: Arc::clone(risk),
        loans: Arc::new(LoansOfLending(loans.clone())),
        rails: Rails::new(rails),
        receivers,
        fees: config.payments.fees().map_err(StartError::System)?,
        step_up_above: config.step_up.transfer_above,
        patience: config.payments.patience(),
        wake: Arc::clone(wake),
    }))
}

fn webhooks(vault: &Keyring) -> SimulatorWebhooks {
    SimulatorWebhooks::new(vault.derive(Purpose::SimulatedProcessor))
}

/// What works on payments beside the requests.
pub(crate) fn handlers(
    payments: &Payments,
    files: &BankFiles,
    db: &Db,
    vault: &Keyring,
) -> Vec<Arc<dyn Handler>> {
    let events = EventsOfSimulator {
        simulator: Simulator::new(db.clone()),
        webhooks: webhooks(vault),
        payments: payments.clone(),
    };
    vec![
        Arc::new(SubmitPayments(payments.clone())),
        Arc::new(RefundPayments(payments.clone())),
        Arc::new(RecallPayments(payments.clone())),
        Arc::new(WatchPayments(payments.clone())),
        Arc::new(DeliverSimulated(events)),
        Arc::new(BuildAchFile(files.clone())),
        Arc::new(BuildEftFile(files.clone())),
        Arc::new(SettleBankFiles(files.clone())),
    ]
}

/// When files for banks are made and settled, where there are such.
pub(crate) fn schedules(config: &Config) -> Result<Vec<Schedule>, StartError> {
    let (ach, eft) = config.cut_offs().map_err(StartError::System)?;
    let mut schedules = Vec::new();
    for (kind, cut_off) in [(BuildAchFile::KIND, &ach), (BuildEftFile::KIND, &eft)] {
        if let Some(CutOff { cron, zone }) = cut_off {
            schedules.push(Schedule::try_new(kind, cron, zone));
        }
    }
    if ach.or(eft).is_some() {
        schedules.push(Schedule::try_new(SettleBankFiles::KIND, "*/15 * * * *", "UTC"));
    }
    schedules.into_iter().map(|one| one.map_err(|error| StartError::System(error.to_string()))).collect()
}

/// Says what became of payments that are unknown: always by two persons, whatever the configuration says of others.
#[derive(Clone)]
pub struct Settling {
    db: Db,
    payments: Payments,
    approvals: Approvals,
}

/// Why nothing is settled.
#[derive(Debug, Error)]
pub enum SettleError {
    /// What payments refuse.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// What the desk for approvals refuses.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// A machine asks: only people do.
    #[error("only a person asks a second one")]
    NoPerson,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Settling {
    pub(crate) fn new(db: Db, payments: Payments, approvals: Approvals) -> Self {
        Self { db, payments, approvals }
    }

    /// Asks a second person to agree on what became of a payment.
    ///
    /// # Errors
    /// [`SettleError`].
    pub async fn ask(
        &self,
        by: &Actor,
        payment: TransferId,
        verdict: SettleVerdict,
        note: Option<String>,
    ) -> Result<ApprovalId, SettleError> {
        let (permit, order) = self.payments.may_settle(by, payment, verdict).await?;
        let asked_by = by.user().ok_or(SettleError::NoPerson)?;
        let payload = json!({ "outcome": verdict.code(), "owner_id": order.owner.to_string(), "note": note });
        let held = Held { kind: SETTLE_PAYMENT.to_owned(), subject: payment.uuid(), payload };
        let (env, approvals) = (self.db.env().clone(), self.approvals.clone());
        self.db
            .write(permit, move |tx| {
                // Of several requests about one payment the last counts.
                Approvals::withdraw(tx, SETTLE_PAYMENT, held.subject, env.now())?;
                Ok::<_, SettleError>(approvals.hold(tx, &held, asked_by, env.now())?)
            })
            .await
    }
}

/// Settles a payment once a second person agreed.
pub(crate) struct SettlePayment(pub(crate) Payments);

fn text<'a>(payload: &'a Value, field: &str) -> Option<&'a str> {
    payload.get(field).and_then(Value::as_str)
}

impl HeldCommand for SettlePayment {
    fn kind(&self) -> &'static str {
        SETTLE_PAYMENT
    }

    fn action(&self) -> Action {
        Action::SettlePayment
    }

    fn resource(&self, held: &Held) -> Resource {
        let payment = Resource::one("payment", held.subject);
        let owner = text(&held.payload, "owner_id").and_then(|id| id.parse::<UserId>().ok());
        owner.map_or(payment, |owner| payment.owned_by(owner))
    }

    fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        held: &Held,
        _: Timestamp,
    ) -> Result<Result<Afterwards, String>, DbError> {
        let Some(verdict) = text(&held.payload, "outcome").and_then(SettleVerdict::find) else {
            return Ok(Err("the request names no outcome".to_owned()));
        };
        match self.0.settle_in(tx, TransferId::from_uuid(held.subject), verdict) {
            Ok(_) => {
                tx.about(held.subject);
                Ok(Ok(Box::new(|| ())))
            }
            Err(PaymentError::Db(error)) => Err(error),
            Err(refused) => Ok(Err(refused.to_string())),
        }
    }
}
