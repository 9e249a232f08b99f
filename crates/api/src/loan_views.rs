//! Loans on the wire: what goes out of them.

use florin_kernel::{Currency, Money};
use florin_lending::{
    Allocation, Balances, CardHappening, Component, Contract, Due, EventSeen, Happened, Happening,
    Instalment, LoanSeen, Papers, Parts, Payoff, Received, ScheduleSeen,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::money::MoneyView;

/// A loan, with where it stands today.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoanView {
    /// Its identifier.
    id: String,
    /// `personal`, `mortgage`, `auto` or `credit-card`.
    kind: &'static str,
    /// `own`, or `external`: another lender's, which is paid through here.
    origin: &'static str,
    /// `offered`, `accepted`, `active`, `paid_off`, `written_off` or `withdrawn`.
    status: &'static str,
    /// Who owes it.
    customer_id: Option<String>,
    /// The application that it was made of.
    application_id: Option<String>,
    /// The product that it was made from, with its version.
    product: String,
    /// What was lent; none of a card.
    loan_amount: Option<MoneyView>,
    /// How much can be drawn on a card.
    credit_limit: Option<MoneyView>,
    /// The quoted yearly rate in per cent.
    #[schema(example = "9.99")]
    annual_rate: String,
    /// The annual percentage rate that was disclosed.
    apr: Option<String>,
    /// In how many instalments it is repaid.
    instalments: Option<u16>,
    /// Whose it is, where it is another lender's.
    #[serde(skip_serializing_if = "Option::is_none")]
    lender: Option<String>,
    /// That lender's number for it, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    account_number: Option<String>,
    /// All that is owed today; none before it was paid out.
    balance: Option<MoneyView>,
    /// What is owed today, and for what.
    owed: Option<PartsView>,
    /// What was paid and settles nothing yet.
    held: Option<MoneyView>,
    /// What is past due.
    past_due: Option<MoneyView>,
    /// For how many days.
    days_past_due: Option<u64>,
    /// How many of the product's thresholds these days have passed: 0 is current.
    delinquency_bucket: Option<usize>,
    /// The regular payment of interest and principal; of a card the minimum that is left to be paid.
    payment: Option<MoneyView>,
    /// What of a card's limit can still be drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    available_credit: Option<MoneyView>,
    /// When the next instalment falls due.
    next_due_date: Option<String>,
    /// When the last one does.
    maturity_date: Option<String>,
    /// Until when it can be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    offer_ends_on: Option<String>,
    /// The account that it was paid out to.
    #[serde(skip_serializing_if = "Option::is_none")]
    disbursed_to: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it was accepted.
    accepted_at: Option<String>,
    /// When it was paid out.
    disbursed_at: Option<String>,
}

/// A sum for each thing that is owed for.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartsView {
    /// What was lent.
    principal: MoneyView,
    /// Interest.
    interest: MoneyView,
    /// For services.
    fees: MoneyView,
    /// For being late.
    penalties: MoneyView,
    /// For taxes and insurance.
    escrow: MoneyView,
}

/// Makes views of minor units in a currency.
#[derive(Clone, Copy)]
pub struct In(pub Currency);

impl In {
    /// A sum.
    pub fn money(self, minor: i64) -> MoneyView {
        Money::new(minor, self.0).into()
    }

    /// A sum for each component.
    pub fn parts(self, parts: Parts) -> PartsView {
        PartsView {
            principal: self.money(parts.principal),
            interest: self.money(parts.interest),
            fees: self.money(parts.fee),
            penalties: self.money(parts.penalty),
            escrow: self.money(parts.escrow),
        }
    }
}

impl From<&LoanSeen> for LoanView {
    fn from(loan: &LoanSeen) -> Self {
        let (unit, balances) = (In(loan.currency), loan.balances.as_ref());
        let (amount, limit, rate, instalments) = match &loan.contract {
            Contract::Instalments(contract) => {
                let terms = &contract.terms;
                (Some(terms.principal.minor()), None, terms.annual_rate, Some(terms.instalments))
            }
            Contract::Card(card) => (None, Some(card.terms.limit_minor), card.terms.purchase_rate, None),
        };
        Self {
            id: loan.id.to_string(),
            kind: loan.kind.code(),
            origin: loan.origin.code(),
            status: loan.status.code(),
            customer_id: loan.borrower.map(|id| id.to_string()),
            application_id: loan.application.map(|id| id.to_string()),
            product: format!("{}/{}", loan.product.0, loan.product.1),
            loan_amount: amount.map(|minor| unit.money(minor)),
            credit_limit: limit.map(|minor| unit.money(minor)),
            annual_rate: rate.to_string(),
            apr: loan.papers.as_ref().map(|papers| papers.apr.clone()),
            instalments,
            lender: loan.lender.clone(),
            account_number: loan.account_number.clone(),
            balance: balances.map(|balances| unit.money(balances.owed.total())),
            owed: balances.map(|balances| unit.parts(balances.owed)),
            held: balances.map(|balances| unit.money(balances.held_minor)),
            past_due: balances.map(|balances| unit.money(balances.past_due.total())),
            days_past_due: balances.map(|balances| balances.days_past_due),
            delinquency_bucket: balances.map(|balances| balances.bucket),
            payment: payment(loan, balances).map(|minor| unit.money(minor)),
            available_credit: balances.and_then(|it| it.available_minor).map(|minor| unit.money(minor)),
            next_due_date: balances.and_then(|balances| balances.next_due_on).map(|day| day.to_string()),
            maturity_date: matures_on(loan, balances),
            offer_ends_on: loan.offer_ends_on.map(|day| day.to_string()),
            disbursed_to: loan.paid_to.map(|id| id.to_string()),
            created_at: loan.created_at.to_string(),
            accepted_at: loan.accepted_at.map(|at| at.to_string()),
            disbursed_at: loan.paid_out_at.map(|at| at.to_string()),
        }
    }
}

fn payment(loan: &LoanSeen, balances: Option<&Balances>) -> Option<i64> {
    let papers = loan.papers.as_ref().map(|papers| papers.payment_minor);
    balances.map(|balances| balances.payment_minor).filter(|minor| *minor > 0).or(papers)
}

fn matures_on(loan: &LoanSeen, balances: Option<&Balances>) -> Option<String> {
    let papers = loan.papers.as_ref().and_then(|papers| papers.matures_on);
    balances.and_then(|balances| balances.matures_on).or(papers).map(|day| day.to_string())
}

/// An instalment as it was agreed.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreedView {
    /// Its number, from one.
    number: u16,
    /// The day on which it is due.
    due_date: String,
    /// Interest and principal together.
    payment: MoneyView,
    /// The interest in it.
    interest: MoneyView,
    /// The principal in it.
    principal: MoneyView,
    /// The escrow on top of it.
    escrow: MoneyView,
    /// The principal that is owed after it.
    balance: MoneyView,
}

/// What is open, or will fall due.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueView {
    /// The instalment's number; none for a charge between instalments.
    number: Option<u16>,
    /// When it is due, or was.
    due_date: String,
    /// All that is open of it.
    amount: MoneyView,
    /// And for what.
    parts: PartsView,
}

/// A loan's schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleView {
    /// The loan.
    loan_id: String,
    /// As it was agreed.
    original: Vec<AgreedView>,
    /// What is open today, and what will fall due if each instalment is paid on its day.
    outlook: Vec<DueView>,
}

impl From<&ScheduleSeen> for ScheduleView {
    fn from(seen: &ScheduleSeen) -> Self {
        let unit = In(seen.loan.currency);
        let agreed = |one: &Instalment| AgreedView {
            number: one.number,
            due_date: one.due_on.to_string(),
            payment: unit.money(one.payment_minor()),
            interest: unit.money(one.interest_minor),
            principal: unit.money(one.principal_minor),
            escrow: unit.money(one.escrow_minor),
            balance: unit.money(one.balance_minor),
        };
        let due = |due: &Due| DueView {
            number: due.number,
            due_date: due.due_on.to_string(),
            amount: unit.money(due.open.total()),
            parts: unit.parts(due.open),
        };
        Self {
            loan_id: seen.loan.id.to_string(),
            original: seen.original.iter().map(agreed).collect(),
            outlook: seen.outlook.iter().map(due).collect(),
        }
    }
}

/// What it takes to be done with a loan on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoffView {
    /// The day.
    date: String,
    /// What is to be paid then.
    total: MoneyView,
    /// What is owed then, and for what.
    owed: PartsView,
    /// What is held already and counts against it.
    held: MoneyView,
    /// By how much it grows with one day more.
    per_diem: MoneyView,
}

impl PayoffView {
    /// The payoff of a loan in a currency.
    pub fn of(currency: Currency, payoff: &Payoff) -> Self {
        let unit = In(currency);
        Self {
            date: payoff.on.to_string(),
            total: unit.money(payoff.total_minor),
            owed: unit.parts(payoff.owed),
            held: unit.money(payoff.held_minor),
            per_diem: unit.money(payoff.per_diem_minor),
        }
    }
}

/// Where a payment went.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllocationView {
    /// To fees.
    fees: MoneyView,
    /// To late charges.
    penalties: MoneyView,
    /// To interest.
    interest: MoneyView,
    /// To escrow.
    escrow: MoneyView,
    /// To principal.
    principal: MoneyView,
    /// Held for instalments to come, or owed back.
    held: MoneyView,
    /// Paid after the loan was written off.
    recovered: MoneyView,
}

impl AllocationView {
    /// An allocation in a currency.
    pub fn of(currency: Currency, allocation: &Allocation) -> Self {
        let (unit, settled) = (In(currency), allocation.settled);
        Self {
            fees: unit.money(settled.fee),
            penalties: unit.money(settled.penalty),
            interest: unit.money(settled.interest),
            escrow: unit.money(settled.escrow),
            principal: unit.money(settled.principal),
            held: unit.money(allocation.held_minor),
            recovered: unit.money(allocation.recovered_minor),
        }
    }
}

/// A payment that was taken in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceivedView {
    /// The payment's identifier.
    id: String,
    /// The loan.
    loan_id: String,
    /// Where it went.
    allocation: AllocationView,
    /// What is owed after it.
    balance: MoneyView,
    /// Where the loan stands after it.
    status: &'static str,
}

impl From<&Received> for ReceivedView {
    fn from(received: &Received) -> Self {
        let currency = received.loan.currency;
        Self {
            id: received.event.to_string(),
            loan_id: received.loan.id.to_string(),
            allocation: AllocationView::of(currency, &received.allocation),
            balance: In(currency).money(received.balances.owed.total()),
            status: received.balances.status.code(),
        }
    }
}

/// Something that happened to a loan.
#[derive(Debug, Serialize, ToSchema)]
pub struct HappenedView {
    /// Its identifier; a payment's is that of its transfer.
    id: String,
    /// `paid`, `principal_paid`, `fee_charged`, `penalty_charged`, `waived`, `refunded`, `rescheduled`, `re_aged`,
    /// `written_off`, `rate_changed`; of a card also `purchased` and `cash_drawn`.
    kind: &'static str,
    /// How much, where it is a sum.
    amount: Option<MoneyView>,
    /// The day on which it counts.
    date: String,
    /// The business day on which it became known.
    known_on: String,
    /// The moment.
    known_at: String,
    /// Where a payment went when it was taken in.
    allocation: Option<AllocationView>,
    /// Whether it was taken back.
    reversed: bool,
    /// Who did it, where it was not the program; shown to staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Why; shown to staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl HappenedView {
    /// What happened to a loan in a currency.
    pub fn of(currency: Currency, event: &EventSeen) -> Self {
        let (kind, minor) = named(&event.what);
        Self {
            id: event.id.to_string(),
            kind,
            amount: minor.map(|minor| In(currency).money(minor)),
            date: event.on.to_string(),
            known_on: event.known_on.to_string(),
            known_at: event.known_at.to_string(),
            allocation: event.allocation.as_ref().map(|parts| AllocationView::of(currency, parts)),
            reversed: event.reversed,
            by: event.by.map(|by| by.to_string()),
            note: event.note.clone(),
        }
    }
}

fn named(what: &Happened) -> (&'static str, Option<i64>) {
    match what {
        Happened::Loan(what) => match what {
            Happening::RateChanged(_) => ("rate_changed", None),
            Happening::FeeCharged(minor) => ("fee_charged", Some(*minor)),
            Happening::PenaltyCharged(minor) => ("penalty_charged", Some(*minor)),
            Happening::Paid(minor) => ("paid", Some(*minor)),
            Happening::PrincipalPaid(minor) => ("principal_paid", Some(*minor)),
            Happening::Waived(_, minor) => ("waived", Some(*minor)),
            Happening::Refunded(minor) => ("refunded", Some(*minor)),
            Happening::Rescheduled(_) => ("rescheduled", None),
            Happening::ReAged => ("re_aged", None),
            Happening::WrittenOff => ("written_off", None),
        },
        Happened::Card(what) => match what {
            CardHappening::Purchased(minor) => ("purchased", Some(*minor)),
            CardHappening::CashDrawn(minor) => ("cash_drawn", Some(*minor)),
            CardHappening::FeeCharged(minor) => ("fee_charged", Some(*minor)),
            CardHappening::Paid(minor) => ("paid", Some(*minor)),
        },
    }
}

/// What a borrower is told before the loan: Regulation Z, and the Canadian cost of borrowing.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisclosureView {
    /// The loan.
    loan_id: String,
    /// The day of the terms.
    date: String,
    /// The annual percentage rate in per cent.
    apr: String,
    /// The quoted yearly rate in per cent.
    annual_rate: String,
    /// What the credit costs.
    finance_charge: MoneyView,
    /// The loan less prepaid finance charges.
    amount_financed: MoneyView,
    /// All payments together.
    total_of_payments: MoneyView,
    /// What the borrower gets.
    paid_out: MoneyView,
    /// What is taken out of the loan at its beginning.
    itemization: Vec<ChargeView>,
    /// How many payments there are.
    payments: u16,
    /// What the regular payment is.
    payment: MoneyView,
    /// What the last one is.
    last_payment: MoneyView,
    /// When the first is due.
    first_due_date: String,
    /// When the last is.
    maturity_date: Option<String>,
    /// Whether property secures the loan.
    secured: bool,
    /// The Canadian cost of borrowing, of a loan in Canadian dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_of_borrowing: Option<CanadianView>,
}

/// A charge at the beginning.
#[derive(Debug, Serialize, ToSchema)]
struct ChargeView {
    /// What it is for.
    kind: &'static str,
    /// How much.
    amount: MoneyView,
}

/// The cost of borrowing by SOR/2021-181.
#[derive(Debug, Serialize, ToSchema)]
struct CanadianView {
    /// The rate in per cent.
    apr: String,
    /// What is paid above what was advanced.
    cost: MoneyView,
}

impl DisclosureView {
    /// The papers of a loan.
    pub fn of(loan: &LoanSeen, papers: &Papers) -> Self {
        let unit = In(loan.currency);
        let charge = |charge: &florin_lending::Charge| ChargeView {
            kind: crate::loans::charge_word(charge.kind),
            amount: unit.money(charge.minor),
        };
        Self {
            loan_id: loan.id.to_string(),
            date: papers.disclosed_on.to_string(),
            apr: papers.apr.clone(),
            annual_rate: papers.annual_rate.to_string(),
            finance_charge: unit.money(papers.finance_charge_minor),
            amount_financed: unit.money(papers.amount_financed_minor),
            total_of_payments: unit.money(papers.total_of_payments_minor),
            paid_out: unit.money(papers.paid_out_minor),
            itemization: papers.charges.iter().map(charge).collect(),
            payments: papers.payments,
            payment: unit.money(papers.payment_minor),
            last_payment: unit.money(papers.last_payment_minor),
            first_due_date: papers.first_due_on.to_string(),
            maturity_date: papers.matures_on.map(|day| day.to_string()),
            secured: papers.secured,
            cost_of_borrowing: papers
                .cost_of_borrowing
                .as_ref()
                .map(|cost| CanadianView { apr: cost.apr.clone(), cost: unit.money(cost.cost_minor) }),
        }
    }
}

/// The component of a word, for what is waived.
pub const COMPONENTS: &[(&str, Component)] = &[
    ("fees", Component::Fee),
    ("penalties", Component::Penalty),
    ("interest", Component::Interest),
    ("principal", Component::Principal),
    ("escrow", Component::Escrow),
];
