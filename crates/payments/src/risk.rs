//! The decision about money before it moves: what it is asked of, and what becomes of it in the same commit.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use florin_db::{Bulk, DbError, Reader, Tx};
use florin_kernel::{AccountId, Money, Origin, PayeeId, Timestamp, TransferId, UserId};
use florin_ledger::Evidence;
use florin_ledger::rules::Code;
use parking_lot::Mutex;

/// What kind of movement is decided about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moving {
    /// From an account here to another.
    Transfer,
    /// To a payee, an account or a loan, by an account or a saved method.
    Payment,
    /// Cash into an account.
    Deposit,
    /// Cash out of an account.
    Withdrawal,
}

/// What a decision is made about.
#[derive(Clone, Copy, Debug)]
pub struct Assessment<'a> {
    /// The transfer or payment.
    pub id: TransferId,
    /// What kind it is.
    pub moving: Moving,
    /// When it is asked for.
    pub at: Timestamp,
    /// Who asks, or whose payment it is.
    pub user: Option<UserId>,
    /// Where the money comes from, if it comes from an account.
    pub from: Option<AccountId>,
    /// Where it goes, if it goes to an account.
    pub to: Option<AccountId>,
    /// The payee that it goes to.
    pub payee: Option<PayeeId>,
    /// How much.
    pub amount: Money,
    /// What could be taken out of the account before, where that was looked at.
    pub available: Option<i64>,
    /// Where the request came from.
    pub origin: &'a Origin,
}

/// The three decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may go through.
    Approve,
    /// Somebody looks at it first; until then its money is reserved and does not move.
    Review,
    /// It may not.
    Decline,
}

impl Verdict {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Review => "review",
            Self::Decline => "decline",
        }
    }
}

/// What somebody found who looked at what was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewVerdict {
    /// It may go its way.
    Release,
    /// It may not: its money is free again.
    Refuse,
}

/// What became of what was decided about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its money moved, or is on its way.
    Moved,
    /// Its money is reserved until somebody looked at it.
    Held,
    /// It was refused, with this code.
    Refused(&'static str),
}

/// The evidence of a decision, and whoever wants to know what became of it.
pub trait DecisionRecord: Send + Sync + fmt::Debug {
    /// The rows that belong into the commit that carries the decision out.
    fn rows(&self, fate: Fate, now_us: i64) -> Vec<Bulk>;

    /// That commit is durable.
    fn settled(&self, fate: Fate);
}

/// A decision with its reasons, stored with the payment.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// From 0, nothing to fear, to 1000.
    pub score: u16,
    /// Stable codes of what contributed.
    pub reasons: Vec<Cow<'static, str>>,
    /// The evidence, where there is any besides this.
    pub record: Option<Arc<dyn DecisionRecord>>,
}

impl Decision {
    /// Nothing to fear, and nobody was asked.
    pub const fn unasked() -> Self {
        Self { verdict: Verdict::Approve, score: 0, reasons: Vec::new(), record: None }
    }

    /// Nobody was asked now, and this is to be kept.
    pub(crate) fn reviewed(record: Option<Arc<dyn DecisionRecord>>) -> Self {
        Self { record, ..Self::unasked() }
    }

    /// The refusal that the ledger is to answer, if it is one.
    pub(crate) fn policy(&self) -> Option<Code> {
        (self.verdict == Verdict::Decline).then_some(Code::DeclinedByRisk)
    }

    /// Whether the money is to be held until somebody looked.
    pub(crate) fn holds(&self) -> bool {
        self.verdict == Verdict::Review
    }

    /// What became of it.
    pub(crate) fn fate(&self, refused: Option<&'static str>) -> Fate {
        match refused {
            Some(code) => Fate::Refused(code),
            None if self.holds() => Fate::Held,
            None => Fate::Moved,
        }
    }
}

/// Decides about money before it moves. It must answer from memory, within microseconds.
pub trait RiskCheck: Send + Sync {
    /// The decision.
    fn assess(&self, assessment: &Assessment<'_>) -> Decision;

    /// The record of what somebody found who looked at what was held; none where nothing of this is kept.
    ///
    /// # Errors
    /// What the database says.
    fn review(
        &self,
        _: &mut Reader<'_>,
        _: TransferId,
        _: ReviewVerdict,
        _: Option<UserId>,
    ) -> Result<Option<Arc<dyn DecisionRecord>>, DbError> {
        Ok(None)
    }

    /// Whether it wants to know what could be taken out of the account before so much is: that must be read.
    fn wants_available(&self, _: Money) -> bool {
        false
    }
}

/// Declines single amounts above a limit that is the same for all, in major units of their currency.
#[derive(Clone, Copy, Debug)]
pub struct TransferLimit {
    /// The largest amount that passes, in major units.
    pub major_max: i64,
}

impl TransferLimit {
    /// Whether the amount is above the limit.
    pub fn is_exceeded_by(&self, amount: Money) -> bool {
        amount.minor() > self.major_max.saturating_mul(amount.currency().minor_per_major())
    }
}

impl RiskCheck for TransferLimit {
    fn assess(&self, assessment: &Assessment<'_>) -> Decision {
        if self.is_exceeded_by(assessment.amount) {
            let reasons = vec![Cow::Borrowed("amount_above_limit")];
            Decision { verdict: Verdict::Decline, score: 1_000, reasons, record: None }
        } else {
            Decision::unasked()
        }
    }
}

/// A decision's evidence, and what became of what it was about.
type Settled = (Arc<dyn DecisionRecord>, Fate);

/// Decisions that a unit of work carries out, told of once it is durable. A unit that is tried again begins anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct AfterCommit(Arc<Mutex<Vec<Settled>>>);

impl AfterCommit {
    /// The unit begins, perhaps not for the first time.
    pub(crate) fn begin(&self) {
        self.0.lock().clear();
    }

    /// Adds a decision's evidence to that of a posting.
    pub(crate) fn keep(&self, decision: &Decision, fate: Fate, evidence: &mut Evidence) {
        if let Some(record) = &decision.record {
            for rows in record.rows(fate, evidence.now_us) {
                evidence.add(rows);
            }
            self.0.lock().push((Arc::clone(record), fate));
        }
    }

    /// Writes a decision's evidence.
    pub(crate) fn write(
        &self,
        tx: &mut Tx<'_>,
        decision: &Decision,
        fate: Fate,
        now_us: i64,
    ) -> Result<(), DbError> {
        if let Some(record) = &decision.record {
            for rows in record.rows(fate, now_us) {
                tx.bulk(rows)?;
            }
            self.0.lock().push((Arc::clone(record), fate));
        }
        Ok(())
    }

    /// The unit is durable.
    pub(crate) fn tell(&self) {
        for (record, fate) in std::mem::take(&mut *self.0.lock()) {
            record.settled(fate);
        }
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Currency, Uuid};

    use super::*;

    #[test]
    fn the_limit_counts_major_units_of_each_currency() {
        let limit = TransferLimit { major_max: 1_000 };
        let verdict = |minor, currency| {
            let assessment = Assessment {
                id: TransferId::from_uuid(Uuid::nil()),
                moving: Moving::Transfer,
                at: Timestamp::UNIX_EPOCH,
                user: None,
                from: None,
                to: None,
                payee: None,
                amount: Money::new(minor, currency),
                available: None,
                origin: &Origin::default(),
            };
            limit.assess(&assessment).verdict
        };

        assert_eq!(verdict(100_000, Currency::EUR), Verdict::Approve);
        assert_eq!(verdict(100_001, Currency::EUR), Verdict::Decline);
        assert_eq!(verdict(1_000, Currency::JPY), Verdict::Approve);
        assert_eq!(verdict(1_001, Currency::JPY), Verdict::Decline);
    }
}
