//! A quote as a document: what the loan would cost, with its schedule.

use florin_documents::{
    CostOfBorrowing, Instalment, Institution, Itemised, LendingDisclosure, Party, PaymentStream, Percent,
};
use florin_kernel::{Date, Money};
use florin_lending::{Apr, AskQuote, ChargeKind, Compounding, Frequency, Kind, Quote, Rate};

/// The disclosure of a quote.
pub fn disclosure(
    ask: &AskQuote,
    quote: &Quote,
    institution: Institution,
    borrower: Party,
    issued_on: Date,
) -> LendingDisclosure {
    let of = &quote.disclosure;
    let currency = quote.schedule.currency();
    let real_estate = ask.kind.is_secured_by_real_estate();
    let charges = |is_finance_charge: bool| {
        let wanted = ask
            .charges
            .iter()
            .filter(move |one| one.kind.is_finance_charge(real_estate) == is_finance_charge);
        wanted.map(|one| Itemised {
            label: charge(one.kind).to_owned(),
            amount: Money::new(one.minor, currency),
        })
    };
    let to_you = Itemised { label: "Amount paid to you directly".to_owned(), amount: of.paid_out };
    LendingDisclosure {
        institution,
        borrower,
        reference: format!("{} over {} payments", product(ask.kind), quote.schedule.instalments().len()),
        product: product(ask.kind).to_owned(),
        issued_on,
        is_quote: true,
        annual_rate: rate(ask.annual_rate),
        apr: apr(of.apr),
        finance_charge: of.finance_charge,
        amount_financed: of.amount_financed,
        total_of_payments: of.total_of_payments,
        itemised: [to_you].into_iter().chain(charges(false)).collect(),
        prepaid: charges(true).collect(),
        payments: streams(quote),
        late_charge: "As the agreement sets out.".to_owned(),
        prepayment: "You may pay off the loan early on the terms that the agreement sets out.".to_owned(),
        security: match ask.kind {
            Kind::Mortgage => "The property that is mortgaged.".to_owned(),
            Kind::Auto => "The vehicle that is bought.".to_owned(),
            Kind::Personal | Kind::CreditCard => String::new(),
        },
        cost_of_borrowing: quote.cost_of_borrowing.map(|cost| CostOfBorrowing {
            apr: apr(cost.apr),
            cost: Money::new(cost.cost_minor, currency),
            term: months(ask.term_months),
            amortization: months(ask.amortization_months.unwrap_or(ask.term_months)),
            compounding: compounding(quote.terms.compounding).to_owned(),
        }),
        schedule: instalments(quote),
    }
}

fn instalments(quote: &Quote) -> Vec<Instalment> {
    let money = |minor| Money::new(minor, quote.schedule.currency());
    let instalment = |one: &florin_lending::Instalment| Instalment {
        number: one.number,
        due_on: one.due_on,
        payment: money(one.payment_minor()),
        interest: money(one.interest_minor),
        principal: money(one.principal_minor),
        balance: money(one.balance_minor),
    };
    quote.schedule.instalments().iter().map(instalment).collect()
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
            frequency: frequency(quote.terms.frequency).to_owned(),
        })
    };
    quote.schedule.instalments().chunk_by(equal).filter_map(stream).collect()
}

/// Billionths of a thousandth, rounded half up to hundredths of a per cent, as it is disclosed.
fn apr(apr: Apr) -> Percent {
    let hundredths = apr.units().saturating_add(50_000_000) / 100_000_000;
    Percent::thousandths(i64::try_from(hundredths).unwrap_or(i64::MAX / 10).saturating_mul(10))
}

/// Billionths, rounded half up to thousandths of a per cent.
fn rate(rate: Rate) -> Percent {
    Percent::thousandths(i64::try_from(rate.ppb().saturating_add(5_000) / 10_000).unwrap_or(i64::MAX))
}

const fn product(kind: Kind) -> &'static str {
    match kind {
        Kind::Personal => "Personal loan",
        Kind::Mortgage => "Mortgage",
        Kind::Auto => "Auto loan",
        Kind::CreditCard => "Credit card",
    }
}

const fn charge(kind: ChargeKind) -> &'static str {
    match kind {
        ChargeKind::Origination => "Origination fee",
        ChargeKind::Application => "Application fee",
        ChargeKind::Broker => "Broker's fee",
        ChargeKind::RequiredInsurance => "Required insurance",
        ChargeKind::OptionalInsurance => "Optional insurance",
        ChargeKind::MortgageInsurance => "Mortgage insurance",
        ChargeKind::Appraisal => "Appraisal",
        ChargeKind::TitleInsurance => "Title insurance",
        ChargeKind::RequiredLawyer => "Lawyer or notary",
        ChargeKind::Registration => "Registration",
        ChargeKind::Discharge => "Discharge",
    }
}

const fn frequency(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Weekly => "weekly",
        Frequency::BiWeekly => "every two weeks",
        Frequency::SemiMonthly => "twice a month",
        Frequency::Monthly => "monthly",
        Frequency::Quarterly => "quarterly",
        Frequency::HalfYearly => "half-yearly",
        Frequency::Yearly => "yearly",
    }
}

const fn compounding(compounding: Compounding) -> &'static str {
    match compounding {
        Compounding::EachPeriod => "compounded with each payment, not in advance",
        Compounding::HalfYearly => "compounded half-yearly, not in advance",
        Compounding::Yearly => "compounded yearly, not in advance",
    }
}

/// `5 years`, or `30 months`.
fn months(months: u16) -> String {
    match (months / 12, months % 12) {
        (1, 0) => "1 year".to_owned(),
        (years, 0) => format!("{years} years"),
        _ if months == 1 => "1 month".to_owned(),
        _ => format!("{months} months"),
    }
}
