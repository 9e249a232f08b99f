//! What is refused, and what fails beneath it.

use florin_db::DbError;
use florin_kernel::{Currency, Date, Denied, Fault, MoneyError, PageError};
use florin_ledger::rules::Code;
use florin_vault::VaultError;
use thiserror::Error;

use crate::{NoApr, NotOffered, NotRecorded, Refused, Status};

/// Why something about a loan was not done.
#[derive(Debug, Error)]
pub enum Error {
    /// No policy allows it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Fields that cannot be taken, each once.
    #[error("some values are not acceptable")]
    Invalid(Vec<Fault>),
    /// A page that cannot be asked for.
    #[error(transparent)]
    Page(#[from] PageError),
    /// An amount does not fit its currency.
    #[error("the amount cannot be used")]
    Money(#[from] MoneyError),
    /// A sum is in another currency than the loan.
    #[error("the loan is in {0}")]
    CurrencyMismatch(Currency),
    /// There is no such loan, or none that whoever asks may know of.
    #[error("there is no such loan")]
    LoanNotFound,
    /// There is no such application, or none that whoever asks may know of.
    #[error("there is no such application")]
    ApplicationNotFound,
    /// There is no such question about the application.
    #[error("there is no such question about this application")]
    QuestionNotFound,
    /// A question was answered, in other words.
    #[error("the question was answered already")]
    Answered,
    /// There is no such payment of the loan.
    #[error("there is no such payment of this loan")]
    PaymentNotFound,
    /// There is no such account of the borrower's.
    #[error("there is no such account of the borrower")]
    AccountNotFound,
    /// The person is not known as a customer.
    #[error("there is no such customer")]
    CustomerNotFound,
    /// The application was decided.
    #[error("the application was decided already")]
    Decided,
    /// This officer decided about it before.
    #[error("you decided about this application already: another officer is needed")]
    DecidedByYou,
    /// The officers name other terms than each other.
    #[error("the first officer agreed to other terms: repeat them, leave them out, or reject")]
    TermsDiffer,
    /// No product is offered in this kind and currency.
    #[error("no product of this kind is offered in {0}")]
    NoProduct(Currency),
    /// The terms are not what the product offers.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// No schedule follows from the terms.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No annual percentage rate follows from them.
    #[error(transparent)]
    NoApr(#[from] NoApr),
    /// The loan is not where it can be done.
    #[error("the loan is {}", .0.code())]
    Standing(Status),
    /// The offer is over.
    #[error("the offer ended on {0}")]
    OfferEnded(Date),
    /// The terms of today cost more than what was disclosed: 12 CFR 1026.17(f) asks for new disclosures first.
    #[error("paid out today the loan costs {today} %, and {disclosed} % was disclosed: approve it anew")]
    CostsMore {
        /// The annual percentage rate of the terms of today.
        today: String,
        /// What was disclosed.
        disclosed: String,
    },
    /// What is asked for belongs to loans that the institution lent itself.
    #[error("this is another lender's loan")]
    External,
    /// What is asked for belongs to loans in instalments.
    #[error("this is a card, and has no instalments")]
    Card,
    /// What is asked for belongs to cards.
    #[error("a loan in instalments is paid out once, and not drawn on")]
    NotACard,
    /// More is asked for than is left of a card's limit.
    #[error("{0}")]
    OverLimit(String),
    /// The loan does not take what happened.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
    /// It would change nothing.
    #[error("there is nothing to do: {0}")]
    Nothing(&'static str),
    /// The ledger refused.
    #[error("the ledger refused: {0}")]
    Ledger(Code),
    /// A value cannot be sealed or opened.
    #[error("a value cannot be sealed or opened")]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}
