//! Loans and what happened to them, as rows.

use std::collections::{BTreeSet, HashMap};

use florin_db::{Bulk, BulkStatement, DbError, Kind as Column, Reader, Row, Tx, Value, params};
use florin_kernel::{AccountId, LoanId, Timestamp, UserId, Uuid};
use jiff::civil::Date;

use crate::contract::{self, Happened};
use crate::loan_row::{LoanRow, Origin, Receivables, SealedNumber, Status};
use crate::{ApplicationId, Component, LoanEventId};

/// A statement about whole loans.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, borrower, application_id, kind, origin, product_code, product_version, currency, status, contract, \
             disclosure, lender, account_number, account_number_index, account_number_shown, principal_account, \
             interest_account, fee_account, penalty_account, escrow_account, booked, booked_on, bucket, days_past_due, \
             offer_ends_on, paid_to, created_at_us, accepted_at_us, paid_out_at_us FROM lending_loan ",
            $rest
        )
    };
}

fn loan(row: &Row) -> Result<LoanRow, DbError> {
    let corrupt = |column: &str| DbError::Corrupt(format!("lending_loan.{column} is not what was written"));
    let account = |at: usize| Ok::<_, DbError>(row.get::<Option<Uuid>>(at)?.map(AccountId::from_uuid));
    let number = row.get::<Option<String>>(12)?;
    let index = row.get::<Option<Vec<u8>>>(13)?.map(<[u8; 32]>::try_from).transpose();
    let index = index.map_err(|_| corrupt("account_number_index"))?;
    let account_number = match (number, index, row.get::<Option<String>>(14)?) {
        (Some(sealed), Some(index), Some(shown)) => Some(SealedNumber { sealed, index, shown }),
        _ => None,
    };
    Ok(LoanRow {
        id: LoanId::from_uuid(row.get(0)?),
        borrower: row.get::<Option<Uuid>>(1)?.map(UserId::from_uuid),
        application: row.get::<Option<Uuid>>(2)?.map(ApplicationId::from_uuid),
        kind: row.get::<String>(3)?.parse().map_err(|_| corrupt("kind"))?,
        origin: Origin::parse(&row.get::<String>(4)?).ok_or_else(|| corrupt("origin"))?,
        product: (row.get(5)?, row.get(6)?),
        currency: row.get(7)?,
        status: Status::parse(&row.get::<String>(8)?).ok_or_else(|| corrupt("status"))?,
        contract: contract::read("lending_loan.contract", &row.get::<String>(9)?)?,
        disclosure: row.get(10)?,
        lender: row.get(11)?,
        account_number,
        receivables: Receivables::new([account(15)?, account(16)?, account(17)?, account(18)?, account(19)?]),
        booked: contract::read("lending_loan.booked", &row.get::<String>(20)?)?,
        booked_on: row.get(21)?,
        bucket: row.get(22)?,
        days_past_due: row.get(23)?,
        offer_ends_on: row.get(24)?,
        paid_to: account(25)?,
        created_at: row.get(26)?,
        accepted_at: row.get(27)?,
        paid_out_at: row.get(28)?,
    })
}

fn loans(rows: &[Row]) -> Result<Vec<LoanRow>, DbError> {
    rows.iter().map(loan).collect()
}

pub(crate) fn find(reader: &mut Reader<'_>, id: LoanId) -> Result<Option<LoanRow>, DbError> {
    reader.row(select!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(loan).transpose()
}

/// One loan, locked until the unit ends.
pub(crate) fn lock(tx: &mut Tx<'_>, id: LoanId) -> Result<Option<LoanRow>, DbError> {
    tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?.as_ref().map(loan).transpose()
}

/// Open loans after `after` that the books are behind with, locked until the unit ends; each is the work of one unit
/// alone, and another process goes on with the next ones.
pub(crate) fn lock_behind(
    tx: &mut Tx<'_>,
    after: LoanId,
    today: Date,
    limit: i64,
) -> Result<Vec<LoanRow>, DbError> {
    let sql = select!(
        "WHERE status = 'active' AND (kind <> 'credit-card' OR origin = 'own') AND id > $1 AND booked_on < $2 ORDER BY id LIMIT $3 FOR UPDATE"
    );
    loans(&tx.rows(sql, &params![after.uuid(), today, limit])?)
}

/// Whether an offer ended before `today` and was not paid out.
pub(crate) fn has_ended_offers(reader: &mut Reader<'_>, today: Date) -> Result<bool, DbError> {
    const SQL: &str =
        "SELECT 1 FROM lending_loan WHERE status IN ('offered', 'accepted') AND offer_ends_on < $1 LIMIT 1";
    Ok(reader.row(SQL, &params![today])?.is_some())
}

/// Withdraws the offers that ended before `today`; how many they were.
pub(crate) fn withdraw_ended_offers(tx: &mut Tx<'_>, today: Date) -> Result<u64, DbError> {
    const SQL: &str = "UPDATE lending_loan SET status = 'withdrawn' \
                       WHERE status IN ('offered', 'accepted') AND offer_ends_on < $1";
    tx.execute(SQL, &params![today])
}

/// A borrower's loans before `before`, the newest first; of one kind where one is given.
pub(crate) fn of_borrower(
    reader: &mut Reader<'_>,
    borrower: UserId,
    kind: Option<&str>,
    before: Uuid,
    limit: i64,
) -> Result<Vec<LoanRow>, DbError> {
    let rows = match kind {
        Some(kind) => reader.rows(
            select!("WHERE borrower = $1 AND id < $2 AND kind = $4 ORDER BY id DESC LIMIT $3"),
            &params![borrower.uuid(), before, limit, kind],
        )?,
        None => reader.rows(
            select!("WHERE borrower = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
            &params![borrower.uuid(), before, limit],
        )?,
    };
    loans(&rows)
}

/// All loans before `before`, the newest first; of one kind where one is given.
pub(crate) fn all(
    reader: &mut Reader<'_>,
    kind: Option<&str>,
    before: Uuid,
    limit: i64,
) -> Result<Vec<LoanRow>, DbError> {
    let rows = match kind {
        Some(kind) => reader.rows(
            select!("WHERE id < $1 AND kind = $3 ORDER BY id DESC LIMIT $2"),
            &params![before, limit, kind],
        )?,
        None => reader.rows(select!("WHERE id < $1 ORDER BY id DESC LIMIT $2"), &params![before, limit])?,
    };
    loans(&rows)
}

/// Loans after `after` that were paid out by the institution, in their order.
pub(crate) fn in_books(reader: &mut Reader<'_>, after: Uuid, limit: i64) -> Result<Vec<LoanRow>, DbError> {
    loans(&reader.rows(
        select!(
            "WHERE id > $1 AND origin = 'own' AND status IN ('active', 'paid_off', 'written_off') ORDER BY id LIMIT $2"
        ),
        &params![after, limit],
    )?)
}

/// Loans whose number at another lender this is, the newest first.
pub(crate) fn by_account_number(
    reader: &mut Reader<'_>,
    index: [u8; 32],
    limit: i64,
) -> Result<Vec<LoanRow>, DbError> {
    loans(
        &reader.rows(
            select!("WHERE account_number_index = $1 ORDER BY id DESC LIMIT $2"),
            &params![index, limit],
        )?,
    )
}

/// How many loans a person had, and how many of them went wrong: written off, or at least so many days past due.
pub(crate) fn history(reader: &mut Reader<'_>, borrower: UserId, days: u32) -> Result<(i64, i64), DbError> {
    const SQL: &str = "SELECT COUNT(*), COUNT(CASE WHEN status = 'written_off' OR days_past_due >= $2 THEN 1 END) \
                       FROM lending_loan WHERE borrower = $1 AND status IN ('active', 'paid_off', 'written_off')";
    match reader.row(SQL, &params![borrower.uuid(), days])? {
        Some(row) => Ok((row.get(0)?, row.get(1)?)),
        None => Ok((0, 0)),
    }
}

pub(crate) fn insert(tx: &mut Tx<'_>, loan: &LoanRow) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO lending_loan (id, borrower, application_id, kind, origin, product_code, product_version, \
        currency, status, contract, disclosure, lender, account_number, account_number_index, account_number_shown, booked, \
        booked_on, bucket, days_past_due, offer_ends_on, created_at_us, accepted_at_us, paid_out_at_us) VALUES ($1, $2, $3, \
        $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";
    let number = loan.account_number.as_ref();
    let values = params![
        loan.id.uuid(),
        loan.borrower.map(UserId::uuid),
        loan.application.map(ApplicationId::uuid),
        loan.kind.code(),
        loan.origin.code(),
        &loan.product.0,
        loan.product.1,
        loan.currency,
        loan.status.code(),
        contract::write(&loan.contract)?,
        loan.disclosure.clone(),
        loan.lender.clone(),
        number.map(|number| number.sealed.clone()),
        number.map(|number| number.index.to_vec()),
        number.map(|number| number.shown.clone()),
        contract::write(&loan.booked)?,
        loan.booked_on,
        loan.bucket,
        loan.days_past_due,
        loan.offer_ends_on,
        loan.created_at,
        loan.accepted_at,
        loan.paid_out_at,
    ];
    tx.execute(SQL, &values).map(drop)
}

/// Writes what was agreed, by whom, and how far it came; what the books have goes with it.
pub(crate) fn update(tx: &mut Tx<'_>, loan: &LoanRow) -> Result<(), DbError> {
    const SQL: &str = "UPDATE lending_loan SET borrower = $2, status = $3, contract = $4, disclosure = $5, \
        offer_ends_on = $6, paid_to = $7, accepted_at_us = $8, paid_out_at_us = $9 WHERE id = $1";
    let values = params![
        loan.id.uuid(),
        loan.borrower.map(UserId::uuid),
        loan.status.code(),
        contract::write(&loan.contract)?,
        loan.disclosure.clone(),
        loan.offer_ends_on,
        loan.paid_to.map(AccountId::uuid),
        loan.accepted_at,
        loan.paid_out_at,
    ];
    tx.execute(SQL, &values)?;
    tx.bulk(booked(std::slice::from_ref(loan))?)
}

static BOOKED: BulkStatement = BulkStatement {
    sqlite: "UPDATE lending_loan SET status = $2, booked = $3, booked_on = $4, bucket = $5, days_past_due = $6, \
             principal_account = $7, interest_account = $8, fee_account = $9, penalty_account = $10, escrow_account = $11 \
             WHERE id = $1",
    postgres: "UPDATE lending_loan SET status = b.status, booked = b.booked, booked_on = b.booked_on, bucket = b.bucket, \
               days_past_due = b.days, principal_account = b.principal, interest_account = b.interest, fee_account = b.fee, \
               penalty_account = b.penalty, escrow_account = b.escrow FROM UNNEST($1::uuid[], $2::text[], $3::text[], \
               $4::text[], $5::bigint[], $6::bigint[], $7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[], $11::uuid[]) \
               AS b(id, status, booked, booked_on, bucket, days, principal, interest, fee, penalty, escrow) \
               WHERE lending_loan.id = b.id",
    columns: &[
        Column::Uuid,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Int,
        Column::Int,
        Column::Uuid,
        Column::Uuid,
        Column::Uuid,
        Column::Uuid,
        Column::Uuid,
    ],
};

/// What the books have of these loans, and where they stand, to be written.
pub(crate) fn booked<'a>(loans: impl IntoIterator<Item = &'a LoanRow>) -> Result<Bulk, DbError> {
    let mut bulk = Bulk::new(&BOOKED);
    for loan in loans {
        let account = |component| Value::from(loan.receivables.of(component).map(AccountId::uuid));
        bulk.push([
            Value::Uuid(loan.id.uuid()),
            loan.status.code().into(),
            contract::write(&loan.booked)?.into(),
            loan.booked_on.into(),
            loan.bucket.into(),
            loan.days_past_due.into(),
            account(Component::Principal),
            account(Component::Interest),
            account(Component::Fee),
            account(Component::Penalty),
            account(Component::Escrow),
        ]);
    }
    Ok(bulk)
}

/// Something that happened, as its row has it.
#[derive(Clone, Debug)]
pub(crate) struct EventRow {
    pub id: LoanEventId,
    pub on: Date,
    pub known_on: Date,
    pub known_at: Timestamp,
    pub what: Happened,
    pub by: Option<UserId>,
    /// Where a payment went when it was taken in, as JSON.
    pub allocated: Option<String>,
    pub note: Option<String>,
}

pub(crate) fn insert_event(tx: &mut Tx<'_>, loan: LoanId, event: &EventRow) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO lending_event (id, loan_id, event_on, known_on, known_at_us, what, by_user, allocated, note) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = params![
        event.id.uuid(),
        loan.uuid(),
        event.on,
        event.known_on,
        event.known_at,
        contract::write(&event.what)?,
        event.by.map(UserId::uuid),
        event.allocated.clone(),
        event.note.clone(),
    ];
    tx.execute(SQL, &values).map(drop)
}

/// That a payment was taken back.
#[derive(Clone, Debug)]
pub(crate) struct ReversalRow {
    pub known_on: Date,
    pub known_at: Timestamp,
    pub by: Option<UserId>,
    pub note: Option<String>,
}

pub(crate) fn insert_reversal(
    tx: &mut Tx<'_>,
    loan: LoanId,
    event: LoanEventId,
    reversal: &ReversalRow,
) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO lending_reversal (event_id, loan_id, known_on, known_at_us, by_user, note) \
                       VALUES ($1, $2, $3, $4, $5, $6)";
    let by = reversal.by.map(UserId::uuid);
    let values =
        params![event.uuid(), loan.uuid(), reversal.known_on, reversal.known_at, by, reversal.note.clone()];
    tx.execute(SQL, &values).map(drop)
}

/// The loan that an event happened to.
pub(crate) fn loan_of_event(tx: &mut Tx<'_>, event: LoanEventId) -> Result<Option<LoanId>, DbError> {
    let row = tx.row("SELECT loan_id FROM lending_event WHERE id = $1", &params![event.uuid()])?;
    row.map(|row| row.get(0).map(LoanId::from_uuid)).transpose()
}

/// What happened to one loan.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub events: Vec<EventRow>,
    pub reversed: BTreeSet<LoanEventId>,
    /// When it became known of each payment that was taken back.
    pub reversals: Vec<(LoanEventId, Date, Timestamp)>,
}

type KnownReversal = Option<(Date, Timestamp)>;

fn event(row: &Row) -> Result<(LoanId, EventRow, KnownReversal), DbError> {
    let event = EventRow {
        id: LoanEventId::from_uuid(row.get(1)?),
        on: row.get(2)?,
        known_on: row.get(3)?,
        known_at: row.get(4)?,
        what: contract::read("lending_event.what", &row.get::<String>(5)?)?,
        by: row.get::<Option<Uuid>>(6)?.map(UserId::from_uuid),
        allocated: row.get(7)?,
        note: row.get(8)?,
    };
    let reversal = row.get::<Option<Date>>(9)?.zip(row.get::<Option<Timestamp>>(10)?);
    Ok((LoanId::from_uuid(row.get(0)?), event, reversal))
}

impl History {
    fn add(&mut self, event: EventRow, reversal: KnownReversal) {
        if let Some((known_on, known_at)) = reversal {
            self.reversed.insert(event.id);
            self.reversals.push((event.id, known_on, known_at));
        }
        self.events.push(event);
    }

    /// What of it was known at the end of a business day: what the books followed then.
    pub fn known_until(&self, day: Date) -> Self {
        let reversals: Vec<_> = self.reversals.iter().filter(|(_, on, _)| *on <= day).copied().collect();
        Self {
            events: self.events.iter().filter(|event| event.known_on <= day).cloned().collect(),
            reversed: reversals.iter().map(|(id, ..)| *id).collect(),
            reversals,
        }
    }

    fn of(rows: &[Row]) -> Result<Self, DbError> {
        let mut history = Self::default();
        for row in rows {
            let (_, event, reversal) = event(row)?;
            history.add(event, reversal);
        }
        Ok(history)
    }
}

const EVENTS: &str = "SELECT e.loan_id, e.id, e.event_on, e.known_on, e.known_at_us, e.what, e.by_user, e.allocated, e.note, \
                      r.known_on, r.known_at_us FROM lending_event e LEFT JOIN lending_reversal r ON r.event_id = e.id \
                      WHERE e.loan_id = $1 ORDER BY e.id";

pub(crate) fn history_of(tx: &mut Tx<'_>, id: LoanId) -> Result<History, DbError> {
    History::of(&tx.rows(EVENTS, &params![id.uuid()])?)
}

pub(crate) fn read_history(reader: &mut Reader<'_>, id: LoanId) -> Result<History, DbError> {
    History::of(&reader.rows(EVENTS, &params![id.uuid()])?)
}

static HISTORIES: BulkStatement = BulkStatement {
    sqlite: EVENTS,
    postgres: "SELECT e.loan_id, e.id, e.event_on, e.known_on, e.known_at_us, e.what, e.by_user, e.allocated, e.note, \
               r.known_on, r.known_at_us FROM lending_event e LEFT JOIN lending_reversal r ON r.event_id = e.id \
               WHERE e.loan_id = ANY($1::uuid[]) ORDER BY e.id",
    columns: &[Column::Uuid],
};

/// What happened to each of these loans, in one round trip.
pub(crate) fn histories(
    tx: &mut Tx<'_>,
    loans: impl IntoIterator<Item = LoanId>,
) -> Result<HashMap<LoanId, History>, DbError> {
    let mut keys = Bulk::new(&HISTORIES);
    for loan in loans {
        keys.push([Value::Uuid(loan.uuid())]);
    }
    let mut histories: HashMap<LoanId, History> = HashMap::new();
    for row in tx.fetch(vec![keys])?.iter().flatten() {
        let (loan, event, reversal) = event(row)?;
        histories.entry(loan).or_default().add(event, reversal);
    }
    Ok(histories)
}
