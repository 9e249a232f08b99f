//! What was written beside the transfers, held against them.

use florin_db::{DbError, Reader, Row, params};
use florin_kernel::Uuid;

use crate::rows;
use crate::rules::{Flags, HoldState};

use super::{Check, Findings, PAGE, in_pages};

/// Every so manieth entry of an account has a signpost.
const MARK_EVERY: i64 = 64;

/// Every signpost stands where it says; how many each account has is counted.
pub(super) fn marks(reader: &mut Reader<'_>, check: &mut Check) -> Result<(), DbError> {
    const MARKS: &str = "SELECT m.account_no, m.version, m.seq, m.at_us, t.at_us, t.debit_no, t.debit_version, \
        t.credit_no, t.credit_version FROM ledger_mark m LEFT JOIN ledger_transfer t ON t.seq = m.seq \
        WHERE (m.account_no, m.version) > ($1, $2) ORDER BY m.account_no, m.version LIMIT $3";
    in_pages(
        (0_i64, 0_i64),
        |(no, version)| reader.rows(MARKS, &params![*no, *version, PAGE]),
        |row| {
            let (no, version): (i64, i64) = (row.get(0)?, row.get(1)?);
            let at: i64 = row.get(3)?;
            let entry = Some((no, version));
            let stands = version.checked_rem(MARK_EVERY) == Some(0)
                && row.get::<Option<i64>>(4)? == Some(at)
                && (pair(row, 5)? == entry || pair(row, 7)? == entry);
            check.findings.add_unless(stands, || {
                format!("account {no}: the signpost of entry {version} leads elsewhere")
            });
            let chain = check.chains.entry(no).or_default();
            chain.marks = chain.marks.saturating_add(1);
            Ok((no, version))
        },
    )?;
    for (no, chain) in &check.chains {
        let expected = chain.version.div_euclid(MARK_EVERY);
        check.findings.add_unless(chain.marks == expected, || {
            format!("account {no}: it has {} signposts and should have {expected}", chain.marks)
        });
    }
    Ok(())
}

fn pair(row: &Row, from: usize) -> Result<Option<(i64, i64)>, DbError> {
    let second: Option<i64> = row.get(from.saturating_add(1))?;
    Ok(row.get::<Option<i64>>(from)?.zip(second))
}

/// Every hold is as its transfer made it, and what the open ones reserve is what is pending.
pub(super) fn holds(reader: &mut Reader<'_>, check: &mut Check) -> Result<(), DbError> {
    const HOLDS: &str = "SELECT h.id, h.seq, h.debit_no, h.credit_no, h.amount, h.expires_at_us, h.state, \
        h.resolved_by, t.seq, t.debit_no, t.credit_no, t.amount, t.expires_at_us, t.flags, r.pending_id \
        FROM ledger_hold h LEFT JOIN ledger_transfer t ON t.id = h.id \
        LEFT JOIN ledger_transfer r ON r.seq = h.resolved_by WHERE h.id > $1 ORDER BY h.id LIMIT $2";
    in_pages(
        Uuid::nil(),
        |after| reader.rows(HOLDS, &params![*after, PAGE]),
        |row| {
            let id: Uuid = row.get(0)?;
            hold(id, row, check)?;
            Ok(id)
        },
    )?;
    for (no, chain) in &check.chains {
        let pending = (chain.balance.debits_pending.into(), chain.balance.credits_pending.into());
        check.findings.add_unless(chain.open == pending, || {
            format!("account {no}: its open holds are not what is pending")
        });
    }
    Ok(())
}

fn hold(id: Uuid, row: &Row, check: &mut Check) -> Result<(), DbError> {
    let numbers = |from: usize| -> Result<[Option<i64>; 5], DbError> {
        let mut numbers = [None; 5];
        for (number, column) in numbers.iter_mut().zip(from..) {
            *number = row.get(column)?;
        }
        Ok(numbers)
    };
    // Row and transfer alike: seq, both accounts, amount, when it expires.
    let row_says = numbers(1)?;
    let pending = row.get::<Option<u16>>(13)?.and_then(Flags::from_bits);
    let made_so = row_says == numbers(8)? && pending.is_some_and(|flags| flags.has(Flags::PENDING));
    check.findings.add_unless(made_so, || format!("hold {id}: it is not what its transfer made"));
    let Some(state) =
        check.findings.readable(&format!("hold {id}"), rows::hold_state(&row.get::<String>(6)?))?
    else {
        return Ok(());
    };
    let resolved_by: Option<i64> = row.get(7)?;
    let resolver_names_it = row.get::<Option<Uuid>>(14)? == Some(id);
    let settled = if state == HoldState::Open { resolved_by.is_none() } else { resolver_names_it };
    check.findings.add_unless(settled, || format!("hold {id}: its state is not what a transfer made of it"));
    if state == HoldState::Open {
        let (debit_no, credit_no, amount): (i64, i64, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let debited = check.chains.entry(debit_no).or_default();
        debited.open.0 = debited.open.0.saturating_add(amount.into());
        let credited = check.chains.entry(credit_no).or_default();
        credited.open.1 = credited.open.1.saturating_add(amount.into());
    }
    Ok(())
}

/// Reversals give back no more than was moved.
pub(super) fn reversals(reader: &mut Reader<'_>, findings: &mut Findings) -> Result<(), DbError> {
    const REVERSALS: &str = "SELECT r.reverses, r.seq, r.amount, o.amount FROM ledger_transfer r \
        LEFT JOIN ledger_transfer o ON o.id = r.reverses \
        WHERE r.reverses IS NOT NULL AND (r.reverses, r.seq) > ($1, $2) ORDER BY r.reverses, r.seq LIMIT $3";
    let mut reversed = 0_i128;
    let mut current = Uuid::nil();
    in_pages(
        (Uuid::nil(), 0_i64),
        |(of, seq)| reader.rows(REVERSALS, &params![*of, *seq, PAGE]),
        |row| {
            let (of, seq): (Uuid, i64) = (row.get(0)?, row.get(1)?);
            if of != current {
                (current, reversed) = (of, 0);
            }
            reversed = reversed.saturating_add(row.get::<i64>(2)?.into());
            let moved: i128 = row.get::<Option<i64>>(3)?.unwrap_or(0).into();
            findings.add_unless(reversed <= moved, || {
                format!("transfer {seq}: with it more was reversed than {of} had moved")
            });
            Ok((of, seq))
        },
    )
}

/// Reads the sums of the days that have ended; the running day stands in the balance's row.
pub(super) fn days(reader: &mut Reader<'_>, check: &mut Check) -> Result<(), DbError> {
    const DAYS: &str = "SELECT account_no, day, debits, credits FROM ledger_day \
        WHERE (account_no, day) > ($1, $2) ORDER BY account_no, day LIMIT $3";
    in_pages(
        (0_i64, i64::MIN),
        |(no, day)| reader.rows(DAYS, &params![*no, *day, PAGE]),
        |row| {
            let (no, day): (i64, i64) = (row.get(0)?, row.get(1)?);
            let chain = check.chains.entry(no).or_default();
            check.days.add(&mut chain.stored_days, day, row.get(2)?, row.get(3)?);
            Ok((no, day))
        },
    )
}

/// An identifier that a refusal used up never became a transfer.
pub(super) fn burned(reader: &mut Reader<'_>, findings: &mut Findings) -> Result<(), DbError> {
    const BURNED: &str = "SELECT b.id, t.seq FROM ledger_burned b LEFT JOIN ledger_transfer t ON t.id = b.id \
        WHERE b.id > $1 ORDER BY b.id LIMIT $2";
    in_pages(
        Uuid::nil(),
        |after| reader.rows(BURNED, &params![*after, PAGE]),
        |row| {
            let id: Uuid = row.get(0)?;
            if let Some(seq) = row.get::<Option<i64>>(1)? {
                findings.add(format!("transfer {seq}: its identifier {id} had been used up by a refusal"));
            }
            Ok(id)
        },
    )
}
