//! The letter that tells what pays a loan off.

use florin_kernel::Money;

use super::{Head, fact, heading, small, text};
use crate::Error;
use crate::model::PayoffLetter;
use crate::sheet::{Block, Column, Figure, Row, Sheet, Table};
use crate::words::{day, figure, long_day, money};

pub fn sheet(it: &PayoffLetter) -> Result<Sheet, Error> {
    let good_through = long_day(it.good_through);
    let mut blocks = vec![
        Block::Figures(vec![
            Figure::new("Payoff amount", money(it.total), &format!("good through {}", day(it.good_through)))
                .main(),
            Figure::new("Per diem", money(it.per_diem), "for each day after that"),
            Figure::new("Principal", money(it.owed.principal), "part of the payoff amount"),
        ]),
        text(format!(
            "This amount pays the loan off in full if we receive it by the end of {good_through}. For each day after \
             that, add the per diem interest of {}.",
            money(it.per_diem)
        )),
        heading("How it comes about"),
        Block::Table(parts(it)?),
        heading("Your loan"),
        Block::Facts(vec![
            fact("Loan", it.number.clone()),
            fact("Type", it.product.clone()),
            fact("Yearly interest rate", format!("{} %", it.annual_rate)),
        ]),
    ];
    blocks.push(small(
        "The amount counts on what we know today. A payment that is returned, a charge or a payment that comes before the \
         loan is paid off changes it. What is paid above it is given back.",
    ));
    let head = Head {
        title: "Payoff statement",
        subtitle: format!("Good through {good_through}"),
        institution: &it.institution,
        party: &it.borrower,
        particulars: vec![
            ("Loan", it.number.clone()),
            ("Type", it.product.clone()),
            ("Issued", long_day(it.issued_on)),
        ],
        running: format!("{} {}  ·  payoff through {}", it.product, it.number, day(it.good_through)),
        issued_on: it.issued_on,
        identity: format!("payoff/{}/{}/{}", it.number, it.issued_on, it.good_through),
    };
    Ok(head.with(blocks))
}

fn parts(it: &PayoffLetter) -> Result<Table, Error> {
    let mut rows: Vec<Row> = [
        ("Principal", it.owed.principal),
        ("Interest", it.owed.interest),
        ("Fees", it.owed.fees),
        ("Escrow", it.owed.escrow),
    ]
    .into_iter()
    .map(|(name, part)| Row::of([name.to_owned(), figure(part)]))
    .collect();
    if it.held.minor() != 0 {
        rows.push(Row::of([
            "Held for you".to_owned(),
            figure(Money::zero(it.held.currency()).minus(it.held)?),
        ]));
    }
    rows.push(Row::total(["Payoff amount".to_owned(), figure(it.total)]));
    let columns = vec![Column::text("For", 60), Column::figures("Amount", 24)];
    Ok(Table { summary: "What the payoff amount is made of".to_owned(), columns, rows })
}
