//! Quotes: terms in, costs out.

use florin_kernel::{Amount, Currency, Money};
use florin_lending::{
    AskQuote, Charge, ChargeKind, Compounding, Frequency, Kind, NotQuoted, Refused, Repayment,
};

use crate::support::{amount, date, percent};

fn ask() -> AskQuote {
    AskQuote {
        kind: Kind::Personal,
        principal: amount(10_000_00),
        annual_rate: percent("8"),
        term_months: 36,
        amortization_months: None,
        repayment: Repayment::Level,
        frequency: Frequency::Monthly,
        day_count: None,
        compounding: None,
        started_on: date(2026, 1, 31),
        first_due_on: None,
        charges: vec![Charge { kind: ChargeKind::Origination, minor: 200_00 }],
    }
}

#[test]
fn an_american_loan_is_quoted_by_regulation_z() {
    let quote = ask().quote().unwrap();

    assert_eq!(quote.terms.first_due_on, date(2026, 2, 28));
    assert_eq!(quote.schedule.payment_minor(), 313_36);
    assert_eq!(quote.disclosure.apr.to_string(), "9.38");
    assert_eq!(quote.cost_of_borrowing, None);
}

#[test]
fn a_canadian_mortgage_compounds_half_yearly_and_has_its_cost_of_borrowing() {
    let ask = AskQuote {
        kind: Kind::Mortgage,
        principal: Amount::new(Money::new(500_000_00, Currency::CAD)).unwrap(),
        annual_rate: percent("5"),
        term_months: 60,
        amortization_months: Some(300),
        charges: Vec::new(),
        ..ask()
    };

    let quote = ask.quote().unwrap();

    assert_eq!(quote.terms.compounding, Compounding::HalfYearly);
    assert_eq!(quote.schedule.payment_minor(), 2_908_02);
    assert_eq!(quote.schedule.instalments().len(), 60);
    assert_eq!(quote.cost_of_borrowing.unwrap().apr.to_string(), "5.00");
}

#[test]
fn what_cannot_be_quoted_is_refused() {
    let refused = |ask: AskQuote| ask.quote().unwrap_err();
    assert_eq!(refused(AskQuote { kind: Kind::CreditCard, ..ask() }), NotQuoted::Revolving);
    assert_eq!(refused(AskQuote { term_months: 0, ..ask() }), NotQuoted::Term);
    assert_eq!(refused(AskQuote { term_months: 601, ..ask() }), NotQuoted::Term);
    assert_eq!(
        refused(AskQuote { frequency: Frequency::Quarterly, term_months: 37, ..ask() }),
        NotQuoted::Term
    );
    let odd = AskQuote { repayment: Repayment::InterestOnly, amortization_months: Some(60), ..ask() };
    assert_eq!(refused(odd), NotQuoted::Amortization);
    let short = AskQuote { amortization_months: Some(12), ..ask() };
    assert_eq!(refused(short), NotQuoted::Refused(Refused::AmortizationTooShort));
}
