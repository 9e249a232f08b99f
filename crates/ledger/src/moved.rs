//! What moved within a range of time, for whoever looks at all of it.

use florin_db::{DbError, Engine, Reader, Row, params};
use florin_kernel::{AccountId, Currency, Timestamp, TransferId, UserId, Uuid};

use crate::Ledger;
use crate::rules::Flags;

/// One side of what moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovedSide {
    /// The account.
    pub account: AccountId,
    /// Whose it is; the institution's own have nobody.
    pub owner: Option<UserId>,
    /// Its code in the chart of accounts.
    pub code: u16,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// A transfer that moved money, less what was reversed of it since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The transfer.
    pub id: TransferId,
    /// Its row in the books: what to go on after.
    pub seq: i64,
    /// When it was booked.
    pub at: Timestamp,
    /// What it is a part of: a payment, a loan.
    pub group: Option<Uuid>,
    /// Where the money left.
    pub debit: MovedSide,
    /// Where it arrived.
    pub credit: MovedSide,
    /// How much stayed there, in minor units; above zero.
    pub amount: i64,
    /// In which currency.
    pub currency: Currency,
}

// Holds, voids and expiries move nothing; a reversal is taken off what it reverses.
const MOVED: &str = "SELECT seq, id, at_us, group_id, currency, kept, debit_id, debit_owner, debit_code, debit_opened, credit_id, \
    credit_owner, credit_code, credit_opened FROM (\
    SELECT t.seq AS seq, t.id AS id, t.at_us AS at_us, t.group_id AS group_id, t.currency AS currency, \
    t.amount - COALESCE((SELECT CAST(SUM(r.amount) AS BIGINT) FROM ledger_transfer r WHERE r.reverses = t.id), 0) AS kept, \
    d.id AS debit_id, d.owner AS debit_owner, d.code AS debit_code, d.opened_at_us AS debit_opened, \
    c.id AS credit_id, c.owner AS credit_owner, c.code AS credit_code, c.opened_at_us AS credit_opened \
    FROM ledger_transfer t JOIN ledger_account d ON d.no = t.debit_no JOIN ledger_account c ON c.no = t.credit_no \
    WHERE t.seq > $1 AND t.at_us >= $2 AND t.at_us < $3 AND (t.flags & $4) = 0 AND t.reverses IS NULL \
    AND (d.owner IS NOT NULL OR c.owner IS NOT NULL) ORDER BY t.seq LIMIT $5) AS moved ORDER BY seq";

impl Ledger {
    /// Up to `limit` transfers with a customer's account on either side that were booked from `from` on and before `to`, in the
    /// order of their rows after row `after`; what was reversed as a whole is among them, with an amount of zero, so that fewer
    /// than `limit` are the end.
    ///
    /// # Errors
    /// What the database says.
    pub fn moved(
        &self,
        reader: &mut Reader<'_>,
        from: Timestamp,
        to: Timestamp,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Moved>, DbError> {
        let after = match after {
            Some(after) => after,
            None => first_row(reader, from)?.saturating_sub(1),
        };
        let nothing = i64::from(Flags::PENDING.with(Flags::VOID).with(Flags::EXPIRE).bits());
        let rows = reader.rows(MOVED, &params![after, from, to, nothing, i64::from(limit)])?;
        rows.iter().map(moved).collect()
    }
}

/// The first row that was booked at `from` or later, or one before it.
fn first_row(reader: &mut Reader<'_>, from: Timestamp) -> Result<i64, DbError> {
    if reader.engine() == Engine::Postgres {
        // Each process takes its numbers in blocks: an old number may be of a late transfer.
        let row = reader.row("SELECT MIN(seq) FROM ledger_transfer WHERE at_us >= $1", &params![from])?;
        return Ok(row.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten().unwrap_or(0));
    }
    // Numbers and times rise together: the place is found by halves.
    let last = reader.row("SELECT MAX(seq) FROM ledger_transfer", &[])?;
    let mut high = last.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten().unwrap_or(0);
    let mut low = 0_i64;
    while low < high {
        let middle = low.saturating_add(high.saturating_sub(low).checked_div(2).unwrap_or(0));
        let row = reader
            .row("SELECT at_us FROM ledger_transfer WHERE seq > $1 ORDER BY seq LIMIT 1", &params![middle])?;
        let early = match row {
            Some(row) => row.get::<Timestamp>(0)? < from,
            None => false,
        };
        if early {
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    Ok(low.saturating_add(1))
}

fn moved(row: &Row) -> Result<Moved, DbError> {
    let corrupt = |_| DbError::Corrupt("ledger_transfer.currency is no currency".to_owned());
    let side = |first: usize| {
        let at = |offset: usize| first.saturating_add(offset);
        Ok::<_, DbError>(MovedSide {
            account: AccountId::from_uuid(row.get(first)?),
            owner: row.get::<Option<Uuid>>(at(1))?.map(UserId::from_uuid),
            code: row.get(at(2))?,
            opened_at: row.get(at(3))?,
        })
    };
    Ok(Moved {
        seq: row.get(0)?,
        id: TransferId::from_uuid(row.get(1)?),
        at: row.get(2)?,
        group: row.get(3)?,
        currency: Currency::parse(&row.get::<String>(4)?).map_err(corrupt)?,
        amount: row.get(5)?,
        debit: side(6)?,
        credit: side(10)?,
    })
}
