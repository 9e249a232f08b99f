//! The schedule of a loan.

use florin_kernel::Money;

use super::Head;
use crate::Error;
use crate::model::{Instalment, ScheduleDocument};
use crate::sheet::{Block, Column, Figure, Row, Sheet, Table};
use crate::words::{count, currency, day, figure, long_day, money};

pub fn sheet(it: &ScheduleDocument) -> Result<Sheet, Error> {
    let total = total_of(&it.instalments, it.principal, |one| one.payment)?;
    let interest = total_of(&it.instalments, it.principal, |one| one.interest)?;
    let number = u64::try_from(it.instalments.len()).unwrap_or(u64::MAX);
    let last = it.instalments.last().map(|one| format!("until {}", day(one.due_on))).unwrap_or_default();
    let figures = vec![
        Figure::new("Principal", money(it.principal), &format!("at {} % a year", it.annual_rate)).main(),
        Figure::new("Interest", money(interest), "over the whole term"),
        Figure::new("Total of payments", money(total), &last),
    ];
    let head = Head {
        title: "Payment schedule",
        subtitle: format!("{} · {}", it.product, count(number, "payment", "payments")),
        institution: &it.institution,
        party: &it.borrower,
        particulars: vec![
            ("Loan", it.reference.clone()),
            ("Currency", currency(it.principal.currency())),
            ("Issued", long_day(it.issued_on)),
        ],
        running: format!("{} {}", it.product, it.reference),
        issued_on: it.issued_on,
        identity: format!("schedule/{}/{}", it.reference, it.issued_on),
    };
    Ok(head.with(vec![Block::Figures(figures), Block::Table(table(&it.instalments, it.principal)?)]))
}

fn total_of(all: &[Instalment], like: Money, part: impl Fn(&Instalment) -> Money) -> Result<Money, Error> {
    Ok(Money::total(like.currency(), all.iter().map(part))?)
}

/// Every instalment, and their totals.
pub fn table(all: &[Instalment], like: Money) -> Result<Table, Error> {
    let columns = vec![
        Column::figures("No.", 7),
        Column::text("Due", 19),
        Column::figures("Payment", 18),
        Column::figures("Interest", 18),
        Column::figures("Principal", 18),
        Column::figures("Balance", 20),
    ];
    let row = |one: &Instalment| {
        let [payment, interest, principal, balance] =
            [one.payment, one.interest, one.principal, one.balance].map(figure);
        Row::of([one.number.to_string(), day(one.due_on), payment, interest, principal, balance])
    };
    let mut rows: Vec<Row> = all.iter().map(row).collect();
    let payment = total_of(all, like, |one| one.payment)?;
    let interest = total_of(all, like, |one| one.interest)?;
    let principal = total_of(all, like, |one| one.principal)?;
    let [payment, interest, principal] = [payment, interest, principal].map(figure);
    rows.push(Row::total([String::new(), "Total".to_owned(), payment, interest, principal, String::new()]));
    Ok(Table {
        summary: "Every payment with its interest, its principal and what is owed after it".to_owned(),
        columns,
        rows,
    })
}
