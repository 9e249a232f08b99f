//! What of borrowers is kept sealed, and how it is found again.

use florin_db::{SealedColumn, sealed_column};
use florin_kernel::LoanId;
use florin_vault::{Column, Keyring, Masked, Normal, Place, VaultError};
use zeroize::Zeroizing;

use crate::loan_row::SealedNumber;
use crate::ports::TaxNumber;
use crate::{ApplicationId, QuestionId};

const APPLICATION: &str = "lending_application";
const LOAN: &str = "lending_loan";
const QUESTION: &str = "lending_question";
const TAX_ID: Column = Column { table: APPLICATION, column: "tax_id", normal: Normal::Exact };
/// Not a column of its own: the last digits of the tax number, under a key that is not the number's.
const LAST_FOUR: Column = Column { table: APPLICATION, column: "tax_id_last_four", normal: Normal::Exact };
const EMAIL: Column = Column { table: APPLICATION, column: "email", normal: Normal::Exact };
const ACCOUNT_NUMBER: Column = Column { table: LOAN, column: "account_number", normal: Normal::Code };

/// The columns of this crate whose values are sealed.
pub static SEALED: &[SealedColumn] = &[
    sealed_column!("lending_application", "tax_id", "id", beside "tax_id_kind",
        index "tax_id_index" by |vault, kind, digits| Some(tax_id_index(vault, TaxNumber::parse(kind?)?, digits)),
        index "tax_id_last_four_index" by |vault, _, digits| Some(last_four_index(vault, last_four(digits)))),
    sealed_column!("lending_application", "email", "id", beside "NULL",
        index "email_index" by |vault, _, email| Some(email_index(vault, email))),
    sealed_column!("lending_application", "phone", "id"),
    sealed_column!("lending_question", "question", "id"),
    sealed_column!("lending_question", "answer", "id"),
    sealed_column!("lending_loan", "account_number", "id", beside "NULL",
        index "account_number_index" by |vault, _, number| Some(vault.blind_index(ACCOUNT_NUMBER).of(number))),
];

/// An SSN and a SIN of the same digits are two.
fn tax_id_index(vault: &Keyring, kind: TaxNumber, digits: &str) -> [u8; 32] {
    vault.blind_index(TAX_ID).of(&Zeroizing::new(format!("{} {digits}", kind.code())))
}

fn last_four_index(vault: &Keyring, digits: &str) -> [u8; 32] {
    vault.blind_index(LAST_FOUR).of(digits)
}

/// An email is found however its letters were typed.
fn email_index(vault: &Keyring, email: &str) -> [u8; 32] {
    vault.blind_index(EMAIL).of(&Zeroizing::new(email.to_lowercase()))
}

fn last_four(digits: &str) -> &str {
    digits.get(digits.len().saturating_sub(4)..).unwrap_or_default()
}

/// What is personal in an application, opened. It is never printed.
#[derive(Clone)]
pub(crate) struct Personal {
    pub tax_number: TaxNumber,
    pub tax_digits: Zeroizing<String>,
    pub email: Zeroizing<String>,
    pub phone: Zeroizing<String>,
}

impl std::fmt::Debug for Personal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Personal(…)")
    }
}

/// The same, as it is kept.
#[derive(Clone)]
pub(crate) struct SealedPersonal {
    pub tax_number: TaxNumber,
    pub tax_id: String,
    pub email: String,
    pub phone: String,
}

/// The blind indexes of what is personal.
pub(crate) struct Indexes {
    pub tax_id: [u8; 32],
    pub last_four: [u8; 32],
    pub email: [u8; 32],
}

/// Seals and opens, each for its row. Clones share the keys.
#[derive(Clone)]
pub(crate) struct Sealing(Keyring);

impl Sealing {
    pub(crate) const fn new(vault: Keyring) -> Self {
        Self(vault)
    }

    pub(crate) fn seal(
        &self,
        id: ApplicationId,
        personal: &Personal,
    ) -> Result<(SealedPersonal, Indexes), VaultError> {
        let seal =
            |column, plain: &str| self.0.seal(&Place::new(APPLICATION, column, id.uuid()), plain.as_bytes());
        let sealed = SealedPersonal {
            tax_number: personal.tax_number,
            tax_id: seal("tax_id", &personal.tax_digits)?,
            email: seal("email", &personal.email)?,
            phone: seal("phone", &personal.phone)?,
        };
        let indexes = Indexes {
            tax_id: self.tax_id_index(personal.tax_number, &personal.tax_digits),
            last_four: self.last_four_index(last_four(&personal.tax_digits)),
            email: self.email_index(&personal.email),
        };
        Ok((sealed, indexes))
    }

    pub(crate) fn open(&self, id: ApplicationId, sealed: &SealedPersonal) -> Result<Personal, VaultError> {
        let open = |column, text: &str| {
            let opened = self.0.open(&Place::new(APPLICATION, column, id.uuid()), text)?;
            Ok::<_, VaultError>(Zeroizing::new(opened.expose_str()?.to_owned()))
        };
        Ok(Personal {
            tax_number: sealed.tax_number,
            tax_digits: open("tax_id", &sealed.tax_id)?,
            email: open("email", &sealed.email)?,
            phone: open("phone", &sealed.phone)?,
        })
    }

    pub(crate) fn tax_id_index(&self, kind: TaxNumber, digits: &str) -> [u8; 32] {
        tax_id_index(&self.0, kind, digits)
    }

    pub(crate) fn last_four_index(&self, digits: &str) -> [u8; 32] {
        last_four_index(&self.0, digits)
    }

    pub(crate) fn email_index(&self, email: &str) -> [u8; 32] {
        email_index(&self.0, email)
    }

    /// Another lender's account number, for a loan's row.
    pub(crate) fn seal_number(&self, id: LoanId, number: &str) -> Result<SealedNumber, VaultError> {
        Ok(SealedNumber {
            sealed: self.0.seal(&Place::new(LOAN, "account_number", id.uuid()), number.as_bytes())?,
            index: self.number_index(number),
            shown: Masked::last_four(number).into_string(),
        })
    }

    pub(crate) fn number_index(&self, number: &str) -> [u8; 32] {
        self.0.blind_index(ACCOUNT_NUMBER).of(number)
    }

    /// What is asked about an application, or answered.
    pub(crate) fn seal_question(
        &self,
        column: &'static str,
        id: QuestionId,
        text: &str,
    ) -> Result<String, VaultError> {
        self.0.seal(&Place::new(QUESTION, column, id.uuid()), text.as_bytes())
    }

    pub(crate) fn open_question(
        &self,
        column: &'static str,
        id: QuestionId,
        sealed: &str,
    ) -> Result<String, VaultError> {
        Ok(self.0.open(&Place::new(QUESTION, column, id.uuid()), sealed)?.expose_str()?.to_owned())
    }
}
