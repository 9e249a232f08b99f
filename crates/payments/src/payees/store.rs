//! Billers and payees as rows.

use florin_db::{DbError, Reader, Row, Tx, Value, params};
use florin_kernel::{AccountId, BillerId, PayeeId, Timestamp, UserId, Uuid};

use super::{Biller, NewBiller, Payable, Payee, ReferenceRule};
use crate::checks::{AccountType, BankAccount, BankCountry};
use crate::error::Error;
use crate::sealing::{Sealing, Table};

macro_rules! select_biller {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, category, currency, account_id, reference_min, reference_max, reference_rule, active, \
             version, created_at_us FROM biller ",
            $rest
        )
    };
}

fn biller(row: &Row) -> Result<Biller, DbError> {
    let rule: String = row.get(7)?;
    Ok(Biller {
        id: BillerId::from_uuid(row.get(0)?),
        name: row.get(1)?,
        category: row.get(2)?,
        currency: row.get(3)?,
        account: row.get::<Option<Uuid>>(4)?.map(AccountId::from_uuid),
        reference_length: (row.get(5)?, row.get(6)?),
        reference_rule: ReferenceRule::find(&rule)
            .ok_or_else(|| DbError::Corrupt("biller.reference_rule is no rule".to_owned()))?,
        active: row.get(8)?,
        version: row.get(9)?,
        created_at: row.get(10)?,
    })
}

/// The biller of this identifier.
pub(crate) fn find_biller(reader: &mut Reader<'_>, id: BillerId) -> Result<Option<Biller>, DbError> {
    reader.row(select_biller!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(biller).transpose()
}

pub(super) fn lock_biller(tx: &mut Tx<'_>, id: BillerId) -> Result<Option<Biller>, DbError> {
    let row = tx.row(select_biller!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?;
    row.as_ref().map(biller).transpose()
}

/// Billers in the order they were made known; with `active` those alone that take payments.
pub(super) fn billers(
    reader: &mut Reader<'_>,
    after: Uuid,
    active: bool,
    limit: i64,
) -> Result<Vec<Biller>, DbError> {
    let rows = reader.rows(
        select_biller!("WHERE id > $1 AND (active OR NOT $2) ORDER BY id LIMIT $3"),
        &params![after, active, limit],
    )?;
    rows.iter().map(biller).collect()
}

pub(super) fn insert_biller(
    tx: &mut Tx<'_>,
    id: BillerId,
    new: &NewBiller,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO biller (id, name, category, currency, account_id, reference_min, reference_max, reference_rule, active,
                             version, created_at_us, changed_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10)",
        &params![
            id.uuid(),
            &new.name,
            &new.category,
            new.currency,
            new.account.map(AccountId::uuid),
            new.reference_length.0,
            new.reference_length.1,
            new.reference_rule.code(),
            true,
            now,
        ],
    )?;
    Ok(())
}

pub(super) fn update_biller(tx: &mut Tx<'_>, biller: &Biller, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE biller SET name = $2, category = $3, active = $4, version = version + 1, changed_at_us = $5 WHERE id = $1",
        &params![biller.id.uuid(), &biller.name, &biller.category, biller.active, now],
    )?;
    Ok(())
}

macro_rules! select_payee {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, kind, name, biller_id, account_id, country, account_type, details, holder, version, \
             created_at_us FROM payee ",
            $rest
        )
    };
}

/// A payee as its row has it: what is sealed is sealed.
pub(crate) struct StoredPayee {
    pub(crate) id: PayeeId,
    pub(crate) user: UserId,
    kind: String,
    name: String,
    pub(crate) biller: Option<BillerId>,
    pub(crate) account: Option<AccountId>,
    country: Option<String>,
    account_type: Option<String>,
    details: Option<String>,
    holder: Option<String>,
    pub(super) version: i64,
    created_at: Timestamp,
}

fn stored(row: &Row) -> Result<StoredPayee, DbError> {
    Ok(StoredPayee {
        id: PayeeId::from_uuid(row.get(0)?),
        user: UserId::from_uuid(row.get(1)?),
        kind: row.get(2)?,
        name: row.get(3)?,
        biller: row.get::<Option<Uuid>>(4)?.map(BillerId::from_uuid),
        account: row.get::<Option<Uuid>>(5)?.map(AccountId::from_uuid),
        country: row.get(6)?,
        account_type: row.get(7)?,
        details: row.get(8)?,
        holder: row.get(9)?,
        version: row.get(10)?,
        created_at: row.get(11)?,
    })
}

impl StoredPayee {
    /// The bank account behind it, if there is one.
    pub(crate) fn bank(&self, sealing: &Sealing) -> Result<Option<BankAccount>, Error> {
        let (Some(country), Some(kind)) = (&self.country, &self.account_type) else { return Ok(None) };
        let (Some(details), Some(holder)) = (&self.details, &self.holder) else {
            return Err(Table::Payee.corrupt("details"));
        };
        sealing.open_account(Table::Payee, self.id.uuid(), country, kind, (details, holder)).map(Some)
    }
}

/// The payee as it may be shown.
pub(crate) fn open(sealing: &Sealing, stored: &StoredPayee) -> Result<Payee, Error> {
    let corrupt = || Table::Payee.corrupt("kind");
    let payable = match (stored.kind.as_str(), stored.biller, stored.account) {
        ("biller", Some(biller), _) => {
            let details = stored.details.as_deref().ok_or_else(corrupt)?;
            let reference = sealing.open_reference(stored.id.uuid(), details)?;
            Payable::Biller { biller, masked: florin_vault::Masked::last_four(&reference).into_string() }
        }
        ("account", _, Some(account)) => Payable::Account(account),
        ("bank_account", ..) => {
            let bank = stored.bank(sealing)?.ok_or_else(corrupt)?;
            Payable::Bank {
                country: bank.place.country().code(),
                account_type: bank.kind.code(),
                masked_bank: bank.masked_bank().into_string(),
                masked: bank.masked().into_string(),
                holder: bank.holder.expose().to_owned(),
            }
        }
        _ => return Err(corrupt()),
    };
    Ok(Payee {
        id: stored.id,
        user: stored.user,
        name: stored.name.clone(),
        payable,
        version: stored.version,
        created_at: stored.created_at,
    })
}

/// The payee of this identifier, unless it was forgotten.
pub(crate) fn find_payee(reader: &mut Reader<'_>, id: PayeeId) -> Result<Option<StoredPayee>, DbError> {
    let row = reader.row(select_payee!("WHERE id = $1 AND removed_at_us IS NULL"), &params![id.uuid()])?;
    row.as_ref().map(stored).transpose()
}

/// The payee of this identifier, forgotten or not: for a payment that was made to it.
pub(crate) fn payee_of_order(tx: &mut Tx<'_>, id: PayeeId) -> Result<Option<StoredPayee>, DbError> {
    tx.row(select_payee!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(stored).transpose()
}

/// What a payee is called, forgotten or not.
pub(crate) fn any_payee(reader: &mut Reader<'_>, id: PayeeId) -> Result<Option<String>, DbError> {
    let row = reader.row("SELECT name FROM payee WHERE id = $1", &params![id.uuid()])?;
    row.map(|row| row.get(0)).transpose()
}

/// Whether a payee is there to be paid, and its biller takes payments.
pub(crate) fn is_payable(tx: &mut Tx<'_>, id: PayeeId) -> Result<bool, DbError> {
    let row = tx.row(
        "SELECT 1 FROM payee p LEFT JOIN biller b ON b.id = p.biller_id
         WHERE p.id = $1 AND p.removed_at_us IS NULL AND (b.id IS NULL OR b.active)",
        &params![id.uuid()],
    )?;
    Ok(row.is_some())
}

pub(super) fn lock_payee(tx: &mut Tx<'_>, id: PayeeId) -> Result<Option<StoredPayee>, DbError> {
    let row =
        tx.row(select_payee!("WHERE id = $1 AND removed_at_us IS NULL FOR UPDATE"), &params![id.uuid()])?;
    row.as_ref().map(stored).transpose()
}

/// Somebody's payees, in the order they were made known.
pub(super) fn payees(
    reader: &mut Reader<'_>,
    user: UserId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<StoredPayee>, DbError> {
    let rows = reader.rows(
        select_payee!("WHERE user_id = $1 AND id > $2 AND removed_at_us IS NULL ORDER BY id LIMIT $3"),
        &params![user.uuid(), after, limit],
    )?;
    rows.iter().map(stored).collect()
}

/// The accounts elsewhere that somebody pays, in the order of payees.
pub(super) fn banks_after(
    reader: &mut Reader<'_>,
    after: PayeeId,
    limit: i64,
) -> Result<Vec<StoredPayee>, DbError> {
    let rows = reader.rows(
        select_payee!(
            "WHERE id > $1 AND kind = 'bank_account' AND removed_at_us IS NULL ORDER BY id LIMIT $2"
        ),
        &params![after.uuid(), limit],
    )?;
    rows.iter().map(stored).collect()
}

/// A payee's row to be.
pub(super) struct NewRow {
    pub(super) id: PayeeId,
    pub(super) user: UserId,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) biller: Option<BillerId>,
    pub(super) account: Option<AccountId>,
    pub(super) bank: Option<(BankCountry, AccountType)>,
    pub(super) details: Option<String>,
    pub(super) index: [u8; 32],
    pub(super) holder: Option<String>,
}

pub(super) fn insert_payee(tx: &mut Tx<'_>, row: &NewRow, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO payee (id, user_id, kind, name, biller_id, account_id, country, account_type, details, details_index,
                            holder, version, created_at_us, changed_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $12)",
        &params![
            row.id.uuid(),
            row.user.uuid(),
            row.kind,
            &row.name,
            row.biller.map(BillerId::uuid),
            row.account.map(AccountId::uuid),
            row.bank.map(|(country, _)| country.code()),
            row.bank.map(|(_, kind)| kind.code()),
            row.details.clone(),
            row.index,
            row.holder.clone(),
            now,
        ],
    )?;
    Ok(())
}

pub(super) fn rename_payee(tx: &mut Tx<'_>, id: PayeeId, name: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE payee SET name = $2, version = version + 1, changed_at_us = $3 WHERE id = $1",
        &params![id.uuid(), name, now],
    )?;
    Ok(())
}

/// A payee is forgotten, and stays for the payments that were made to it.
pub(super) fn remove_payee(tx: &mut Tx<'_>, id: PayeeId, now: Timestamp) -> Result<(), DbError> {
    let values: [Value; 2] = params![id.uuid(), now];
    tx.execute("UPDATE payee SET removed_at_us = $2, changed_at_us = $2 WHERE id = $1", &values)?;
    Ok(())
}

/// Writes another bank account in the place of this one, as its bank wants it; false where the payee is another by now, was
/// removed, or the other is saved already.
pub(crate) fn correct(
    tx: &mut Tx<'_>,
    sealing: &Sealing,
    id: PayeeId,
    (before, after): (&BankAccount, &BankAccount),
    now: Timestamp,
) -> Result<bool, Error> {
    let row =
        tx.row(select_payee!("WHERE id = $1 AND removed_at_us IS NULL FOR UPDATE"), &params![id.uuid()])?;
    let Some(payee) = row.as_ref().map(stored).transpose()? else { return Ok(false) };
    let saved = payee.bank(sealing)?;
    if saved.as_ref() == Some(after) {
        return Ok(true);
    }
    if saved.as_ref() != Some(before) {
        return Ok(false);
    }
    let sealed = sealing.seal_account(Table::Payee, id.uuid(), after)?;
    let taken = tx.row(
        "SELECT 1 FROM payee WHERE user_id = $1 AND details_index = $2 AND id <> $3 AND removed_at_us IS NULL",
        &params![payee.user.uuid(), sealed.index, id.uuid()],
    )?;
    if taken.is_some() {
        return Ok(false);
    }
    tx.execute(
        "UPDATE payee SET account_type = $2, details = $3, details_index = $4, version = version + 1, changed_at_us = $5
         WHERE id = $1",
        &params![id.uuid(), after.kind.code(), &sealed.details, sealed.index, now],
    )?;
    Ok(true)
}
