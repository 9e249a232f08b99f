//! Saved bank accounts and cards as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{PaymentMethodId, Timestamp, UserId, Uuid};
use florin_vault::Masked;

use super::{MethodView, PaymentMethod};
use crate::checks::{BankAccount, BankCountry, Brand, CardExpiry};
use crate::error::Error;
use crate::rail::{KeptCard, Means, MeansKind};
use crate::sealing::{SealedAccount, Sealing, Table};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, kind, country, account_type, details, holder, card_token, card_masked, brand, \
             expires_year, expires_month, created_at_us, processor, processor_reference, processor_customer FROM payment_method ",
            $rest
        )
    };
}

/// A method as its row has it: what is sealed is sealed.
#[derive(Clone)]
pub(crate) struct StoredMethod {
    pub(crate) id: PaymentMethodId,
    pub(crate) user: UserId,
    pub(crate) kind: MeansKind,
    country: Option<String>,
    account_type: Option<String>,
    details: Option<String>,
    holder: String,
    card_token: Option<String>,
    card_masked: Option<String>,
    brand: Option<String>,
    expires: Option<(i64, i64)>,
    /// The processor that keeps the card, if one does.
    pub(crate) kept_by: Option<String>,
    reference: Option<String>,
    customer: Option<String>,
    created_at: Timestamp,
}

fn stored(row: &Row) -> Result<StoredMethod, DbError> {
    let kind: String = row.get(2)?;
    let year: Option<i64> = row.get(10)?;
    Ok(StoredMethod {
        id: PaymentMethodId::from_uuid(row.get(0)?),
        user: UserId::from_uuid(row.get(1)?),
        kind: if kind == MeansKind::Card.code() { MeansKind::Card } else { MeansKind::BankAccount },
        country: row.get(3)?,
        account_type: row.get(4)?,
        details: row.get(5)?,
        holder: row.get(6)?,
        card_token: row.get(7)?,
        card_masked: row.get(8)?,
        brand: row.get(9)?,
        expires: year.zip(row.get(11)?),
        created_at: row.get(12)?,
        kept_by: row.get(13)?,
        reference: row.get(14)?,
        customer: row.get(15)?,
    })
}

impl StoredMethod {
    fn bank(&self, sealing: &Sealing) -> Result<BankAccount, Error> {
        let (Some(country), Some(kind), Some(details)) = (&self.country, &self.account_type, &self.details)
        else {
            return Err(Table::Method.corrupt("details"));
        };
        sealing.open_account(Table::Method, self.id.uuid(), country, kind, (details, &self.holder))
    }

    /// Where the bank account is; `None` for a card.
    pub(crate) fn bank_country(&self) -> Option<BankCountry> {
        self.country.as_deref().and_then(BankCountry::find)
    }

    /// Until when a card can be used; `None` for a bank account.
    pub(crate) fn expiry(&self) -> Result<Option<CardExpiry>, Error> {
        let expiry = self.expires.map(|(year, month)| CardExpiry::try_new(month, year)).transpose();
        expiry.map_err(|_| Table::Method.corrupt("expires_year"))
    }

    /// What a rail needs of it.
    pub(crate) fn means(&self, sealing: &Sealing) -> Result<Means, Error> {
        if self.kind == MeansKind::BankAccount {
            return self.bank(sealing).map(Means::Bank);
        }
        let corrupt = || Table::Method.corrupt("card_token");
        let masked = self.card_masked.as_deref().ok_or_else(corrupt)?;
        let brand = self.brand.as_deref().and_then(Brand::find).ok_or_else(corrupt)?;
        if let (Some(processor), Some(reference)) = (&self.kept_by, &self.reference) {
            return Ok(Means::Kept(KeptCard {
                processor: processor.clone(),
                reference: reference.clone(),
                customer: self.customer.clone(),
                masked: super::kept::masked(masked),
                brand,
            }));
        }
        let token = self.card_token.as_deref().and_then(|token| token.parse().ok()).ok_or_else(corrupt)?;
        // A mask of a mask is itself.
        Ok(Means::Card { token, masked: Masked::card(masked), brand })
    }

    /// What may be shown of it.
    pub(super) fn open(&self, sealing: &Sealing) -> Result<PaymentMethod, Error> {
        let corrupt = || Table::Method.corrupt("kind");
        let view = if self.kind == MeansKind::BankAccount {
            let bank = self.bank(sealing)?;
            MethodView::Bank {
                country: bank.place.country().code(),
                account_type: bank.kind.code(),
                masked_bank: bank.masked_bank().into_string(),
                masked: bank.masked().into_string(),
            }
        } else {
            let expiry = self.expiry()?.ok_or_else(corrupt)?;
            MethodView::Card {
                brand: self.brand.clone().ok_or_else(corrupt)?,
                masked: self.card_masked.clone().ok_or_else(corrupt)?,
                expires_month: expiry.month(),
                expires_year: expiry.year(),
                kept_by: self.kept_by.clone(),
            }
        };
        let holder = sealing.open(Table::Method, "holder", self.id.uuid(), &self.holder)?;
        let holder = holder.expose_str()?.to_owned();
        Ok(PaymentMethod { id: self.id, user: self.user, holder, view, created_at: self.created_at })
    }
}

/// The method of this identifier, unless it was forgotten.
pub(crate) fn find(reader: &mut Reader<'_>, id: PaymentMethodId) -> Result<Option<StoredMethod>, DbError> {
    let row = reader.row(select!("WHERE id = $1 AND removed_at_us IS NULL"), &params![id.uuid()])?;
    row.as_ref().map(stored).transpose()
}

/// The method of this identifier, forgotten or not: for a payment that was made with it.
pub(crate) fn method_of_order(tx: &mut Tx<'_>, id: PaymentMethodId) -> Result<Option<StoredMethod>, DbError> {
    tx.row(select!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(stored).transpose()
}

/// Whether a method is there to be paid with; it stays until the unit ends.
pub(crate) fn is_there(tx: &mut Tx<'_>, id: PaymentMethodId) -> Result<bool, DbError> {
    Ok(lock(tx, id)?.is_some())
}

pub(super) fn lock(tx: &mut Tx<'_>, id: PaymentMethodId) -> Result<Option<StoredMethod>, DbError> {
    let row = tx.row(select!("WHERE id = $1 AND removed_at_us IS NULL FOR UPDATE"), &params![id.uuid()])?;
    row.as_ref().map(stored).transpose()
}

/// Somebody's methods, in the order they were saved.
pub(super) fn of_user(
    reader: &mut Reader<'_>,
    user: UserId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<StoredMethod>, DbError> {
    let rows = reader.rows(
        select!("WHERE user_id = $1 AND id > $2 AND removed_at_us IS NULL ORDER BY id LIMIT $3"),
        &params![user.uuid(), after, limit],
    )?;
    rows.iter().map(stored).collect()
}

pub(super) fn insert_bank(
    tx: &mut Tx<'_>,
    (id, user): (PaymentMethodId, UserId),
    account: &BankAccount,
    sealed: &SealedAccount,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO payment_method (id, user_id, kind, country, account_type, details, details_index, holder, created_at_us)
         VALUES ($1, $2, 'bank_account', $3, $4, $5, $6, $7, $8)",
        &params![
            id.uuid(),
            user.uuid(),
            account.place.country().code(),
            account.kind.code(),
            &sealed.details,
            sealed.index,
            &sealed.holder,
            now,
        ],
    )?;
    Ok(())
}

/// A card's row to be.
pub(super) struct CardRow<'a> {
    pub(super) token: &'a str,
    pub(super) masked: &'a str,
    pub(super) brand: Brand,
    pub(super) expiry: CardExpiry,
    pub(super) holder: &'a str,
}

pub(super) fn insert_card(
    tx: &mut Tx<'_>,
    (id, user): (PaymentMethodId, UserId),
    card: &CardRow<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO payment_method (id, user_id, kind, holder, card_token, card_masked, brand, expires_year, expires_month,
                                     created_at_us)
         VALUES ($1, $2, 'card', $3, $4, $5, $6, $7, $8, $9)",
        &params![
            id.uuid(),
            user.uuid(),
            card.holder,
            card.token,
            card.masked,
            card.brand.code(),
            i64::from(card.expiry.year()),
            i64::from(card.expiry.month()),
            now,
        ],
    )?;
    Ok(())
}

/// Whether a payment that is under way is made with it.
pub(super) fn is_in_use(tx: &mut Tx<'_>, id: PaymentMethodId) -> Result<bool, DbError> {
    let row = tx.row(
        "SELECT 1 FROM payment_order WHERE method_id = $1 AND status IN ('pending', 'processing', 'unknown') LIMIT 1",
        &params![id.uuid()],
    )?;
    Ok(row.is_some())
}

pub(super) fn remove(tx: &mut Tx<'_>, id: PaymentMethodId, now: Timestamp) -> Result<(), DbError> {
    tx.execute("UPDATE payment_method SET removed_at_us = $2 WHERE id = $1", &params![id.uuid(), now])?;
    Ok(())
}

/// Writes another bank account in the place of this one, as its bank wants it; false where the method is another by now,
/// was forgotten, or the other is saved already.
pub(crate) fn correct(
    tx: &mut Tx<'_>,
    sealing: &Sealing,
    id: PaymentMethodId,
    (before, after): (&BankAccount, &BankAccount),
) -> Result<bool, Error> {
    let Some(method) = lock(tx, id)? else { return Ok(false) };
    if method.kind != MeansKind::BankAccount {
        return Ok(false);
    }
    let saved = method.bank(sealing)?;
    if saved == *after {
        return Ok(true);
    }
    if saved != *before {
        return Ok(false);
    }
    let sealed = sealing.seal_account(Table::Method, id.uuid(), after)?;
    let taken = tx.row(
        "SELECT 1 FROM payment_method WHERE user_id = $1 AND details_index = $2 AND id <> $3 AND removed_at_us IS NULL",
        &params![method.user.uuid(), sealed.index, id.uuid()],
    )?;
    if taken.is_some() {
        return Ok(false);
    }
    tx.execute(
        "UPDATE payment_method SET account_type = $2, details = $3, details_index = $4 WHERE id = $1",
        &params![id.uuid(), after.kind.code(), &sealed.details, sealed.index],
    )?;
    Ok(true)
}
