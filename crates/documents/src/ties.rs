//! Whether the figures of a document agree, which is asked before it is made.

use florin_kernel::{Money, MoneyError};

use crate::Error;
use crate::model::{
    AccountStatement, AdverseAction, CardStatement, Direction, Document, Instalment, LendingDisclosure,
    LoanEstimate, LoanStatement, Parts, PaymentReceipt, PayoffLetter, ScheduleDocument,
};

/// The most principal reasons of a notice (12 CFR 1002.9, comment (b)(2)-1).
const REASONS_MAX: usize = 4;
/// The most factors of a credit score, inquiries included (15 U.S.C. 1681g(f)).
const FACTORS_MAX: usize = 5;

/// Refuses a document whose figures contradict each other.
///
/// # Errors
/// [`Error::DoesNotTie`], or [`Error::Money`].
pub fn check(document: &Document) -> Result<(), Error> {
    match document {
        Document::AccountStatement(it) => account(it),
        Document::LoanStatement(it) => loan(it),
        Document::CardStatement(it) => card(it),
        Document::Schedule(it) => schedule(it),
        Document::LendingDisclosure(it) => disclosure(it),
        Document::LoanEstimate(it) => estimate(it),
        Document::AdverseAction(it) => adverse(it),
        Document::PaymentReceipt(it) => receipt(it),
        Document::PayoffLetter(it) => payoff(it),
    }
}

fn must(ties: bool, what: &'static str) -> Result<(), Error> {
    if ties { Ok(()) } else { Err(Error::DoesNotTie(what)) }
}

fn account(it: &AccountStatement) -> Result<(), Error> {
    let mut balance = it.opening;
    let mut ids = std::collections::HashSet::with_capacity(it.entries.len());
    let mut before = it.period.from();
    for entry in &it.entries {
        balance = match entry.direction {
            Direction::Credit => balance.plus(entry.amount.money())?,
            Direction::Debit => balance.minus(entry.amount.money())?,
        };
        must(balance == entry.balance, "an entry's balance is not the one before with its amount")?;
        must(it.period.contains(entry.booked_on), "an entry lies outside of the period")?;
        must(before <= entry.booked_on, "entries are not in the order of booking")?;
        must(ids.insert(entry.id.as_str()), "two entries have one identifier")?;
        before = entry.booked_on;
    }
    must(balance == it.closing, "opening balance and entries do not lead to the closing balance")?;
    let (credits, debits) = (it.credits()?.0, it.debits()?.0);
    must(it.opening.plus(credits)?.minus(debits)? == it.closing, "totals do not lead to the closing balance")
}

fn loan(it: &LoanStatement) -> Result<(), Error> {
    let currency = it.opening_principal.currency();
    let mut principal = it.opening_principal;
    let mut paid = Parts::none(currency);
    for transaction in &it.transactions {
        must(it.period.contains(transaction.on), "a transaction lies outside of the period")?;
        match transaction.direction {
            Direction::Credit => {
                principal = principal.minus(transaction.parts.principal)?;
                paid = paid.plus(&transaction.parts)?;
            }
            Direction::Debit => principal = principal.plus(transaction.parts.principal)?,
        }
    }
    must(
        principal == it.closing_principal,
        "opening principal and transactions do not lead to the closing principal",
    )?;
    must(paid == it.paid, "payments do not add up to what was paid")?;
    it.past_due.total()?.plus(it.next_due.total()?)?;
    it.due.total()?;
    Ok(())
}

fn card(it: &CardStatement) -> Result<(), Error> {
    let owed = Money::total(
        it.previous_balance.currency(),
        [it.previous_balance, it.purchases, it.cash_advances, it.fees, it.interest, it.returned],
    )?;
    must(
        owed.minus(it.payments)? == it.new_balance,
        "the balance before and what was charged do not lead to the new balance",
    )?;
    let mut charged = Money::zero(owed.currency());
    let mut credited = Money::zero(owed.currency());
    for transaction in &it.transactions {
        match transaction.direction {
            Direction::Credit => credited = credited.plus(transaction.amount.money())?,
            Direction::Debit => charged = charged.plus(transaction.amount.money())?,
        }
    }
    must(credited == it.payments, "credits do not add up to the payments")?;
    let wanted =
        Money::total(owed.currency(), [it.purchases, it.cash_advances, it.fees, it.interest, it.returned])?;
    must(charged == wanted, "charges do not add up to purchases, advances, fees and interest")?;
    let interest = Money::total(owed.currency(), it.charges.iter().map(|charge| charge.interest))?;
    must(interest == it.interest, "interest by kind of balance does not add up to the interest charged")?;
    must(it.due_on > it.period.to(), "the payment is due before the cycle ends")
}

fn schedule(it: &ScheduleDocument) -> Result<(), Error> {
    instalments(it.principal, &it.instalments)
}

/// Each instalment is its parts, and each balance the one before less its principal.
fn instalments(principal: Money, all: &[Instalment]) -> Result<(), Error> {
    let mut balance = principal;
    for instalment in all {
        let parts = instalment.interest.plus(instalment.principal)?;
        must(parts == instalment.payment, "an instalment is not its interest and its principal")?;
        balance = balance.minus(instalment.principal)?;
        must(balance == instalment.balance, "a balance is not the one before less the principal paid")?;
    }
    Ok(())
}

fn disclosure(it: &LendingDisclosure) -> Result<(), Error> {
    let currency = it.amount_financed.currency();
    must(
        it.amount_financed.plus(it.finance_charge)? == it.total_of_payments,
        "amount financed and finance charge are not the total of payments",
    )?;
    let mut payments = Vec::with_capacity(it.payments.len());
    for stream in &it.payments {
        let minor = i128::from(stream.amount.minor()).saturating_mul(i128::from(stream.count));
        let minor = i64::try_from(minor).map_err(|_| MoneyError::Overflow)?;
        payments.push(Money::new(minor, stream.amount.currency()));
    }
    must(Money::total(currency, payments)? == it.total_of_payments, "payments do not add up to their total")?;
    let itemised = Money::total(currency, it.itemised.iter().map(|part| part.amount))?;
    must(itemised == it.amount_financed, "the itemisation does not add up to the amount financed")?;
    if it.schedule.is_empty() {
        return Ok(());
    }
    let prepaid = Money::total(currency, it.prepaid.iter().map(|part| part.amount))?;
    instalments(it.amount_financed.plus(prepaid)?, &it.schedule)?;
    let total = Money::total(currency, it.schedule.iter().map(|instalment| instalment.payment))?;
    must(total == it.total_of_payments, "the schedule does not add up to the total of payments")
}

fn estimate(it: &LoanEstimate) -> Result<(), Error> {
    must((1..=4).contains(&it.projected.len()), "there are one to four columns of projected payments")?;
    for projected in &it.projected {
        projected.total()?;
    }
    let costs = it.closing_costs()?;
    let brought = costs.minus(it.financed_costs)?.plus(it.down_payment)?;
    let less = it.deposit.plus(it.funds_for_borrower)?.plus(it.seller_credits)?;
    must(
        brought.minus(less)?.plus(it.adjustments)? == it.cash_to_close,
        "costs and payments do not lead to the cash to close",
    )?;
    let comparisons = it.comparisons;
    must(
        comparisons.five_years_principal.min(comparisons.five_years_total)?
            == comparisons.five_years_principal,
        "more principal is paid in five years than is paid at all",
    )
}

fn adverse(it: &AdverseAction) -> Result<(), Error> {
    must((1..=REASONS_MAX).contains(&it.reasons.len()), "there are one to four principal reasons")?;
    let Some(score) = &it.score else { return Ok(()) };
    must((1..=FACTORS_MAX).contains(&score.factors.len()), "there are one to five factors of a score")?;
    must(
        score.lowest < score.highest && (score.lowest..=score.highest).contains(&score.score),
        "the score lies outside of its range",
    )
}

fn receipt(it: &PaymentReceipt) -> Result<(), Error> {
    if let Some(parts) = &it.allocation {
        must(parts.total()? == it.amount.money(), "the allocation does not add up to the payment")?;
    }
    it.amount.money().plus(it.fee)?;
    Ok(())
}

fn payoff(it: &PayoffLetter) -> Result<(), Error> {
    let left = it.owed.total()?.minus(it.held)?;
    let zero = Money::zero(left.currency());
    let total = if left.minor() < 0 { zero } else { left };
    must(total == it.total, "what is owed less what is held is not the payoff amount")?;
    must(it.good_through >= it.issued_on, "the payoff ends before it is told")?;
    must(it.per_diem.minor() >= 0, "a payoff does not fall from day to day")
}
