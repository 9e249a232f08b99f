//! All transfers in their order: each by itself, and as the next entry of both its accounts.

use florin_db::{DbError, Reader, Row, params};
use florin_kernel::{Currency, Uuid};

use crate::rows;
use crate::rules::{Flags, HoldState, Side};

use super::chain::Entry;
use super::outbox::Tally;
use super::{Check, Findings, PAGE, in_pages};

/// `o` is what a transfer refers to, the hold it resolves or the transfer it reverses; `h` is the row of
/// the hold that it resolves or is.
const TRANSFERS: &str = "SELECT t.seq, t.id, t.at_us, t.debit_no, t.credit_no, t.currency, t.amount, t.flags, \
    t.effective_day, t.debit_version, t.debit_debits_pending, t.debit_debits_posted, t.debit_credits_pending, \
    t.debit_credits_posted, t.credit_version, t.credit_debits_pending, t.credit_debits_posted, \
    t.credit_credits_pending, t.credit_credits_posted, t.debit_prev, t.credit_prev, d.currency, c.currency, \
    t.reverses, o.amount, o.flags, o.debit_no, o.credit_no, o.expires_at_us, h.state, h.resolved_by \
    FROM ledger_transfer t \
    LEFT JOIN ledger_account d ON d.no = t.debit_no LEFT JOIN ledger_account c ON c.no = t.credit_no \
    LEFT JOIN ledger_transfer o ON o.id = COALESCE(t.pending_id, t.reverses) \
    LEFT JOIN ledger_hold h ON h.id = CASE WHEN (t.flags & 2) <> 0 THEN t.id ELSE t.pending_id END \
    WHERE t.seq > $1 ORDER BY t.seq LIMIT $2";

/// A transfer, as far as it is checked here.
struct Checked {
    seq: i64,
    at: i64,
    debit_no: i64,
    credit_no: i64,
    currency: Currency,
    amount: i64,
    flags: Flags,
    day: i64,
    account_currencies: [Option<Currency>; 2],
    is_reversal: bool,
    referred: Option<Referred>,
    hold: Option<HoldRow>,
}

/// What it refers to.
struct Referred {
    amount: i64,
    flags: Flags,
    debit_no: i64,
    credit_no: i64,
    expires_at: Option<i64>,
}

/// The state of the hold that it resolves or is.
struct HoldRow {
    state: HoldState,
    resolved_by: Option<i64>,
}

/// Reads all transfers; what it gives back knows all their identifiers.
pub(super) fn read(reader: &mut Reader<'_>, check: &mut Check) -> Result<Tally, DbError> {
    let mut tally = Tally::default();
    let mut linked: Option<i64> = None;
    in_pages(
        0_i64,
        |after| reader.rows(TRANSFERS, &params![*after, PAGE]),
        |row| {
            let seq: i64 = row.get(0)?;
            check.transfers = check.transfers.saturating_add(1);
            tally.add_transfer(row.get(1)?);
            if let Some(before) = linked.take() {
                check.findings.add_unless(before.saturating_add(1) == seq, || broken_chain(before));
            }
            let read = Checked::read(row);
            if let Some(transfer) = check.findings.readable(&format!("transfer {seq}"), read)? {
                linked = transfer.flags.has(Flags::LINKED).then_some(seq);
                transfer.check(&mut check.findings);
                transfer.enter(row, check)?;
            }
            Ok(seq)
        },
    )?;
    if let Some(before) = linked {
        check.findings.add(broken_chain(before));
    }
    Ok(tally)
}

fn broken_chain(seq: i64) -> String {
    format!("transfer {seq}: the rest of its chain is missing")
}

fn flags_of(bits: u16) -> Result<Flags, DbError> {
    Flags::from_bits(bits).ok_or_else(|| DbError::Corrupt(format!("no flags are {bits}")))
}

impl Checked {
    fn read(row: &Row) -> Result<Self, DbError> {
        let referred = match row.get::<Option<i64>>(24)? {
            None => None,
            Some(amount) => Some(Referred {
                amount,
                flags: flags_of(row.get(25)?)?,
                debit_no: row.get(26)?,
                credit_no: row.get(27)?,
                expires_at: row.get(28)?,
            }),
        };
        let hold = match row.get::<Option<String>>(29)? {
            None => None,
            Some(state) => Some(HoldRow { state: rows::hold_state(&state)?, resolved_by: row.get(30)? }),
        };
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(2)?,
            debit_no: row.get(3)?,
            credit_no: row.get(4)?,
            currency: row.get(5)?,
            amount: row.get(6)?,
            flags: flags_of(row.get(7)?)?,
            day: row.get(8)?,
            account_currencies: [row.get(21)?, row.get(22)?],
            is_reversal: row.get::<Option<Uuid>>(23)?.is_some(),
            referred,
            hold,
        })
    }

    fn check(&self, findings: &mut Findings) {
        for found in self.account_currencies {
            findings
                .add_unless(found == Some(self.currency), || self.problem("an account has another currency"));
        }
        if self.resolves() {
            self.check_resolution(findings);
        } else if self.flags.has(Flags::PENDING) {
            findings.add_unless(self.hold.is_some(), || self.problem("there is no row of this hold"));
        }
        if self.is_reversal {
            self.check_reversal(findings);
        }
    }

    /// A hold is resolved once, wholly, between its own accounts, and expires when its time is over.
    fn check_resolution(&self, findings: &mut Findings) {
        let Some(hold) = self.referred.as_ref().filter(|referred| referred.flags.has(Flags::PENDING)) else {
            return findings.add(self.problem("there is no such hold"));
        };
        let same = (hold.debit_no, hold.credit_no) == (self.debit_no, self.credit_no);
        findings.add_unless(same, || self.problem("the hold is between other accounts"));
        let (state, amount_fits) = if self.flags.has(Flags::POST) {
            (HoldState::Posted, self.amount <= hold.amount)
        } else if self.flags.has(Flags::VOID) {
            (HoldState::Voided, self.amount == hold.amount)
        } else {
            let due = hold.expires_at.is_some_and(|at| at <= self.at);
            findings.add_unless(due, || self.problem("the hold expired before its time"));
            (HoldState::Expired, self.amount == hold.amount)
        };
        findings.add_unless(amount_fits, || self.problem("the amount is not the hold's"));
        let told = self.hold.as_ref().is_some_and(|row| row.state == state);
        findings.add_unless(told, || self.problem("the hold's row has another state"));
        let resolved_here = self.hold.as_ref().is_some_and(|row| row.resolved_by == Some(self.seq));
        findings
            .add_unless(resolved_here, || self.problem("the hold's row was resolved by another transfer"));
    }

    fn check_reversal(&self, findings: &mut Findings) {
        let moved_nothing = Flags::PENDING.with(Flags::VOID).with(Flags::EXPIRE);
        let back = self.referred.as_ref().is_some_and(|original| {
            (original.credit_no, original.debit_no) == (self.debit_no, self.credit_no)
                && !original.flags.has_any(moved_nothing)
        });
        findings.add_unless(back, || self.problem("what it reverses is no transfer between its accounts"));
    }

    fn resolves(&self) -> bool {
        self.flags.has_any(Flags::POST.with(Flags::VOID).with(Flags::EXPIRE))
    }

    fn problem(&self, what: &str) -> String {
        format!("transfer {}: {what}", self.seq)
    }

    /// What it adds to pending and posted sums.
    fn effect(&self) -> (i64, i64) {
        let reserved = self.referred.as_ref().map_or(0, |hold| hold.amount);
        if self.flags.has(Flags::PENDING) {
            (self.amount, 0)
        } else if self.flags.has(Flags::POST) {
            (reserved.saturating_neg(), self.amount)
        } else if self.resolves() {
            (reserved.saturating_neg(), 0)
        } else {
            (0, self.amount)
        }
    }

    /// Makes it the next entry of both its accounts.
    fn enter(&self, row: &Row, check: &mut Check) -> Result<(), DbError> {
        let (pending, posted) = self.effect();
        let sides = [(self.debit_no, Side::Debit, 9, 19), (self.credit_no, Side::Credit, 14, 20)];
        for (no, side, version, previous) in sides {
            let entry = Entry {
                seq: self.seq,
                at: self.at,
                previous: row.get(previous)?,
                version: row.get(version)?,
                side,
                pending,
                posted,
                after: rows::accumulators(row, version.saturating_add(1))?,
            };
            let chain = check.chains.entry(no).or_default();
            let (debits, credits) = if side == Side::Debit { (posted, 0) } else { (0, posted) };
            check.days.add(&mut chain.days, self.day, debits, credits);
            chain.take(no, entry, check.early_max, &mut check.findings);
        }
        Ok(())
    }
}
