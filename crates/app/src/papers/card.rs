//! The statement of a card, with the minimum payment warning.

use florin_documents::{
    CardStatement, CardTransaction, Direction, Error as NoDocument, Fee, Institution, MinimumOnly,
    MinimumWarning, Party, Percent, Period, ThirtySixMonths,
};
use florin_kernel::{Amount, Currency, Money};
use florin_lending::{
    CardCycle, CardLine, CardLineKind, MinimumWarning as Estimate, RateBalance, Timing, balance_for_canada,
};

use super::words;
use crate::DocumentError;

pub(super) fn statement(
    of: &CardCycle,
    (institution, holder): (Institution, Party),
    counselling_phone: &str,
) -> Result<CardStatement, DocumentError> {
    let currency = of.loan.currency;
    let money = |minor| Money::new(minor, currency);
    let sum = |what| money(of.sum(what));
    Ok(CardStatement {
        institution,
        holder,
        number: words::number(&of.loan),
        period: Period::new(of.from, of.told.closed_on)?,
        issued_on: of.told.closed_on,
        previous_balance: money(of.previous_minor),
        payments: sum(CardLineKind::Payment)
            .plus(sum(CardLineKind::ChargeTakenBack))
            .map_err(NoDocument::from)?,
        returned: sum(CardLineKind::PaymentReturned),
        purchases: sum(CardLineKind::Purchase),
        cash_advances: sum(CardLineKind::Cash),
        fees: sum(CardLineKind::Fee).plus(sum(CardLineKind::LateFee)).map_err(NoDocument::from)?,
        interest: sum(CardLineKind::Interest),
        new_balance: money(of.new_minor),
        credit_limit: money(of.terms.limit_minor),
        minimum_payment: money(of.told.minimum_minor),
        due_on: of.told.due_on,
        late_fee: late_fee(of).map(money),
        transactions: of.lines.iter().map(|line| transaction(line, currency)).collect::<Result<_, _>>()?,
        charges: charges(of),
        fees_this_year: money(of.fees_this_year_minor),
        interest_this_year: money(of.interest_this_year_minor),
        warning: warning(of, counselling_phone),
    })
}

/// What a late payment costs at most: never more than the minimum that is missed.
fn late_fee(of: &CardCycle) -> Option<i64> {
    let most = match of.terms.late_fee?.amount {
        florin_lending::LateAmount::Flat(minor) => minor,
        florin_lending::LateAmount::Share { most_minor, .. } => most_minor,
    };
    Some(most.min(of.told.minimum_minor)).filter(|minor| *minor > 0)
}

fn transaction(line: &CardLine, currency: Currency) -> Result<CardTransaction, DocumentError> {
    let description = match line.what {
        CardLineKind::Purchase => "Purchase",
        CardLineKind::Cash => "Cash advance",
        CardLineKind::Fee => "Cash advance fees",
        CardLineKind::LateFee => "Late fee",
        CardLineKind::Interest => "Interest charge",
        CardLineKind::Payment => "Payment",
        CardLineKind::PaymentReturned => "Payment returned",
        CardLineKind::ChargeTakenBack => "Charge taken back",
    };
    Ok(CardTransaction {
        id: line.id.clone(),
        on: line.on,
        booked_on: line.booked_on,
        description: description.to_owned(),
        direction: if line.what.is_credit() { Direction::Credit } else { Direction::Debit },
        amount: Amount::new(Money::new(line.minor, currency)).map_err(NoDocument::from)?,
    })
}

/// How the interest of the cycle was reckoned; what differs by what became known of earlier ones has a line of its own.
fn charges(of: &CardCycle) -> Vec<Fee> {
    let money = |minor| Money::new(minor, of.loan.currency);
    let told = of.told;
    let line = |kind: &str, apr, balance, interest| Fee {
        kind: kind.to_owned(),
        apr,
        balance: money(balance),
        interest: money(interest),
    };
    let mut charges = vec![
        line(
            "Purchases",
            words::rate(of.terms.purchase_rate),
            told.average_purchases_minor,
            told.interest_purchases_minor,
        ),
        line(
            "Cash advances",
            words::rate(of.terms.cash_rate),
            told.average_cash_minor,
            told.interest_cash_minor,
        ),
    ];
    let reckoned = told.interest_purchases_minor.saturating_add(told.interest_cash_minor);
    let earlier = of.sum(CardLineKind::Interest).saturating_sub(reckoned);
    if earlier != 0 {
        charges.push(line("Of earlier cycles", Percent::thousandths(0), 0, earlier));
    }
    charges
}

/// What paying the minimum alone comes to. In Canada it is estimated for the balance rounded up to the next hundred
/// (SOR/2021-181, s. 66), and repaying within three years is not told.
fn warning(of: &CardCycle, counselling_phone: &str) -> Option<MinimumWarning> {
    let (told, currency) = (of.told, of.loan.currency);
    if told.balance_minor <= 0 {
        return None;
    }
    let canadian = currency == Currency::CAD;
    let estimated = if canadian {
        balance_for_canada(told.balance_minor, currency.minor_per_major())
    } else {
        told.balance_minor
    };
    let more = estimated.saturating_sub(told.balance_minor);
    let balance = |minor, rate| RateBalance { minor, rate, promotion: None };
    let balances = [
        balance(told.purchases_minor.saturating_add(more), of.terms.purchase_rate),
        balance(told.cash_minor, of.terms.cash_rate),
    ];
    let money = |minor| Money::new(minor, currency);
    let estimate = Estimate::of(&balances, &of.terms.minimum, Timing::AccrueThenPay);
    let within_36 = estimate.as_ref().and_then(|estimate| estimate.within_36).filter(|_| !canadian);
    Some(MinimumWarning {
        minimum_only: estimate
            .map(|estimate| MinimumOnly { months: estimate.months, total: money(estimate.total_minor) }),
        thirty_six: within_36.map(|plan| ThirtySixMonths {
            payment: money(plan.payment_minor),
            total: money(plan.total_minor),
            savings: money(plan.savings_minor),
        }),
        counselling_phone: counselling_phone.to_owned(),
    })
}
