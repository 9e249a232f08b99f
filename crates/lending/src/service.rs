//! The service: what is done to loans, and by whom.

use std::collections::HashSet;
use std::sync::Arc;

use florin_db::{Db, DbError};
use florin_kernel::{Actor, Currency, Date, LoanId, Resource, UserId};
use florin_ledger::Ledger;
use florin_vault::Keyring;
use parking_lot::RwLock;

use crate::legs::Book;
use crate::loan_row::LoanRow;
use crate::ports::{Borrowers, Score};
use crate::product_file::Products;
use crate::sealing::Sealing;

/// The institution's loans, and those of other lenders that are paid through it. Clones share them.
#[derive(Clone)]
pub struct Loans {
    pub(crate) db: Db,
    pub(crate) ledger: Ledger,
    pub(crate) products: Arc<Products>,
    pub(crate) sealing: Sealing,
    pub(crate) borrowers: Arc<dyn Borrowers>,
    pub(crate) score: Arc<dyn Score>,
    pub(crate) rules: Rules,
    /// Currencies in which all accounts of the institution that loans touch are known to be open.
    pub(crate) books_open: Arc<RwLock<HashSet<Currency>>>,
}

/// What an institution decides about its lending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What the lender is called in notices and disclosures.
    pub creditor: String,
    /// Where it can be written to.
    pub creditor_address: String,
    /// The federal agency that sees to its compliance, as the notice of 12 CFR 1002.9(b)(1) names it.
    pub agency: String,
    /// Whether two officers must agree.
    pub four_eyes: bool,
    /// For how many days an offer holds.
    pub offer_days: u16,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            creditor: "Florin".to_owned(),
            creditor_address: String::new(),
            agency: String::new(),
            four_eyes: true,
            offer_days: 30,
        }
    }
}

impl Loans {
    /// Loans over this ledger, of these products, with fields sealed by `vault`.
    pub fn new(
        db: Db,
        ledger: Ledger,
        products: Arc<Products>,
        vault: Keyring,
        borrowers: Arc<dyn Borrowers>,
        score: Arc<dyn Score>,
        rules: Rules,
    ) -> Self {
        let sealing = Sealing::new(vault);
        Self { db, ledger, products, sealing, borrowers, score, rules, books_open: Arc::default() }
    }

    /// The products that loans are made from.
    pub fn products(&self) -> &Products {
        &self.products
    }

    /// The business day of the institution.
    pub fn today(&self) -> Date {
        self.ledger.business_date(self.db.env().now())
    }

    /// Opens the institution's accounts that loans in a currency touch, once.
    pub(crate) async fn open_books(&self, currency: Currency) -> Result<(), DbError> {
        if self.books_open.read().contains(&currency) {
            return Ok(());
        }
        let ledger = self.ledger.clone();
        let open = move |tx: &mut florin_db::Tx<'_>| {
            Book::INTERNAL.iter().try_for_each(|code| ledger.ensure_internal(tx, *code, currency).map(drop))
        };
        let opened: Result<(), DbError> = self.db.housekeeping(open).await;
        match opened {
            // Two processes that open the same account at once both find it open afterwards.
            Err(DbError::Unique { .. }) => {}
            other => {
                other?;
                self.books_open.write().insert(currency);
            }
        }
        Ok(())
    }
}

/// A loan, as far as policies care.
pub(crate) fn resource_of(loan: &LoanRow) -> Resource {
    owned(Resource::one("loan", loan.id.uuid()), loan.borrower)
}

pub(crate) fn owned(resource: Resource, owner: Option<UserId>) -> Resource {
    owner.map_or(resource, |owner| resource.owned_by(owner))
}

/// A customer acts on what is their own; staff are asked about the thing as such.
pub(crate) fn own_or_any(by: &Actor) -> Resource {
    let resource = Resource::kind("loan");
    if by.is_staff() { resource } else { owned(resource, by.user()) }
}

/// Whose loans alone the actor may know of.
pub(crate) fn reach_of(by: &Actor) -> Option<UserId> {
    if by.is_staff() { None } else { by.user() }
}

/// Whether somebody who reaches no further than `reach` may know of this loan.
pub(crate) fn is_within(loan: &LoanRow, reach: Option<UserId>) -> bool {
    reach.is_none() || loan.borrower == reach
}

/// An identifier for a new loan.
pub(crate) fn new_loan_id(db: &Db) -> LoanId {
    LoanId::from_uuid(db.env().new_uuid())
}
