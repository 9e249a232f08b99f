//! An order to move money, and the evidence that is made of its outcome.

use std::sync::Arc;

use florin_db::audit::{self, AuditRecord, Outcome as AuditOutcome};
use florin_db::idempotency::{Frozen, IdempotencyKey};
use florin_jobs::outbox;
use florin_kernel::{AccountId, Currency, Money, MoneyError, Permit, TransferId};
use florin_ledger::rules::{Code, Outcome, Transfer};
use florin_ledger::{Evidence, Record};

use crate::payment::{self, Kind};
use crate::risk::{AfterCommit, Decision};

/// An amount as a client gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// With its currency.
    Money(Money),
    /// A figure alone, in the currency of the account it comes from or goes to.
    Figure(String),
}

impl Asked {
    /// The money, where a figure alone is meant in `currency`.
    ///
    /// # Errors
    /// [`MoneyError`] when the figure does not fit the currency or is not above zero.
    pub fn in_currency(&self, currency: Currency) -> Result<Money, MoneyError> {
        match self {
            Self::Money(money) => Ok(*money),
            Self::Figure(figure) => Money::parse_lenient(figure, currency),
        }
    }
}

/// An order to move money from an account to another.
#[derive(Clone, Debug)]
pub struct Order {
    /// The client's identifier for the transfer, if it gives one.
    pub id: Option<TransferId>,
    /// Where from.
    pub from: AccountId,
    /// Where to.
    pub to: AccountId,
    /// How much.
    pub amount: Asked,
    /// What the payer writes.
    pub description: Option<String>,
    /// Whether to reserve the money and move it later.
    pub pending: bool,
    /// After how many seconds a pending transfer expires.
    pub timeout_s: Option<u32>,
}

/// What came of one order, to be shown to whoever gave it.
#[derive(Clone, Debug)]
pub struct Decided<'a> {
    /// The identifier.
    pub id: TransferId,
    /// What kind of payment it is.
    pub kind: Kind,
    /// The ledger's answer.
    pub outcome: Code,
    /// The transfer, when there is one.
    pub transfer: Option<&'a Transfer>,
    /// The decision about it.
    pub decision: &'a Decision,
    /// What the payer wrote.
    pub description: Option<&'a str>,
}

/// Makes the answer that is frozen in the commit: the face's words for what came of the orders.
pub type Rendered = Arc<dyn Fn(&[Decided<'_>]) -> Frozen + Send + Sync>;

/// One order with what is known before it is posted.
pub(crate) struct Prepared {
    pub(crate) id: TransferId,
    pub(crate) kind: Kind,
    pub(crate) from: Option<AccountId>,
    pub(crate) to: Option<AccountId>,
    pub(crate) amount: Money,
    pub(crate) description: Option<String>,
    pub(crate) pending: bool,
    pub(crate) decision: Decision,
}

/// Everything that belongs to a posting besides its transfers.
pub(crate) struct Papers {
    pub(crate) permit: Permit,
    pub(crate) prepared: Vec<Prepared>,
    pub(crate) render: Rendered,
    pub(crate) batch: bool,
}

impl Papers {
    /// Makes payments, audit record, outbox events and answer of the outcomes.
    pub(crate) fn into_record(self, after: AfterCommit) -> Record {
        Box::new(move |outcomes, evidence| self.record(outcomes, evidence, &after))
    }

    fn record(&self, outcomes: &[Outcome], evidence: &mut Evidence, after: &AfterCommit) {
        after.begin();
        let now_us = evidence.now_us;
        let mut decided = Vec::with_capacity(outcomes.len());
        for (prepared, outcome) in self.prepared.iter().zip(outcomes) {
            let transfer = outcome.transfer.as_deref();
            let amount = transfer.map_or(prepared.amount, |moved| Money::new(moved.amount, moved.currency));
            // A transfer that existed before has its payment already, and so has every other use of its id.
            if outcome.code != Code::Exists && !has_id_conflict(outcome.code) {
                let record = payment::Record {
                    id: prepared.id,
                    kind: prepared.kind,
                    user: self.permit.user(),
                    from: transfer.map(|moved| moved.debit).or(prepared.from),
                    to: transfer.map(|moved| moved.credit).or(prepared.to),
                    amount,
                    description: prepared.description.as_deref(),
                    pending: prepared.pending,
                    outcome: outcome.code,
                    decision: &prepared.decision,
                    now_us,
                };
                payment::add(evidence.rows(payment::statement()), &record);
                let refused = (!outcome.code.is_success()).then(|| outcome.code.as_str());
                after.keep(&prepared.decision, prepared.decision.fate(refused), evidence);
            }
            if outcome.code == Code::Created {
                outbox::add(
                    evidence.rows(outbox::statement()),
                    prepared.kind.topic(),
                    prepared.id.uuid(),
                    now_us,
                );
            }
            decided.push(Decided {
                id: prepared.id,
                kind: prepared.kind,
                outcome: outcome.code,
                transfer,
                decision: &prepared.decision,
                description: prepared.description.as_deref(),
            });
        }
        evidence.add(audit::bulk_of(now_us, [self.audit(&decided)]));
        evidence.answer = (self.render)(&decided);
    }

    fn audit(&self, decided: &[Decided<'_>]) -> AuditRecord {
        let mut record = AuditRecord::of(&self.permit);
        if self.batch {
            let created = decided.iter().filter(|one| one.outcome.is_success()).count();
            record.details.push(("transfers", decided.len().to_string()));
            record.details.push(("created", created.to_string()));
            record.resource_id = decided.first().map(|one| one.id.uuid());
        } else if let Some(one) = decided.first() {
            record.resource_id = Some(one.id.uuid());
            if !one.outcome.is_success() {
                record.outcome = AuditOutcome::Failure(one.outcome.as_str());
            }
        }
        record
    }
}

/// Whether the outcome says that the identifier belongs to something else, whose payment stands.
fn has_id_conflict(code: Code) -> bool {
    code.group() == florin_ledger::rules::Group::Id
}

/// The key of a posting, if the client gave one.
pub(crate) type Key = Option<IdempotencyKey>;
