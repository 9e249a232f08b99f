//! Deciding cases, with what that means for money that is held; and opening them for whoever reports fraud.

use std::sync::{Arc, Mutex, PoisonError};

use florin_compliance::cases::{
    Begun, Case, CaseId, CaseKind, Cases, Deadlines, Decision, Error as CaseError, Evidence, OpenCase,
    Priority, Verdict, open_within,
};
use florin_db::idempotency::Frozen;
use florin_db::{Db, DbError, Tx};
use florin_identity::{Identity, Person};
use florin_kernel::{Action, Actor, Env, Resource, ScreeningId, TransferId, UserId, Uuid};
use florin_ledger::Ledger;
use florin_ledger::rules::{Code, HoldState};
use florin_notify::PaymentLook;
use florin_payments::held::{Reviewed, Standing, reviewed};
use florin_payments::{
    Decided, Error as PaymentError, Payments, Resolution, ResolveOrder, ReviewVerdict, Transfers,
};
use thiserror::Error;

use crate::adapters::Telling;

/// Where cases are decided. Clones share it.
#[derive(Clone)]
pub struct CaseDesk {
    db: Db,
    env: Env,
    ledger: Ledger,
    cases: Cases,
    transfers: Transfers,
    payments: Payments,
    deadlines: Deadlines,
    telling: Telling,
}

/// Why a case is not decided.
#[derive(Debug, Error)]
pub enum DecideError {
    /// What cases refuse.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// What payments refuse: the money can be neither moved nor freed so.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// Nobody works on cases but the staff.
    #[error("cases are given to people of the staff alone")]
    NotStaff,
    /// There is no such person.
    #[error("there is no such person")]
    Unknown,
    /// It is decided by deciding what was found on a list of sanctions.
    #[error("the case is closed by deciding its screening: POST /api/v1/aml/screenings/{0}/decide")]
    ByScreening(String),
    /// The database failed. What is not known to be undone may have been done: decide the same again.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Fraud that somebody reports.
#[derive(Clone, Debug)]
pub struct FraudReport {
    /// Identifies the report: the same one is kept once.
    pub id: Uuid,
    /// The transfer or payment that it is about.
    pub transfer: TransferId,
    /// Whose money it was.
    pub owner: Option<UserId>,
    /// Who reports it.
    pub by: Option<UserId>,
    /// What they say; up to 8,000 characters, not empty.
    pub text: String,
}

impl CaseDesk {
    pub(crate) fn new(
        db: &Db,
        ledger: &Ledger,
        cases: &Cases,
        (transfers, payments): (&Transfers, &Payments),
        (deadlines, telling): (Deadlines, Telling),
    ) -> Self {
        Self {
            db: db.clone(),
            env: db.env().clone(),
            ledger: ledger.clone(),
            cases: cases.clone(),
            transfers: transfers.clone(),
            payments: payments.clone(),
            deadlines,
            telling,
        }
    }

    /// Opens a case by hand, or gives the one that has its reference.
    ///
    /// # Errors
    /// [`DecideError::Unknown`] for a subject whom nobody knows, [`DecideError::Case`].
    pub async fn open(&self, by: &Actor, case: OpenCase) -> Result<Case, DecideError> {
        by.permit(Action::WorkCases, Resource::kind("case")).map_err(CaseError::from)?;
        if let Some(subject) = case.subject
            && self.person(subject).await?.is_none()
        {
            return Err(DecideError::Unknown);
        }
        Ok(self.cases.open(by, case).await?)
    }

    /// Gives a case to somebody of the staff, or back to the list; how urgent it is stays as it is when left out.
    ///
    /// # Errors
    /// [`DecideError::NotStaff`], [`DecideError::Case`].
    pub async fn assign(
        &self,
        by: &Actor,
        id: CaseId,
        version: u32,
        assignee: Option<UserId>,
        priority: Option<Priority>,
    ) -> Result<Case, DecideError> {
        by.permit(Action::WorkCases, Resource::one("case", id.uuid())).map_err(CaseError::from)?;
        if let Some(assignee) = assignee {
            let person = self.person(assignee).await?;
            let is_staff = |person: &Person| {
                person.profile.department.is_some() || person.profile.roles.iter().any(|role| role.is_staff())
            };
            if !person.as_ref().is_some_and(is_staff) {
                return Err(DecideError::NotStaff);
            }
        }
        let priority = match priority {
            Some(priority) => priority,
            None => self.cases.find(by, id).await?.case.priority,
        };
        Ok(self.cases.assign(by, id, version, assignee, priority).await?)
    }

    async fn person(&self, user: UserId) -> Result<Option<Person>, DbError> {
        self.db.read(move |reader| Identity::find_person(reader, user)).await
    }

    /// Decides a case. Where it is about fraud and its reference is a transfer or payment that is held for review, *genuine*
    /// releases the money and *fraud* frees it for its payer, before the case is closed.
    ///
    /// The money and the case are two commits, and it is safe to ask again after either: what is released already is no error,
    /// and whoever decided gets the same answer. Nobody decides about money of their own, on whichever side of it.
    ///
    /// # Errors
    /// [`DecideError`]. When the money can be neither released nor freed, the case is as open as before.
    #[tracing::instrument(name = "app.case.decide", skip_all, fields(case.id = %id))]
    pub async fn decide(
        &self,
        by: &Actor,
        id: CaseId,
        version: u32,
        verdict: Verdict,
    ) -> Result<Case, DecideError> {
        let file = self.cases.find(by, id).await?;
        // Who is on a list of sanctions is decided where the list is; the case is closed with it.
        if file.case.kind == CaseKind::Screening && file.case.reference.parse::<ScreeningId>().is_ok() {
            return Err(DecideError::ByScreening(file.case.reference));
        }
        let Some((transfer, found)) = self.money_of(&file.case).await? else {
            return Ok(self.cases.decide(by, id, version, verdict).await?);
        };
        if by.user().is_some_and(|user| found.parties.contains(&user)) {
            return Err(CaseError::OwnCase.into());
        }
        let case = match self.cases.begin(by, id, version, &verdict).await? {
            Begun::Done(case) => return Ok(case),
            Begun::Go(case) => case,
        };
        let is_again = file.case.deciding == Some(verdict.decision);
        let settled = match self.settle(by, transfer, found.standing, (verdict.decision, is_again)).await {
            Ok(settled) => settled,
            // Nobody knows whether it was done: what was noted stays, and the same is decided again.
            Err(PaymentError::Db(error)) => return Err(error.into()),
            Err(refused) => {
                self.cases.abandon(by, id, &refused.to_string()).await?;
                return Err(refused.into());
            }
        };
        let kind = "resolution".to_owned();
        let outcome = Evidence { kind, reference: transfer.to_string(), text: settled.told.to_owned() };
        let (telling, payer) = (self.telling.clone(), found.payer);
        let tell = move |tx: &mut Tx<'_>| match (payer, settled.look) {
            (Some(payer), Some(look)) => telling.of_look(tx, payer, look),
            _ => Ok(()),
        };
        Ok(self.cases.conclude(by, case.id, version, verdict, Some(outcome), tell).await?)
    }

    /// The transfer or payment that a case of fraud is about, and how its money stands.
    async fn money_of(&self, case: &Case) -> Result<Option<(TransferId, Reviewed)>, DbError> {
        let Ok(transfer) = case.reference.parse::<TransferId>() else { return Ok(None) };
        if case.kind != CaseKind::Fraud {
            return Ok(None);
        }
        Ok(self.standing(transfer).await?.map(|found| (transfer, found)))
    }

    async fn standing(&self, transfer: TransferId) -> Result<Option<Reviewed>, DbError> {
        let ledger = self.ledger.clone();
        self.db.read(move |reader| reviewed(&ledger, reader, transfer)).await
    }

    /// Does with held money what the decision means, for the first time or again; says what became of it.
    async fn settle(
        &self,
        by: &Actor,
        transfer: TransferId,
        standing: Standing,
        (decision, is_again): (Decision, bool),
    ) -> Result<Settled, PaymentError> {
        let release = decision == Decision::Genuine;
        let look = if release { PaymentLook::Released } else { PaymentLook::Refused };
        let done = match standing {
            Standing::Free(hold) => {
                // What was carried out before the case could be closed is told when it is.
                let is_done = matches!(
                    (hold, release),
                    (Some(HoldState::Open | HoldState::Posted), true) | (Some(HoldState::Voided), false)
                );
                return Ok(Settled { told: free(hold), look: (is_again && is_done).then_some(look) });
            }
            Standing::HeldPayment => {
                let verdict = if release { ReviewVerdict::Release } else { ReviewVerdict::Refuse };
                self.payments.decide_review(by, transfer, verdict).await.map(|_| true)
            }
            Standing::HeldTransfer => self.resolve(by, transfer, release).await,
        };
        match done {
            Ok(true) if release => Ok(Settled { told: "The money was released.", look: Some(look) }),
            Ok(true) => {
                let told = "The money was not let through; it is free for its payer.";
                Ok(Settled { told, look: Some(look) })
            }
            // Somebody else was first, or its time was over.
            Ok(false) | Err(PaymentError::NotUnderReview) => {
                let now = self.standing(transfer).await?.map(|found| found.standing);
                let hold = now.and_then(|now| if let Standing::Free(hold) = now { hold } else { None });
                Ok(Settled { told: free(hold), look: None })
            }
            Err(refused) => Err(refused),
        }
    }

    /// Posts or voids what is held; false when that was done before.
    async fn resolve(&self, by: &Actor, transfer: TransferId, release: bool) -> Result<bool, PaymentError> {
        let outcome = Arc::new(Mutex::new(None));
        let told = Arc::clone(&outcome);
        let render = Arc::new(move |decided: &[Decided<'_>]| {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = decided.first().map(|one| one.outcome);
            Frozen { status: 200, body: Vec::new() }
        });
        let order = ResolveOrder {
            transfer,
            resolution: if release { Resolution::Post } else { Resolution::Void },
            amount: None,
            description: None,
        };
        self.transfers.resolve(by, None, order, render).await?.ok_or(PaymentError::PaymentNotFound)?;
        let outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        match outcome {
            Some(code) if code.is_success() => Ok(true),
            Some(Code::PendingAlreadyPosted | Code::PendingAlreadyVoided | Code::PendingExpired) => Ok(false),
            Some(code) => Err(PaymentError::Refused(code)),
            None => Err(DbError::Other("the ledger answered nothing".to_owned()).into()),
        }
    }

    /// Opens a case about fraud that somebody reports, or adds the report to the one that is open about the same transfer: also
    /// to the one that was opened when its money was held. A transfer about which a case was decided gets another, which names that.
    ///
    /// For a unit of work of whoever takes the report; the transfer is the case's reference, so that deciding it decides about
    /// the money if that is held. Whether there is such a transfer, and whether it is the reporter's, is theirs to ask.
    ///
    /// # Errors
    /// [`CaseError::Invalid`] for a text that is empty or too long, and what the database says.
    pub fn open_fraud_case(&self, tx: &mut Tx<'_>, report: &FraudReport) -> Result<Case, CaseError> {
        let case = OpenCase {
            kind: CaseKind::Fraud,
            reference: report.transfer.to_string(),
            subject: report.owner,
            title: "A customer reports fraud".to_owned(),
            priority: Priority::High,
            evidence: vec![Evidence {
                kind: "report".to_owned(),
                reference: report.id.to_string(),
                text: report.text.clone(),
            }],
        };
        open_within(tx, &self.env, self.deadlines, report.by, &case)
    }
}

/// What became of held money.
struct Settled {
    /// What the case keeps of it.
    told: &'static str,
    /// What its payer is told, if anything was done.
    look: Option<PaymentLook>,
}

/// What is said of money that was not held any more.
const fn free(hold: Option<HoldState>) -> &'static str {
    match hold {
        Some(HoldState::Posted) => "The money had been released before.",
        Some(HoldState::Voided) => "The money had been freed for its payer before.",
        Some(HoldState::Expired) => "The time of the hold was over: the money had become free for its payer.",
        Some(HoldState::Open) | None => "No money was held for review.",
    }
}
