//! The trial balance: what was debited and credited to each line of the chart.

use std::collections::BTreeMap;

use florin_db::{DbError, Engine, Reader, Row, params};
use florin_kernel::{Currency, Date};

use crate::Ledger;
use crate::accounts::BY_NUMBER;
use crate::chart::{self, Class};
use crate::rows;
use crate::rules::Account;
use crate::sweep::lagging;

/// One line of the trial balance; over all lines of a currency debits equal credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialLine {
    /// The code in the chart of accounts.
    pub code: u16,
    /// The line's name.
    pub name: &'static str,
    /// The line's class.
    pub class: Class,
    /// The currency.
    pub currency: Currency,
    /// All that was posted as debits, in minor units.
    pub debits: i128,
    /// All that was posted as credits, in minor units.
    pub credits: i128,
}

/// What both engines sum within 64 bits: the upper and the lower halves apart.
const CURRENT: &str = "SELECT a.code, a.currency, \
    CAST(SUM(b.debits_posted >> 32) AS BIGINT), CAST(SUM(b.debits_posted & 4294967295) AS BIGINT), \
    CAST(SUM(b.credits_posted >> 32) AS BIGINT), CAST(SUM(b.credits_posted & 4294967295) AS BIGINT) \
    FROM ledger_account a JOIN ledger_balance b ON b.account_no = a.no GROUP BY a.code, a.currency";
const ENDED_DAYS: &str = "SELECT a.code, a.currency, \
    CAST(SUM(d.debits >> 32) AS BIGINT), CAST(SUM(d.debits & 4294967295) AS BIGINT), \
    CAST(SUM(d.credits >> 32) AS BIGINT), CAST(SUM(d.credits & 4294967295) AS BIGINT) \
    FROM ledger_account a JOIN ledger_day d ON d.account_no = a.no WHERE d.day <= $1 GROUP BY a.code, a.currency";
const RUNNING_DAYS: &str = "SELECT a.code, a.currency, \
    CAST(SUM(b.day_debits >> 32) AS BIGINT), CAST(SUM(b.day_debits & 4294967295) AS BIGINT), \
    CAST(SUM(b.day_credits >> 32) AS BIGINT), CAST(SUM(b.day_credits & 4294967295) AS BIGINT) \
    FROM ledger_account a JOIN ledger_balance b ON b.account_no = a.no WHERE b.day <= $1 GROUP BY a.code, a.currency";

/// Debits and credits by currency and code.
type Sums = BTreeMap<(Currency, u16), (i128, i128)>;

impl Ledger {
    /// The trial balance: of all that is posted, or of what bears a value date up to `as_of`. Lines are in
    /// the order of currency and code.
    ///
    /// # Errors
    /// What the database says.
    pub fn trial_balance(
        &self,
        reader: &mut Reader<'_>,
        as_of: Option<Date>,
    ) -> Result<Vec<TrialLine>, DbError> {
        let mut sums = Sums::new();
        if let Some(date) = as_of {
            let day = rows::day_of(date);
            add_rows(&mut sums, &reader.rows(ENDED_DAYS, &params![day])?)?;
            add_rows(&mut sums, &reader.rows(RUNNING_DAYS, &params![day])?)?;
        } else {
            add_rows(&mut sums, &reader.rows(CURRENT, &[])?)?;
        }
        if reader.engine() == Engine::Sqlite {
            add_what_rows_lag_behind(&mut sums, reader, as_of)?;
        }
        sums.into_iter().map(|((currency, code), sums)| line(currency, code, sums)).collect()
    }
}

fn line(currency: Currency, code: u16, (debits, credits): (i128, i128)) -> Result<TrialLine, DbError> {
    let line = chart::find(code).ok_or_else(|| {
        DbError::Corrupt(format!("there are accounts of code {code}, which the chart lacks"))
    })?;
    Ok(TrialLine { code, name: line.name, class: line.class, currency, debits, credits })
}

fn add_rows(sums: &mut Sums, rows: &[Row]) -> Result<(), DbError> {
    for row in rows {
        let debits = joined(row.get(2)?, row.get(3)?);
        add(sums, row.get(1)?, row.get(0)?, debits, joined(row.get(4)?, row.get(5)?));
    }
    Ok(())
}

/// Replaces the rows of accounts that lag behind their transfers by what the transfers left.
fn add_what_rows_lag_behind(
    sums: &mut Sums,
    reader: &mut Reader<'_>,
    as_of: Option<Date>,
) -> Result<(), DbError> {
    let current = lagging(&mut |sql, values| reader.rows(sql, values))?;
    for account in current.accounts.into_values() {
        let Some(row) = reader.row(BY_NUMBER, &params![account.no])? else { continue };
        let (before, after) = (posted(&rows::account(&row)?, as_of), posted(&account, as_of));
        let debits = after.0.saturating_sub(before.0);
        add(sums, account.currency, account.code, debits, after.1.saturating_sub(before.1));
    }
    Ok(())
}

/// What stands in the account's own row: everything, or its running day when that is not too late.
fn posted(account: &Account, as_of: Option<Date>) -> (i128, i128) {
    match as_of {
        None => (account.balance.debits_posted.into(), account.balance.credits_posted.into()),
        Some(date) if account.day <= date => (account.day_debits.into(), account.day_credits.into()),
        Some(_) => (0, 0),
    }
}

fn add(sums: &mut Sums, currency: Currency, code: u16, debits: i128, credits: i128) {
    let line = sums.entry((currency, code)).or_default();
    // So many 64-bit amounts as would overflow 128 bits do not fit on any disk.
    *line = (line.0.saturating_add(debits), line.1.saturating_add(credits));
}

/// The number of these halves.
fn joined(upper: i64, lower: i64) -> i128 {
    const HALF: i128 = 1 << 32;
    i128::from(upper).saturating_mul(HALF).saturating_add(lower.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_join_to_what_they_were_taken_from() {
        for whole in [0, 1, (1 << 32) - 1, 1 << 32, i64::MAX] {
            assert_eq!(joined(whole >> 32, whole & 0xFFFF_FFFF), i128::from(whole));
        }
    }
}
