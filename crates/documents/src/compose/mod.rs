//! The words and the order of each kind of document.

mod account;
mod adverse;
mod card;
mod disclosure;
mod estimate;
mod estimate_costs;
mod loan;
mod payoff;
mod receipt;
mod schedule;

use florin_kernel::Date;

use crate::Error;
use crate::model::{Document, Institution, Party};
use crate::sheet::{Block, Sheet};
use crate::words::long_day;

/// The document as a sequence of blocks.
///
/// # Errors
/// [`Error::Money`] where a total does not fit.
pub fn sheet(document: &Document) -> Result<Sheet, Error> {
    match document {
        Document::AccountStatement(it) => account::sheet(it),
        Document::LoanStatement(it) => loan::sheet(it),
        Document::CardStatement(it) => card::sheet(it),
        Document::Schedule(it) => schedule::sheet(it),
        Document::LendingDisclosure(it) => disclosure::sheet(it),
        Document::LoanEstimate(it) => estimate::sheet(it),
        Document::AdverseAction(it) => Ok(adverse::sheet(it)),
        Document::PaymentReceipt(it) => receipt::sheet(it),
        Document::PayoffLetter(it) => payoff::sheet(it),
    }
}

/// The head that all documents share, with no blocks yet.
struct Head<'a> {
    title: &'a str,
    subtitle: String,
    institution: &'a Institution,
    party: &'a Party,
    particulars: Vec<(&'a str, String)>,
    running: String,
    issued_on: Date,
    identity: String,
}

impl Head<'_> {
    fn with(self, blocks: Vec<Block>) -> Sheet {
        let mut addressee = vec![self.party.name.clone()];
        addressee.extend(self.party.address.iter().cloned());
        addressee.retain(|line| !line.trim().is_empty());
        let own = |(label, value): (&str, String)| (label.to_owned(), value);
        Sheet {
            title: self.title.to_owned(),
            subtitle: self.subtitle,
            issuer: (self.institution.name.clone(), self.institution.address.clone()),
            addressee,
            particulars: self.particulars.into_iter().map(own).collect(),
            running: self.running,
            issued_on: self.issued_on,
            identity: self.identity,
            blocks,
        }
    }
}

/// `January 1, 2026 to January 31, 2026`.
fn span(from: Date, to: Date) -> String {
    format!("{} to {}", long_day(from), long_day(to))
}

fn fact(label: &str, value: impl Into<String>) -> (String, String) {
    (label.to_owned(), value.into())
}

fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

fn small(text: impl Into<String>) -> Block {
    Block::Small(text.into())
}

/// The last twelve letters, by which a person tells entries apart; the other formats have it whole.
fn short(id: &str) -> String {
    let letters: Vec<char> = id.chars().filter(char::is_ascii_alphanumeric).collect();
    letters.iter().skip(letters.len().saturating_sub(12)).collect::<String>().to_uppercase()
}
