//! A customer's record as it lies in the database, and as it is when open.

use florin_db::{SealedColumn, sealed_column};
use florin_kernel::{Timestamp, UserId};
use florin_vault::{BlindIndex, Column, Keyring, Normal, Place, Secret, VaultError};
use zeroize::Zeroizing;

use crate::customer_form::Details;
use crate::{Address, BirthDate, Error, Phone, TaxId, TaxIdKind};

const TABLE: &str = "parties_customer";
const PHONE: Column = Column { table: TABLE, column: "phone", normal: Normal::Exact };
const TAX_ID: Column = Column { table: TABLE, column: "tax_id", normal: Normal::Exact };
/// Not a column of its own: the last digits of the tax number, under a key that is not the number's.
const LAST_FOUR: Column = Column { table: TABLE, column: "tax_id_last_four", normal: Normal::Exact };

/// The columns of this crate whose values are sealed.
pub static SEALED: &[SealedColumn] = &[
    sealed_column!("parties_customer", "phone", "user_id", beside "NULL",
        index "phone_index" by |vault, _, phone| Some(phone_index(&vault.blind_index(PHONE), &Phone::parse(phone)?))),
    sealed_column!("parties_customer", "date_of_birth", "user_id"),
    sealed_column!("parties_customer", "address", "user_id"),
    sealed_column!("parties_customer", "tax_id", "user_id", beside "tax_id_kind",
    index "tax_id_index" by |vault, kind, digits| {
        Some(tax_id_index(&vault.blind_index(TAX_ID), &stored_tax_id(kind?, digits)?))
    },
    index "tax_id_last_four_index" by |vault, kind, digits| {
        Some(vault.blind_index(LAST_FOUR).of(stored_tax_id(kind?, digits)?.last_four()))
    }),
];

fn phone_index(phones: &BlindIndex, phone: &Phone) -> [u8; 32] {
    phones.of(phone.expose())
}

/// An SSN and a SIN of the same digits are two.
fn tax_id_index(tax_ids: &BlindIndex, number: &TaxId) -> [u8; 32] {
    tax_ids.of(&Zeroizing::new(format!("{} {}", number.kind().code(), number.expose())))
}

fn stored_tax_id(kind: &str, digits: &str) -> Option<TaxId> {
    let kind = TaxIdKind::ALL.into_iter().find(|one| one.code() == kind)?;
    TaxId::parse(kind, digits)
}

/// A record that was opened.
pub(crate) struct Record {
    pub phone: Phone,
    pub date_of_birth: BirthDate,
    pub tax_id: Option<TaxId>,
    pub address: Address,
    pub version: u32,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

impl Record {
    pub(crate) fn details(&self) -> Details {
        Details {
            phone: self.phone.clone(),
            date_of_birth: self.date_of_birth,
            tax_id: self.tax_id.clone(),
            address: self.address.clone(),
        }
    }
}

/// A record as it is stored.
pub(crate) struct SealedRecord {
    pub phone: String,
    pub phone_index: [u8; 32],
    pub date_of_birth: String,
    pub address: String,
    pub tax_id: Option<SealedTaxId>,
}

/// A tax number as it is stored.
pub(crate) struct SealedTaxId {
    pub kind: &'static str,
    pub sealed: String,
    pub index: [u8; 32],
    pub last_four_index: [u8; 32],
}

/// What a stored row has to be opened.
pub(crate) struct Stored {
    pub phone: String,
    pub date_of_birth: String,
    pub address: String,
    pub tax_id: Option<(String, String)>,
    pub version: u32,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

/// Seals records, each for its row, and finds them. Clones share the keys.
#[derive(Clone)]
pub(crate) struct Sealing {
    vault: Keyring,
    phones: BlindIndex,
    tax_ids: BlindIndex,
    last_fours: BlindIndex,
}

impl Sealing {
    pub(crate) fn new(vault: Keyring) -> Self {
        Self {
            phones: vault.blind_index(PHONE),
            tax_ids: vault.blind_index(TAX_ID),
            last_fours: vault.blind_index(LAST_FOUR),
            vault,
        }
    }

    /// The index of a telephone number.
    pub(crate) fn phone_index(&self, phone: &Phone) -> [u8; 32] {
        phone_index(&self.phones, phone)
    }

    /// The index of a tax number; an SSN and a SIN of the same digits are two.
    pub(crate) fn tax_id_index(&self, number: &TaxId) -> [u8; 32] {
        tax_id_index(&self.tax_ids, number)
    }

    /// The index of the last four digits of a tax number.
    pub(crate) fn last_four_index(&self, digits: &str) -> [u8; 32] {
        self.last_fours.of(digits)
    }

    /// # Errors
    /// [`Error::Vault`].
    pub(crate) fn seal(&self, user: UserId, details: &Details) -> Result<SealedRecord, Error> {
        let seal = |column: &'static str, plain: &[u8]| {
            self.vault.seal(&Place::new(TABLE, column, user.uuid()), plain)
        };
        let address = serde_json::to_vec(&details.address).map(Zeroizing::new);
        let address = address.map_err(|error| florin_db::DbError::Other(error.to_string()))?;
        let born = Zeroizing::new(details.date_of_birth.expose());
        let tax_id = details.tax_id.as_ref().map(|number| {
            Ok::<_, VaultError>(SealedTaxId {
                kind: number.kind().code(),
                sealed: seal("tax_id", number.expose().as_bytes())?,
                index: self.tax_id_index(number),
                last_four_index: self.last_four_index(number.last_four()),
            })
        });
        Ok(SealedRecord {
            phone: seal("phone", details.phone.expose().as_bytes())?,
            phone_index: self.phone_index(&details.phone),
            date_of_birth: seal("date_of_birth", born.as_bytes())?,
            address: seal("address", &address)?,
            tax_id: tax_id.transpose()?,
        })
    }

    /// # Errors
    /// [`Error::Vault`] for what was not sealed for this row; it is never taken as it is.
    pub(crate) fn open(&self, user: UserId, stored: &Stored) -> Result<Record, Error> {
        let open = |column: &'static str, sealed: &str| -> Result<Secret, VaultError> {
            self.vault.open(&Place::new(TABLE, column, user.uuid()), sealed)
        };
        let corrupt = |column: &str| {
            Error::from(florin_db::DbError::Corrupt(format!("{TABLE}.{column} is not what was written")))
        };
        let phone = open("phone", &stored.phone)?;
        let born = open("date_of_birth", &stored.date_of_birth)?;
        let address = open("address", &stored.address)?;
        let tax_id = match &stored.tax_id {
            Some((kind, sealed)) => {
                let digits = open("tax_id", sealed)?;
                let number = stored_tax_id(kind, digits.expose_str()?);
                Some(number.ok_or_else(|| corrupt("tax_id"))?)
            }
            None => None,
        };
        Ok(Record {
            phone: Phone::parse(phone.expose_str()?).ok_or_else(|| corrupt("phone"))?,
            date_of_birth: BirthDate::stored(born.expose_str()?).ok_or_else(|| corrupt("date_of_birth"))?,
            tax_id,
            address: serde_json::from_slice(address.expose()).map_err(|_| corrupt("address"))?,
            version: stored.version,
            created_at: stored.created_at,
            changed_at: stored.changed_at,
        })
    }
}
