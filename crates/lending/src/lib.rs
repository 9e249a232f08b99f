//! Lending: from an application to the last cent, over a core of pure functions.
//!
//! The core — terms, schedules, annual percentage rates, loans and cards — reads no clock, no store and no random number.
//! The service ([`Loans`]) keeps what was agreed and what happened, and has the ledger follow. What it upholds:
//!
//! - What happened to a loan is written down once and never changed ([`Happened`]); where it stands is computed from that.
//!   What the books have of it is stored beside it, and only the difference is ever posted, in one chain.
//! - What a borrower owes lies on accounts of the institution, one for each loan and [`Component`], which no transfer
//!   reaches. [`Loans::verify`] compares them with the history.
//! - Every unit of work locks its loan first and goes on to today before anything else, so that it never matters when
//!   the end of the day ran.
//! - No loan is made unless as many officers agreed as the house asks for, and none of them is its borrower.
//!
//! What the core upholds:
//!
//! - Money is an integer of minor units, and there is no float anywhere. Rates are parts per billion; interest is a
//!   fraction over 10¹⁸ until it is rounded, once, by the rule that the terms name ([`Rounding`]). Factors of growth and
//!   annual percentage rates are binary fixed point, 96 and 64 bits behind the point, and rounded once as well.
//! - A [`Schedule`] adds up to the minor unit: the last instalment is whatever is owed then.
//! - A [`Loan`] is a fold over its events in the order in which they count. An event that becomes known late is put where
//!   it belongs and the fold is done again; what differs is what there is to post ([`Figures::since`]).
//! - What is owed is what was earned less what was paid, forgiven and written off, in each [`Component`], on every day.
//! - Terms that contradict themselves or never repay the loan are [`Refused`], with the reason.
//!
//! The words: an *instalment* falls *due* on a day; what is *undue* is principal that has not; interest *accrues* and is
//! *billed* with an instalment; a payment is *allocated* by an [`Order`]; what it pays before it is due is *in advance*.
#![cfg_attr(
    test,
    expect(clippy::inconsistent_digit_grouping, reason = "sums of tests are written as dollars and cents")
)]

mod application;
mod application_store;
mod applications;
mod apr;
mod card;
mod card_books;
mod card_desk;
mod card_statements;
mod contract;
mod day_count;
mod decisions;
mod end_of_day;
mod error;
mod external;
mod fixed;
mod legs;
mod loan;
mod loan_row;
mod loan_store;
mod meter;
mod migrations;
mod opened;
mod owed;
mod papers;
mod payout;
mod ports;
mod posting;
mod product;
mod product_file;
mod question_store;
mod questions;
mod quote;
mod rate;
mod reading;
mod receipts;
mod rounding;
mod schedule;
mod sealing;
mod seen;
mod service;
mod servicing_desk;
mod statement;
mod stored;
mod terms;
mod told;
mod underwriting;
mod verify;

pub use application::{Application, ApplicationStatus, Apply, DecisionSeen, ForOfficers, GrantedTerms};
pub use apr::{
    Apr, Charge, ChargeKind, CostOfBorrowing, Disclosure, Equation, FLOWS_MINOR_MAX, Flow, InterestPeriod,
    NoApr, Span, UnitPeriod, prepayment_refund_minor,
};
pub use card::{
    BalanceKind, BalanceMethod, CardEvent, CardHappening, CardState, CardStatement, CardTerms,
    CardTermsRefused, CashFee, MinimumPayment, MinimumWarning, Payoff36, RateBalance, Timing, Until,
    balance_for_canada,
};
pub use card_books::{Draw, DrawKind, Drawn, NotDrawn};
pub use card_desk::DrawnRendered;
pub use card_statements::{CardCycle, CardLine, CardLineKind};
pub use contract::{CardContract, Contract, Happened, InstalmentContract};
pub use day_count::{DayCount, actual_days};
pub use end_of_day::{EndDays, EndOfDay};
pub use error::Error;
pub use external::{ExternalTerms, NewExternal};
pub use florin_calendar::{Calendar, Convention, Frequency};
pub use florin_kernel::Fault;
pub use loan::{
    AfterPrepayment, Bucket, Component, Delinquency, Direction, Due, EVENTS_MAX, Event, Excess, Figures,
    Happening, InvalidOrder, LateAmount, LateFee, Loan, LoanEventId, LoanState, NotRecorded, Order, Parts,
    Payoff, Rescheduling, Servicing, Standing, Step,
};
pub use loan_row::{Origin, Status};
pub use migrations::MIGRATIONS;
pub use opened::Balances;
pub use owed::Owed;
pub use papers::{CanadianCost, Papers};
pub use payout::Rendered;
pub use ports::{Borrowers, Check, Judgement, Outcome, Profile, Reason, Score, TaxNumber};
pub use product::{
    Catalogue, InstalmentOffer, InvalidCatalogue, Kind, NotOffered, Offer, ProductVersion, UnknownKind, Wish,
};
pub use product_file::{InvalidProducts, Price, Products};
pub use questions::{Given, Question};
pub use quote::{AskQuote, NotQuoted, Quote, Repayment, TERM_MONTHS_MAX};
pub use rate::{Compounding, Rate, RateError, SimpleRate};
pub use reading::{EventSeen, Found, LoanRowSeen, Payable, ScheduleSeen};
pub use receipts::{Allocation, GivenBack, NotReceived, Receipt, Received};
pub use rounding::Rounding;
pub use schedule::{Instalment, Schedule};
pub use sealing::SEALED;
pub use seen::LoanSeen;
pub use service::{Loans, Rules};
pub use servicing_desk::{ReceivedRendered, Serve, TakeIn, Weighty};
pub use statement::{Line, LineKind, Statement};
pub use terms::{
    Amortization, FIRST_PERIOD_DAYS_MAX, INSTALMENTS_MAX, PRINCIPAL_MINOR_MAX, PaymentRule, Refused, Terms,
};
pub use told::Settled;
pub use underwriting::BuiltInScore;
pub use verify::{LoanReport, verify};

florin_kernel::ids! {
    /// An application for a loan.
    ApplicationId,
    /// A question about an application.
    QuestionId,
}
