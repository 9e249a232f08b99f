//! What the institution hands out: statements, schedules, disclosures, receipts and notices.
//!
//! A document is a value of one typed model ([`Document`]); every format is made from it, so that a PDF
//! and the CSV beside it cannot disagree. The invariants:
//!
//! - What does not tie is refused ([`Error::DoesNotTie`]): opening balance, entries and closing balance of
//!   a statement, the rows of a schedule, the parts of a disclosure. There is no document of such figures.
//! - The same document gives the same bytes: every date is in the model, no clock is read.
//! - No text makes rendering fail: what the fonts do not cover is drawn as a replacement character and
//!   keeps its meaning for whoever copies it or has it read out.
//! - PDFs are tagged and meet PDF/UA-1 and PDF/A-2a, as far as a program can check that.
//!
//! The words of a document are English, and its money is written as people in North America write it. Callers
//! translate their own types into the model; this crate knows the kernel alone.

mod camt053;
mod compose;
mod csv;
mod error;
mod format;
mod json;
mod model;
mod ofx;
mod pdf;
mod render;
mod sheet;
mod ties;
mod words;
mod xml;

pub use csv::Csv;
pub use error::Error;
pub use format::{Format, Paper, Rendered, UnknownFormat};
pub use model::{
    AccountKind, AccountStatement, AdverseAction, Basis, CardStatement, CardTransaction, Comparisons,
    CostOfBorrowing, Creditor, Direction, Document, Entry, Fee, Instalment, Institution, Itemised,
    LendingDisclosure, LoanEstimate, LoanStatement, LoanTransaction, MinimumOnly, MinimumWarning, Parts,
    Party, PaymentReceipt, PaymentStream, PayoffLetter, Percent, Period, ProjectedPayment, ReportingAgency,
    ScheduleDocument, ScoreDisclosure, SectionOfCosts, ThirtySixMonths,
};
pub use render::{render, render_on};
