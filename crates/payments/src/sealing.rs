//! Numbers of accounts elsewhere, and names on them, as they lie in the database.

use florin_db::{DbError, SealedColumn, sealed_column};
use florin_kernel::{AccountId, BillerId, Uuid};
use florin_vault::{BlindIndex, Column, Keyring, Normal, Place, Secret, VaultError};

use crate::checks::BankAccount;
use crate::error::Error;

const METHOD: Column = Column { table: "payment_method", column: "details", normal: Normal::Exact };
const PAYEE: Column = Column { table: "payee", column: "details", normal: Normal::Exact };

/// The columns of this crate whose values are sealed.
pub static SEALED: &[SealedColumn] = &[
    sealed_column!("payment_method", "details", "id", beside "country",
        index "details_index" by |vault, country, text| Some(index(&vault.blind_index(METHOD), country?, text))),
    sealed_column!("payment_method", "holder", "id"),
    sealed_column!("payee", "details", "id", beside "COALESCE(country, kind)",
        index "details_index" by |vault, beside, text| Some(index(&vault.blind_index(PAYEE), beside?, text))),
    sealed_column!("payee", "holder", "id"),
    sealed_column!("bank_file", "content", "id"),
    sealed_column!("bank_file_entry", "details", "id"),
    sealed_column!("bank_file_entry", "holder", "id"),
    sealed_column!("bank_file_answer_line", "correction", "id"),
];

fn index(index: &BlindIndex, beside: &str, text: &str) -> [u8; 32] {
    index.of(&zeroize::Zeroizing::new(format!("{beside} {text}")))
}

/// Which table a value lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// Saved bank accounts and cards.
    Method,
    /// Whom somebody pays.
    Payee,
    /// Files for banks.
    BankFile,
    /// Payments in them.
    BankFileEntry,
    /// What banks answer.
    BankFileAnswerLine,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Method => "payment_method",
            Self::Payee => "payee",
            Self::BankFile => "bank_file",
            Self::BankFileEntry => "bank_file_entry",
            Self::BankFileAnswerLine => "bank_file_answer_line",
        }
    }

    /// A stored value that was never written so.
    pub(crate) fn corrupt(self, column: &str) -> Error {
        DbError::Corrupt(format!("{}.{column} is not what was written", self.name())).into()
    }
}

/// A bank account as it is stored.
pub(crate) struct SealedAccount {
    pub(crate) details: String,
    pub(crate) index: [u8; 32],
    pub(crate) holder: String,
}

/// Seals values for their rows, and finds them. Clones share the keys.
#[derive(Clone, Debug)]
pub(crate) struct Sealing {
    vault: Keyring,
    methods: BlindIndex,
    payees: BlindIndex,
}

impl Sealing {
    pub(crate) fn new(vault: Keyring) -> Self {
        Self { methods: vault.blind_index(METHOD), payees: vault.blind_index(PAYEE), vault }
    }

    pub(crate) fn seal(
        &self,
        table: Table,
        column: &'static str,
        row: Uuid,
        text: &str,
    ) -> Result<String, VaultError> {
        self.vault.seal(&Place::new(table.name(), column, row), text.as_bytes())
    }

    pub(crate) fn open(
        &self,
        table: Table,
        column: &'static str,
        row: Uuid,
        sealed: &str,
    ) -> Result<Secret, VaultError> {
        self.vault.open(&Place::new(table.name(), column, row), sealed)
    }

    /// A bank account, for its row.
    pub(crate) fn seal_account(
        &self,
        table: Table,
        row: Uuid,
        account: &BankAccount,
    ) -> Result<SealedAccount, Error> {
        let text = account.sealed_text();
        let keys = match table {
            Table::Method => &self.methods,
            _ => &self.payees,
        };
        Ok(SealedAccount {
            details: self.seal(table, "details", row, &text)?,
            index: index(keys, account.place.country().code(), &text),
            holder: self.seal(table, "holder", row, account.holder.expose())?,
        })
    }

    /// A bank account out of its row.
    pub(crate) fn open_account(
        &self,
        table: Table,
        row: Uuid,
        country: &str,
        kind: &str,
        sealed: (&str, &str),
    ) -> Result<BankAccount, Error> {
        let details = self.open(table, "details", row, sealed.0)?;
        let holder = self.open(table, "holder", row, sealed.1)?;
        let account =
            BankAccount::from_sealed_text(country, kind, details.expose_str()?, holder.expose_str()?);
        account.ok_or_else(|| table.corrupt("details"))
    }

    /// The index of a payee that is an account here.
    pub(crate) fn account_index(&self, account: AccountId) -> [u8; 32] {
        index(&self.payees, "account", &account.to_string())
    }

    /// A reference with a biller, sealed, and its index.
    pub(crate) fn seal_reference(
        &self,
        row: Uuid,
        biller: BillerId,
        reference: &str,
    ) -> Result<(String, [u8; 32]), VaultError> {
        let text = zeroize::Zeroizing::new(format!("{biller}/{reference}"));
        Ok((self.seal(Table::Payee, "details", row, &text)?, index(&self.payees, "biller", &text)))
    }

    /// The reference out of its row.
    pub(crate) fn open_reference(
        &self,
        row: Uuid,
        sealed: &str,
    ) -> Result<zeroize::Zeroizing<String>, Error> {
        let opened = self.open(Table::Payee, "details", row, sealed)?;
        let (_, reference) =
            opened.expose_str()?.split_once('/').ok_or_else(|| Table::Payee.corrupt("details"))?;
        Ok(zeroize::Zeroizing::new(reference.to_owned()))
    }
}
