//! The statement of a loan and the letter that tells what pays it off.

use florin_documents::{
    Direction, Institution, LoanStatement, LoanTransaction, Parts, Party, PayoffLetter, Period,
};
use florin_kernel::{Currency, Date, Money};
use florin_lending::{Contract, LateFee, Line, LineKind, LoanSeen, Parts as Minor, Payoff, Statement};

use super::words;
use crate::DocumentError;

/// The sums of a document, in which charges for default are fees.
pub(super) fn parts(minor: Minor, currency: Currency) -> Parts {
    let money = |minor| Money::new(minor, currency);
    Parts {
        fees: money(minor.fee.saturating_add(minor.penalty)),
        interest: money(minor.interest),
        escrow: money(minor.escrow),
        principal: money(minor.principal),
    }
}

/// The late fee that a loan's contract has.
pub(super) fn late_fee(loan: &LoanSeen) -> Option<LateFee> {
    match &loan.contract {
        Contract::Instalments(contract) => contract.servicing.late_fee,
        Contract::Card(card) => card.terms.late_fee,
    }
}

pub(super) fn statement(
    of: &Statement,
    institution: Institution,
    borrower: Party,
    issued_on: Date,
) -> Result<LoanStatement, DocumentError> {
    let loan = &of.loan;
    let money = |minor| Money::new(minor, loan.currency);
    Ok(LoanStatement {
        institution,
        borrower,
        number: words::number(loan),
        product: words::product(loan.kind).to_owned(),
        period: Period::new(of.from, of.to)?,
        issued_on,
        annual_rate: words::rate(of.annual_rate),
        matures_on: of.matures_on,
        opening_principal: money(of.opening_principal_minor),
        closing_principal: money(of.closing_principal_minor),
        escrow_balance: money(of.escrow_minor),
        due: parts(of.due, loan.currency),
        paid: parts(of.paid, loan.currency),
        past_due: parts(of.past_due, loan.currency),
        next_due: parts(of.next_due, loan.currency),
        next_due_on: of.next_due_on,
        late_charge: words::late_charge(late_fee(loan), loan.currency),
        interest_this_year: money(of.interest_this_year_minor),
        transactions: of.lines.iter().map(|line| transaction(line, loan.currency)).collect(),
    })
}

fn transaction(line: &Line, currency: Currency) -> LoanTransaction {
    LoanTransaction {
        id: line.id.clone(),
        on: line.on,
        description: described(line, currency),
        direction: if line.what.is_credit() { Direction::Credit } else { Direction::Debit },
        parts: parts(line.parts, currency),
    }
}

fn described(line: &Line, currency: Currency) -> String {
    let mut text = match line.what {
        LineKind::PaidOut => "Loan paid out",
        LineKind::Payment => "Payment",
        LineKind::PaymentReturned => "Payment returned",
        LineKind::Applied => "Applied from what was paid before",
        LineKind::LateFee => "Late fee",
        LineKind::Charge => "Fee",
        LineKind::ChargeTakenBack => "Late fee taken back",
        LineKind::Forgiven => "Forgiven",
        LineKind::Capitalized => "Added to the principal",
        LineKind::Refunded => "Given back to you",
        LineKind::WrittenOff => "Written off",
    }
    .to_owned();
    // A payment that is held, or was recovered, is in no column.
    if line.money_minor != 0 && line.money_minor != line.parts.total() {
        let money = Money::new(line.money_minor, currency);
        text = format!("{text} of {} {}", money.decimal(), currency.code());
    }
    match line.counts_on {
        Some(on) => format!("{text}, counting on {on}"),
        None => text,
    }
}

pub(super) fn payoff(
    loan: &LoanSeen,
    of: &Payoff,
    institution: Institution,
    borrower: Party,
    issued_on: Date,
) -> PayoffLetter {
    let money = |minor| Money::new(minor, loan.currency);
    let rate = match &loan.contract {
        Contract::Instalments(contract) => contract.terms.annual_rate,
        Contract::Card(card) => card.terms.purchase_rate,
    };
    PayoffLetter {
        institution,
        borrower,
        number: words::number(loan),
        product: words::product(loan.kind).to_owned(),
        issued_on,
        good_through: of.on,
        annual_rate: words::rate(rate),
        owed: parts(of.owed, loan.currency),
        held: money(of.held_minor),
        total: money(of.total_minor),
        per_diem: money(of.per_diem_minor),
    }
}
