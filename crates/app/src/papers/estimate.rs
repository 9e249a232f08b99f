//! The loan estimate of a mortgage in US dollars (12 CFR 1026.37), from its terms and charges.

use florin_documents::{
    Comparisons, Institution, Itemised, LoanEstimate, Party, Percent, ProjectedPayment, SectionOfCosts,
};
use florin_kernel::{Date, Money};
use florin_lending::{ChargeKind, Frequency, Instalment, LoanSeen, Quote};

use super::{disclosure, words};

/// The months that "In 5 years" looks at.
const FIVE_YEARS_MONTHS: usize = 60;
/// The most columns of projected payments (12 CFR 1026.37(c)(1)).
const COLUMNS_MAX: usize = 4;
/// A section of the costs: its title, whether it is of the loan's costs, and which charges it has.
type Section = (&'static str, bool, &'static [ChargeKind]);

const SECTIONS: [Section; 5] = [
    ("A. Origination charges", true, &[ChargeKind::Origination, ChargeKind::Application, ChargeKind::Broker]),
    (
        "B. Services you cannot shop for",
        true,
        &[ChargeKind::Appraisal, ChargeKind::MortgageInsurance, ChargeKind::RequiredInsurance],
    ),
    ("C. Services you can shop for", true, &[ChargeKind::TitleInsurance, ChargeKind::RequiredLawyer]),
    ("E. Taxes and other government fees", false, &[ChargeKind::Registration]),
    ("H. Other", false, &[ChargeKind::OptionalInsurance, ChargeKind::Discharge]),
];

/// Whether there is a loan estimate of such terms: instalments are due each month.
pub(super) fn is_told_of(quote: &Quote) -> bool {
    quote.terms.frequency == Frequency::Monthly
}

/// The estimate. Charges are paid out of the loan; what is left of it the applicant is paid.
pub(super) fn estimate(
    loan: &LoanSeen,
    quote: &Quote,
    late_payment: String,
    (institution, applicant): (Institution, Party),
    issued_on: Date,
) -> LoanEstimate {
    let currency = quote.schedule.currency();
    let zero = Money::zero(currency);
    let money = |minor| Money::new(minor, currency);
    let charges = disclosure::charges(loan);
    let financed = charges.iter().fold(0_i64, |sum, charge| sum.saturating_add(charge.minor));
    let paid_out = quote.disclosure.paid_out;
    let balloon = balloon(quote);
    LoanEstimate {
        institution,
        applicant,
        reference: words::number(loan),
        issued_on,
        property: "property not stated".to_owned(),
        sale_price: None,
        term: words::term(quote.terms.instalments, quote.terms.frequency),
        purpose: "Purpose not stated".to_owned(),
        product: "Fixed rate".to_owned(),
        loan_type: "Conventional".to_owned(),
        rate_locked_until: loan.offer_ends_on,
        loan_amount: quote.terms.principal.money(),
        interest_rate: words::rate(quote.terms.annual_rate),
        principal_and_interest: money(
            quote.schedule.instalments().first().map_or(0, Instalment::payment_minor),
        ),
        prepayment_penalty: String::new(),
        balloon: balloon.map(money),
        projected: projected(quote, balloon),
        taxes_and_insurance: money(quote.terms.escrow_minor),
        costs: SECTIONS.iter().map(|section| costs(section, loan)).collect(),
        lender_credits: zero,
        financed_costs: money(financed),
        down_payment: zero,
        deposit: zero,
        funds_for_borrower: paid_out,
        seller_credits: zero,
        adjustments: zero,
        cash_to_close: money(paid_out.minor().saturating_neg()),
        comparisons: comparisons(loan, quote),
        is_assumable: false,
        late_payment,
        keeps_servicing: true,
    }
}

fn costs(&(title, is_loan_cost, kinds): &Section, loan: &LoanSeen) -> SectionOfCosts {
    let of_it = disclosure::charges(loan).iter().filter(|charge| kinds.contains(&charge.kind));
    let item = |charge: &florin_lending::Charge| Itemised {
        label: words::charge(charge.kind).to_owned(),
        amount: Money::new(charge.minor, loan.currency),
    };
    SectionOfCosts { title: title.to_owned(), is_loan_cost, items: of_it.map(item).collect() }
}

/// The last payment, where it is more than twice a regular one (12 CFR 1026.37(b)(5)).
fn balloon(quote: &Quote) -> Option<i64> {
    let all = quote.schedule.instalments();
    let last = all.last()?.payment_minor();
    let regular = all.iter().rev().nth(1)?.payment_minor();
    (last > regular.saturating_mul(2)).then_some(last)
}

/// Years with equal payments together; the last payment makes up for roundings and is left aside, but for a balloon.
fn projected(quote: &Quote, balloon: Option<i64>) -> Vec<ProjectedPayment> {
    let money = |minor| Money::new(minor, quote.schedule.currency());
    let all = quote.schedule.instalments();
    let years: Vec<i64> = all.chunks(12).filter_map(|year| Some(year.first()?.payment_minor())).collect();
    let mut columns = Vec::new();
    let mut from = 1_usize;
    for equal in years.chunk_by(|one, next| one == next) {
        let to = from.saturating_add(equal.len()).saturating_sub(1);
        let years = if from == to { format!("Year {from}") } else { format!("Years {from}–{to}") };
        columns.push(column(years, money(equal.first().copied().unwrap_or_default()), quote));
        from = to.saturating_add(1);
    }
    let room = COLUMNS_MAX.saturating_sub(usize::from(balloon.is_some()));
    columns.truncate(room);
    if let Some(last) = balloon {
        columns.push(column("Final payment".to_owned(), money(last), quote));
    }
    columns
}

fn column(years: String, principal_and_interest: Money, quote: &Quote) -> ProjectedPayment {
    let currency = quote.schedule.currency();
    ProjectedPayment {
        years,
        principal_and_interest,
        mortgage_insurance: Money::zero(currency),
        escrow: Money::new(quote.terms.escrow_minor, currency),
    }
}

fn comparisons(loan: &LoanSeen, quote: &Quote) -> Comparisons {
    let all = quote.schedule.instalments();
    let sum = |of: fn(&Instalment) -> i64, months: usize| {
        all.iter().take(months).fold(0_i64, |sum, one| sum.saturating_add(of(one)))
    };
    let loan_costs = disclosure::charges(loan)
        .iter()
        .filter(|charge| {
            SECTIONS.iter().any(|(_, is_loan_cost, kinds)| *is_loan_cost && kinds.contains(&charge.kind))
        })
        .fold(0_i64, |sum, charge| sum.saturating_add(charge.minor));
    let paid = sum(Instalment::payment_minor, FIVE_YEARS_MONTHS).saturating_add(loan_costs);
    let interest = i128::from(sum(|one| one.interest_minor, all.len()));
    let principal = i128::from(quote.terms.principal.minor()).max(1);
    // Thousandths of a per cent, a half rounded upwards.
    let share =
        interest.saturating_mul(200_000).saturating_add(principal).div_euclid(principal.saturating_mul(2));
    let money = |minor| Money::new(minor, quote.schedule.currency());
    Comparisons {
        five_years_total: money(paid),
        five_years_principal: money(sum(|one| one.principal_minor, FIVE_YEARS_MONTHS)),
        apr: words::apr(quote.disclosure.apr),
        total_interest: Percent::thousandths(i64::try_from(share).unwrap_or(i64::MAX)),
    }
}
