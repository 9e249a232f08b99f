//! The names of both sides of a payment, as its receipt tells them.

use florin_db::{DbError, Reader};
use florin_kernel::AccountId;
use florin_ledger::Ledger;

use super::Payments;
use super::record::{Carrier, PaymentOrder, Source, Target};
use crate::error::Error;
use crate::masked_number;
use crate::payees::any_payee;
use crate::rail::MeansKind;

/// Where the money of a payment came from and went to, with nothing in it that must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// `Checking ****0042`, `Card ****4242`.
    pub from: String,
    /// The payee, or the account; none for a loan, which lending names.
    pub to: Option<String>,
}

impl Payments {
    /// The names of both sides of a payment that the actor was shown.
    ///
    /// # Errors
    /// What the database says.
    pub async fn names(&self, order: &PaymentOrder) -> Result<Names, Error> {
        let (ledger, order) = (self.ledger.clone(), order.clone());
        self.db.read(move |reader| Ok(names(reader, &ledger, &order)?)).await
    }
}

fn names(reader: &mut Reader<'_>, ledger: &Ledger, order: &PaymentOrder) -> Result<Names, DbError> {
    let from = match (order.source, order.carrier) {
        (Source::Account(id), _) => account(reader, ledger, id)?,
        (Source::Method(_), Carrier::Rail(_, MeansKind::Card)) => named("Card", order),
        (Source::Method(_), _) => named("Bank account", order),
    };
    let to = match order.target {
        Target::Payee(id, _) => any_payee(reader, id)?,
        Target::Account => match order.credited {
            Some(id) => Some(account(reader, ledger, id)?),
            None => None,
        },
        Target::Loan(_) => None,
    };
    Ok(Names { from, to })
}

fn named(what: &str, order: &PaymentOrder) -> String {
    format!("{what} {}", order.method_masked.as_deref().unwrap_or("on file"))
}

fn account(reader: &mut Reader<'_>, ledger: &Ledger, id: AccountId) -> Result<String, DbError> {
    let Some(view) = ledger.account(reader, id)? else { return Ok("Account".to_owned()) };
    let kind = match view.kind.as_str() {
        "checking" => "Checking",
        "savings" => "Savings",
        _ => "Account",
    };
    Ok(format!("{kind} {}", masked_number(view.no)))
}
