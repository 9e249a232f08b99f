//! The rows of balances, compared with what the accounts' chains came to.

use std::collections::{BTreeMap, HashMap};

use florin_db::{DbError, Engine, Reader, Row, params};
use florin_kernel::Currency;

use crate::rows;
use crate::rules::Account;
use crate::sweep::lagging;

use super::chain::{Chain, DayPrint};
use super::{Check, Findings, PAGE, in_pages};

const ACCOUNTS: &str = "SELECT a.no, a.id, a.owner, a.currency, a.code, a.normal, b.overdraft, b.ceiling, \
    b.frozen_debit, b.frozen_credit, b.closed, b.version, b.debits_pending, b.debits_posted, \
    b.credits_pending, b.credits_posted, b.last_seq, b.last_at_us, b.day, b.day_debits, b.day_credits \
    FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_no = a.no WHERE a.no > $1 ORDER BY a.no LIMIT $2";

/// What was debited more than credited, posted and pending.
type Nets = BTreeMap<Currency, (i128, i128)>;

/// Compares every account, and each currency as a whole.
pub(super) fn compare(reader: &mut Reader<'_>, check: &mut Check) -> Result<(), DbError> {
    let mut later = laid_over(reader, &mut check.findings)?;
    let mut nets = Nets::new();
    in_pages(
        0_i64,
        |after| reader.rows(ACCOUNTS, &params![*after, PAGE]),
        |row| {
            let no: i64 = row.get(0)?;
            check.accounts = check.accounts.saturating_add(1);
            let chain = check.chains.remove(&no).unwrap_or_default();
            if let Some(stored) = read(no, row, &mut check.findings)? {
                let account = later.remove(&no).unwrap_or(stored);
                add(&mut nets, &account);
                compare_one(&account, chain, &check.days, &mut check.findings);
            }
            Ok(no)
        },
    )?;
    let mut strangers: Vec<i64> = check.chains.keys().copied().collect();
    strangers.sort_unstable();
    for no in strangers {
        check.findings.add(format!("account {no} has entries, holds or sums and does not exist"));
    }
    for (currency, net) in nets {
        check.findings.add_unless(net.0 == 0, || format!("{currency}: posted debits are not posted credits"));
        check
            .findings
            .add_unless(net.1 == 0, || format!("{currency}: pending debits are not pending credits"));
    }
    Ok(())
}

/// What the rows may lag behind by.
fn laid_over(reader: &mut Reader<'_>, findings: &mut Findings) -> Result<HashMap<i64, Account>, DbError> {
    if reader.engine() == Engine::Postgres {
        return Ok(HashMap::new());
    }
    let read = lagging(&mut |sql, values| reader.rows(sql, values));
    let found = findings.readable("what the balances lag behind by", read)?;
    Ok(found.map(|lagging| lagging.accounts).unwrap_or_default())
}

fn read(no: i64, row: &Row, findings: &mut Findings) -> Result<Option<Account>, DbError> {
    if row.get::<Option<i64>>(11)?.is_none() {
        findings.add(format!("account {no} has no row of balances"));
        return Ok(None);
    }
    findings.readable(&format!("account {no}"), rows::account(row))
}

fn add(nets: &mut Nets, account: &Account) {
    let sums = &account.balance;
    let net = |debits: i64, credits: i64| i128::from(debits).saturating_sub(credits.into());
    let so_far = nets.entry(account.currency).or_default();
    so_far.0 = so_far.0.saturating_add(net(sums.debits_posted, sums.credits_posted));
    so_far.1 = so_far.1.saturating_add(net(sums.debits_pending, sums.credits_pending));
}

fn compare_one(account: &Account, mut chain: Chain, days: &DayPrint, findings: &mut Findings) {
    let no = account.no;
    let (row, sums) = (&account.balance, &chain.balance);
    let columns = [
        ("version", account.version == chain.version),
        ("debits_pending", row.debits_pending == sums.debits_pending),
        ("debits_posted", row.debits_posted == sums.debits_posted),
        ("credits_pending", row.credits_pending == sums.credits_pending),
        ("credits_posted", row.credits_posted == sums.credits_posted),
        ("last_seq", account.last_seq == chain.last_seq),
        ("last_at_us", account.last_at == chain.last_at),
    ];
    for (column, same) in columns {
        findings.add_unless(same, || {
            format!("account {no}: the row's {column} is not what its transfers came to")
        });
    }
    days.add(&mut chain.stored_days, rows::day_of(account.day), account.day_debits, account.day_credits);
    findings.add_unless(chain.days == chain.stored_days, || {
        format!("account {no}: the sums by value date are not what its transfers came to")
    });
    if account.closed {
        let empty = account.own() == 0 && row.debits_pending == 0 && row.credits_pending == 0;
        findings.add_unless(empty, || format!("account {no} is closed and not empty"));
    }
}
