//! The statement of a credit card (12 CFR 1026.7(b)).

use super::{Head, fact, heading, short, small, span, text};
use crate::Error;
use crate::model::{CardStatement, CardTransaction, Direction, Fee, MinimumWarning};
use crate::sheet::{Block, Cell, Column, Figure, Row, Sheet, Table};
use crate::words::{day, figure, long_day, money, short_day, whole};

pub fn sheet(it: &CardStatement) -> Result<Sheet, Error> {
    let (from, to) = (it.period.from(), it.period.to());
    let available = it.credit_limit.minus(it.new_balance)?;
    let mut blocks = vec![Block::Figures(vec![
        Figure::new("New balance", money(it.new_balance), &format!("on {}", day(to))),
        Figure::new("Minimum payment due", money(it.minimum_payment), "at least").main(),
        Figure::new("Payment due date", day(it.due_on), "by 5 p.m.").main(),
        Figure::new("Available credit", money(available), &format!("of {}", money(it.credit_limit))),
    ])];
    if let Some(fee) = it.late_fee {
        let words = format!(
            "If we do not receive your minimum payment by the date listed above, you may have to pay a late fee of up to {}.",
            money(fee)
        );
        blocks.push(Block::Notice("Late payment warning".to_owned(), words));
    }
    if let Some(warning) = &it.warning {
        minimum(warning, &mut blocks);
    }
    blocks.extend([heading("Account summary"), Block::Facts(summary(it))]);
    blocks.extend([heading("Transactions"), Block::Table(transactions(it))]);
    blocks.extend([heading("Interest charge calculation"), Block::Table(charges(it))]);
    blocks.push(small("Your annual percentage rate is the yearly interest rate on your account."));
    let year = to.year();
    blocks.extend([
        heading(&format!("{year} totals year to date")),
        Block::Facts(vec![
            fact(&format!("Total fees charged in {year}"), money(it.fees_this_year)),
            fact(&format!("Total interest charged in {year}"), money(it.interest_this_year)),
        ]),
    ]);
    let head = Head {
        title: "Credit card statement",
        subtitle: span(from, to),
        institution: &it.institution,
        party: &it.holder,
        particulars: vec![("Card", it.number.clone()), ("Issued", long_day(it.issued_on))],
        running: format!("Card {}  ·  {} – {}", it.number, day(from), day(to)),
        issued_on: it.issued_on,
        identity: format!("card-statement/{}/{from}/{to}", it.number),
    };
    Ok(head.with(blocks))
}

/// The warning in the words and the form of 12 CFR 1026.7(b)(12) and its model form G-18.
fn minimum(warning: &MinimumWarning, blocks: &mut Vec<Block>) {
    blocks.push(heading("Minimum payment warning"));
    let columns = vec![
        Column::text("If you make no additional charges using this card and each month you pay…", 32),
        Column::text("You will pay off the balance shown on this statement in about…", 32),
        Column::text("And you will end up paying an estimated total of…", 32),
    ];
    match warning.minimum_only {
        Some(only) => {
            blocks.push(text(
                "If you make only the minimum payment each period, you will pay more in interest and it will take you \
                 longer to pay off your balance. For example:",
            ));
            let mut rows = vec![Row::of(["Only the minimum payment".to_owned(), duration(only.months), whole(only.total)])];
            if let Some(plan) = warning.thirty_six {
                let total = Cell { text: whole(plan.total), below: format!("Savings = {}", whole(plan.savings)) };
                rows.push(Row::of([whole(plan.payment).into(), "3 years".into(), total]));
            }
            let summary = "How long it takes to repay the balance, and what that costs".to_owned();
            blocks.push(Block::Table(Table { summary, columns, rows }));
        }
        None => blocks.push(text(
            "Even if you make no more charges using this card, if you make only the minimum payment each month we \
             estimate you will never pay off the balance shown on this statement because your payment will be less \
             than the interest charged each month.",
        )),
    }
    if let (None, Some(plan)) = (warning.minimum_only, warning.thirty_six) {
        blocks.push(text(format!(
            "If you make no additional charges using this card and pay {} each month, we estimate that you would pay \
             off the balance shown on this statement in 36 months.",
            whole(plan.payment)
        )));
    }
    if !warning.counselling_phone.is_empty() {
        blocks.push(text(format!(
            "If you would like information about credit counseling services, call {}.",
            warning.counselling_phone
        )));
    }
}

/// Months below two years, else the nearest number of years.
fn duration(months: u32) -> String {
    match months {
        1 => "1 month".to_owned(),
        2..24 => format!("{months} months"),
        _ => format!("{} years", months.saturating_add(6).div_euclid(12)),
    }
}

fn summary(it: &CardStatement) -> Vec<(String, String)> {
    let mut facts = vec![
        fact("Previous balance", money(it.previous_balance)),
        fact("Payments and credits", format!("\u{2212}{}", money(it.payments))),
    ];
    if it.returned.minor() != 0 {
        facts.push(fact("Payments returned", money(it.returned)));
    }
    facts.extend([
        fact("Purchases", money(it.purchases)),
        fact("Cash advances", money(it.cash_advances)),
        fact("Fees charged", money(it.fees)),
        fact("Interest charged", money(it.interest)),
        fact("New balance", money(it.new_balance)),
    ]);
    facts
}

fn transactions(it: &CardStatement) -> Table {
    let columns = vec![
        Column::text("Date", 10),
        Column::text("Booked", 10),
        Column::text("Description", 46),
        Column::figures("Charged", 18),
        Column::figures("Credited", 18),
    ];
    let row = |one: &CardTransaction| {
        let amount = Cell::from(figure(one.amount.money()));
        let (charged, credited) = match one.direction {
            Direction::Debit => (amount, Cell::default()),
            Direction::Credit => (Cell::default(), amount),
        };
        let what = Cell { text: one.description.clone(), below: format!("Ref.\u{a0}{}", short(&one.id)) };
        Row::of([short_day(one.on).into(), short_day(one.booked_on).into(), what, charged, credited])
    };
    Table {
        summary: "Transactions of the card in order".to_owned(),
        columns,
        rows: it.transactions.iter().map(row).collect(),
    }
}

fn charges(it: &CardStatement) -> Table {
    let columns = vec![
        Column::text("Type of balance", 34),
        Column::figures("Annual percentage rate (APR)", 22),
        Column::figures("Balance subject to interest rate", 22),
        Column::figures("Interest charge", 18),
    ];
    let row = |fee: &Fee| {
        Row::of([fee.kind.clone(), format!("{} %", fee.apr), figure(fee.balance), figure(fee.interest)])
    };
    let mut rows: Vec<Row> = it.charges.iter().map(row).collect();
    rows.push(Row::total([String::from("Total"), String::new(), String::new(), figure(it.interest)]));
    Table { summary: "How interest was reckoned".to_owned(), columns, rows }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_months_below_two_years_and_else_whole_years() {
        let written = [1, 2, 23, 24, 29, 30, 86].map(duration);
        assert_eq!(written, ["1 month", "2 months", "23 months", "2 years", "2 years", "3 years", "7 years"]);
    }
}
