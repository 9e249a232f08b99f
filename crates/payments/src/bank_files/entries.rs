//! Payments in the queue and in files, as rows.

use florin_db::{DbError, Reader, Row, Tx, Value, params};
use florin_kernel::{BankFileId, Money, Timestamp, TransferId, Uuid};

use super::settings::BankNetwork;
use crate::checks::BankAccount;
use crate::error::Error;
use crate::rail::{Flow, Instruction};
use crate::sealing::{Sealing, Table};

/// How far a payment is on its way through a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// It waits for a file.
    Queued,
    /// It stands in a file.
    Filed,
    /// It counts as gone through.
    Settled,
    /// The bank sent it back.
    Returned,
    /// It was taken back before it stood in a file.
    Recalled,
}

impl EntryState {
    const ALL: [Self; 5] = [Self::Queued, Self::Filed, Self::Settled, Self::Returned, Self::Recalled];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Filed => "filed",
            Self::Settled => "settled",
            Self::Returned => "returned",
            Self::Recalled => "recalled",
        }
    }
}

/// A payment in the queue or in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its identifier: the payment's, or the refund's.
    pub id: TransferId,
    /// The payment that it is, or gives back.
    pub payment: TransferId,
    /// Whether it gives a payment back.
    pub is_refund: bool,
    /// Which way the money goes.
    pub flow: Flow,
    /// How much.
    pub amount: Money,
    /// How far it is.
    pub state: EntryState,
    /// The file that it stands in.
    pub file: Option<BankFileId>,
    /// The number by which the bank's answer names it.
    pub trace: Option<i64>,
    /// Why it came back.
    pub reason: Option<String>,
    pub(super) network: BankNetwork,
    account: Sealed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sealed {
    country: String,
    kind: String,
    details: String,
    holder: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, payment_id, network, is_refund, flow, amount, state, file_id, trace, reason, country, account_type, \
             details, holder FROM bank_file_entry ",
            $rest
        )
    };
}

pub(super) const fn flow_code(flow: Flow) -> &'static str {
    match flow {
        Flow::In => "in",
        Flow::Out => "out",
    }
}

fn corrupt(column: &str) -> DbError {
    DbError::Corrupt(format!("bank_file_entry.{column} is not what was written"))
}

fn entry(row: &Row) -> Result<Entry, DbError> {
    let (network, flow, state): (String, String, String) = (row.get(2)?, row.get(4)?, row.get(6)?);
    let network = BankNetwork::find(&network).ok_or_else(|| corrupt("network"))?;
    Ok(Entry {
        id: TransferId::from_uuid(row.get(0)?),
        payment: TransferId::from_uuid(row.get(1)?),
        is_refund: row.get(3)?,
        flow: if flow == flow_code(Flow::In) { Flow::In } else { Flow::Out },
        amount: Money::new(row.get(5)?, network.currency()),
        state: EntryState::ALL.into_iter().find(|one| one.code() == state).ok_or_else(|| corrupt("state"))?,
        file: row.get::<Option<Uuid>>(7)?.map(BankFileId::from_uuid),
        trace: row.get(8)?,
        reason: row.get(9)?,
        network,
        account: Sealed {
            country: row.get(10)?,
            kind: row.get(11)?,
            details: row.get(12)?,
            holder: row.get(13)?,
        },
    })
}

impl Entry {
    /// The account elsewhere, as it was instructed.
    pub(super) fn account(&self, sealing: &Sealing) -> Result<BankAccount, Error> {
        let Sealed { country, kind, details, holder } = &self.account;
        sealing.open_account(Table::BankFileEntry, self.id.uuid(), country, kind, (details, holder))
    }
}

/// Puts an instruction into the queue, once.
pub(super) fn queue(
    tx: &mut Tx<'_>,
    sealing: &Sealing,
    network: BankNetwork,
    (instruction, account): (&Instruction, &BankAccount),
    now: Timestamp,
) -> Result<(), Error> {
    let row = instruction.id.uuid();
    let details = sealing.seal(Table::BankFileEntry, "details", row, &account.sealed_text())?;
    let holder = sealing.seal(Table::BankFileEntry, "holder", row, account.holder.expose())?;
    let payment = instruction.refund_of.as_ref().map_or(instruction.id, |original| original.id);
    tx.execute(
        "INSERT INTO bank_file_entry (id, payment_id, network, is_refund, flow, amount, country, account_type, details, holder,
                                      state, queued_at_us, changed_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', $11, $11) ON CONFLICT (id) DO NOTHING",
        &params![
            row,
            payment.uuid(),
            network.code(),
            instruction.refund_of.is_some(),
            flow_code(instruction.flow),
            instruction.amount.minor(),
            account.place.country().code(),
            account.kind.code(),
            details,
            holder,
            now,
        ],
    )?;
    Ok(())
}

/// The entry of this identifier.
pub(super) fn find(reader: &mut Reader<'_>, id: TransferId) -> Result<Option<Entry>, DbError> {
    reader.row(select!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(entry).transpose()
}

/// The entry of this identifier, locked until the unit ends. Whoever changes its payment as well locks that first.
pub(super) fn lock(tx: &mut Tx<'_>, id: TransferId) -> Result<Option<Entry>, DbError> {
    tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?.as_ref().map(entry).transpose()
}

/// What waits for a file of the network, from the first, locked until the unit ends.
pub(super) fn lock_queued(tx: &mut Tx<'_>, network: BankNetwork, limit: i64) -> Result<Vec<Entry>, DbError> {
    let rows = tx.rows(
        select!("WHERE network = $1 AND state = 'queued' ORDER BY id LIMIT $2 FOR UPDATE"),
        &params![network.code(), limit],
    )?;
    rows.iter().map(entry).collect()
}

/// The refunds of a payment that wait for a file.
pub(super) fn queued_refunds(tx: &mut Tx<'_>, payment: TransferId) -> Result<Vec<Entry>, DbError> {
    let rows = tx.rows(
        select!("WHERE payment_id = $1 AND is_refund AND state = 'queued' ORDER BY id FOR UPDATE"),
        &params![payment.uuid()],
    )?;
    rows.iter().map(entry).collect()
}

/// The entries of a file, in its order.
pub(super) fn of_file(reader: &mut Reader<'_>, file: BankFileId) -> Result<Vec<Entry>, DbError> {
    let rows = reader.rows(select!("WHERE file_id = $1 ORDER BY trace"), &params![file.uuid()])?;
    rows.iter().map(entry).collect()
}

/// The entries of a file that are neither settled nor returned, at most so many.
pub(super) fn unsettled(
    reader: &mut Reader<'_>,
    file: BankFileId,
    limit: i64,
) -> Result<Vec<(TransferId, TransferId)>, DbError> {
    let rows = reader.rows(
        "SELECT payment_id, id FROM bank_file_entry WHERE file_id = $1 AND state = 'filed' ORDER BY trace LIMIT $2",
        &params![file.uuid(), limit],
    )?;
    let ids = |row: &Row| Ok((TransferId::from_uuid(row.get(0)?), TransferId::from_uuid(row.get(1)?)));
    rows.iter().map(ids).collect()
}

/// The latest entry that the bank would name so.
pub(super) fn by_trace(
    tx: &mut Tx<'_>,
    network: BankNetwork,
    trace: i64,
) -> Result<Option<(TransferId, TransferId)>, DbError> {
    let row = tx.row(
        "SELECT payment_id, id FROM bank_file_entry WHERE network = $1 AND trace = $2 ORDER BY queued_at_us DESC, id DESC
         LIMIT 1",
        &params![network.code(), trace],
    )?;
    row.map(|row| Ok((TransferId::from_uuid(row.get(0)?), TransferId::from_uuid(row.get(1)?)))).transpose()
}

/// Writes an entry into a file.
pub(super) fn file(
    tx: &mut Tx<'_>,
    id: TransferId,
    file: BankFileId,
    trace: i64,
    now: Timestamp,
) -> Result<(), DbError> {
    let changed = tx.execute(
        "UPDATE bank_file_entry SET state = 'filed', file_id = $2, trace = $3, changed_at_us = $4
         WHERE id = $1 AND state = 'queued'",
        &params![id.uuid(), file.uuid(), trace, now],
    )?;
    if changed == 1 { Ok(()) } else { Err(DbError::Contended(format!("entry {id} was taken by another"))) }
}

/// Brings an entry that this unit has locked into a state.
pub(super) fn set_state(
    tx: &mut Tx<'_>,
    id: TransferId,
    state: EntryState,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), DbError> {
    let reason: Value = reason.map(str::to_owned).into();
    tx.execute(
        "UPDATE bank_file_entry SET state = $2, reason = COALESCE($3, reason), changed_at_us = $4 WHERE id = $1",
        &params![id.uuid(), state.code(), reason, now],
    )?;
    Ok(())
}
