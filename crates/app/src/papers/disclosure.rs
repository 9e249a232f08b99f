//! What a loan or a quote costs, as a disclosure with its schedule.

use florin_documents::{
    CostOfBorrowing, Instalment, Institution, Itemised, LendingDisclosure, Party, PaymentStream,
    ScheduleDocument,
};
use florin_kernel::{Date, Money};
use florin_lending::{Amortization, AskQuote, Charge, ChargeKind, Contract, Kind, LoanSeen, Quote, Schedule};

use super::words;

/// Whose costs are told, and on which day.
pub(super) struct Told<'a> {
    pub(super) kind: Kind,
    pub(super) charges: &'a [Charge],
    pub(super) reference: String,
    pub(super) is_quote: bool,
    pub(super) late_charge: String,
    pub(super) institution: Institution,
    pub(super) borrower: Party,
    pub(super) issued_on: Date,
}

/// The disclosure of a quote.
pub fn of_quote(
    ask: &AskQuote,
    quote: &Quote,
    institution: Institution,
    borrower: Party,
    issued_on: Date,
) -> LendingDisclosure {
    let payments = quote.schedule.instalments().len();
    let told = Told {
        kind: ask.kind,
        charges: &ask.charges,
        reference: format!("{} over {payments} payments", words::product(ask.kind)),
        is_quote: true,
        late_charge: "As the agreement sets out.".to_owned(),
        institution,
        borrower,
        issued_on,
    };
    disclosure(told, quote)
}

pub(super) fn disclosure(told: Told<'_>, quote: &Quote) -> LendingDisclosure {
    let of = &quote.disclosure;
    let currency = quote.schedule.currency();
    let charges = |is_finance_charge: bool| {
        let wanted =
            told.charges.iter().filter(move |one| is_finance(one.kind, told.kind) == is_finance_charge);
        wanted.map(|one| Itemised {
            label: words::charge(one.kind).to_owned(),
            amount: Money::new(one.minor, currency),
        })
    };
    let to_you = Itemised { label: "Amount paid to you directly".to_owned(), amount: of.paid_out };
    let terms = &quote.terms;
    LendingDisclosure {
        reference: told.reference,
        product: words::product(told.kind).to_owned(),
        issued_on: told.issued_on,
        is_quote: told.is_quote,
        annual_rate: words::rate(terms.annual_rate),
        apr: words::apr(of.apr),
        finance_charge: of.finance_charge,
        amount_financed: of.amount_financed,
        total_of_payments: of.total_of_payments,
        itemised: [to_you].into_iter().chain(charges(false)).collect(),
        prepaid: charges(true).collect(),
        payments: streams(quote),
        late_charge: told.late_charge,
        prepayment: prepayment(told.is_quote).to_owned(),
        security: words::security(told.kind).to_owned(),
        cost_of_borrowing: quote.cost_of_borrowing.map(|cost| CostOfBorrowing {
            apr: words::apr(cost.apr),
            cost: Money::new(cost.cost_minor, currency),
            term: words::term(terms.instalments, terms.frequency),
            amortization: match terms.amortization {
                Amortization::Over(instalments) => words::term(instalments, terms.frequency),
                _ => words::term(terms.instalments, terms.frequency),
            },
            compounding: words::compounding(terms.compounding).to_owned(),
        }),
        schedule: instalments(&quote.schedule),
        institution: told.institution,
        borrower: told.borrower,
    }
}

const fn prepayment(is_quote: bool) -> &'static str {
    if is_quote {
        "You may pay off the loan early on the terms that the agreement sets out."
    } else {
        "If you pay off early, you will not have to pay a penalty, and you will not be entitled to a refund of part of the \
         finance charge that was paid out of the loan."
    }
}

const fn is_finance(charge: ChargeKind, kind: Kind) -> bool {
    charge.is_finance_charge(kind.is_secured_by_real_estate())
}

/// The schedule of a loan as it was agreed.
pub(super) fn schedule(
    loan: &LoanSeen,
    quote: &Quote,
    institution: Institution,
    borrower: Party,
    issued_on: Date,
) -> ScheduleDocument {
    ScheduleDocument {
        institution,
        borrower,
        reference: words::number(loan),
        product: words::product(loan.kind).to_owned(),
        issued_on,
        principal: quote.terms.principal.money(),
        annual_rate: words::rate(quote.terms.annual_rate),
        instalments: instalments(&quote.schedule),
    }
}

/// The charges that a loan's contract has.
pub(super) fn charges(loan: &LoanSeen) -> &[Charge] {
    match &loan.contract {
        Contract::Instalments(contract) => &contract.charges,
        Contract::Card(_) => &[],
    }
}

fn instalments(schedule: &Schedule) -> Vec<Instalment> {
    let money = |minor| Money::new(minor, schedule.currency());
    let instalment = |one: &florin_lending::Instalment| Instalment {
        number: one.number,
        due_on: one.due_on,
        payment: money(one.payment_minor()),
        interest: money(one.interest_minor),
        principal: money(one.principal_minor),
        balance: money(one.balance_minor),
    };
    schedule.instalments().iter().map(instalment).collect()
}

/// Equal payments that follow each other, together.
fn streams(quote: &Quote) -> Vec<PaymentStream> {
    let equal = |one: &florin_lending::Instalment, next: &florin_lending::Instalment| {
        one.payment_minor() == next.payment_minor()
    };
    let stream = |some: &[florin_lending::Instalment]| {
        let first = some.first()?;
        Some(PaymentStream {
            count: u16::try_from(some.len()).unwrap_or(u16::MAX),
            amount: Money::new(first.payment_minor(), quote.schedule.currency()),
            first_due_on: first.due_on,
            frequency: words::frequency(quote.terms.frequency).to_owned(),
        })
    };
    quote.schedule.instalments().chunk_by(equal).filter_map(stream).collect()
}
