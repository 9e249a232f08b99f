//! The statement of a loan, in the order of 12 CFR 1026.41(d).

use super::{Head, fact, heading, short, small, span};
use crate::Error;
use crate::model::{Direction, LoanStatement, LoanTransaction, Parts};
use crate::sheet::{Block, Cell, Column, Figure, Row, Sheet, Table};
use crate::words::{day, figure, long_day, money, short_day};

pub fn sheet(it: &LoanStatement) -> Result<Sheet, Error> {
    let (from, to) = (it.period.from(), it.period.to());
    let owed = it.past_due.total()?.plus(it.next_due.total()?)?;
    let due_on = it.next_due_on.map(|on| format!("by {}", day(on))).unwrap_or_default();
    let figures = vec![
        Figure::new("Amount due", money(owed), &due_on).main(),
        Figure::new("Past due", money(it.past_due.total()?), "part of the amount due"),
        Figure::new("Principal", money(it.closing_principal), &format!("on {}", day(to))),
        Figure::new("Interest paid", money(it.interest_this_year), &format!("since Jan 1, {}", to.year())),
    ];
    let mut blocks = vec![Block::Figures(figures), heading("What is due"), Block::Table(due(it)?)];
    if !it.late_charge.is_empty() {
        blocks.push(Block::Notice("If your payment is late".to_owned(), it.late_charge.clone()));
    }
    blocks.extend([
        heading("Transactions"),
        Block::Table(transactions(it)?),
        heading("Your loan"),
        Block::Facts(facts(it)),
    ]);
    blocks.push(small("Payments are applied in the order that your agreement sets out. Figures are as of the last day of the period."));
    let head = Head {
        title: "Loan statement",
        subtitle: span(from, to),
        institution: &it.institution,
        party: &it.borrower,
        particulars: vec![
            ("Loan", it.number.clone()),
            ("Type", it.product.clone()),
            ("Issued", long_day(it.issued_on)),
        ],
        running: format!("{} {}  ·  {} – {}", it.product, it.number, day(from), day(to)),
        issued_on: it.issued_on,
        identity: format!("loan-statement/{}/{from}/{to}", it.number),
    };
    Ok(head.with(blocks))
}

fn due(it: &LoanStatement) -> Result<Table, Error> {
    let columns = vec![
        Column::text("Amount", 30),
        Column::figures("Fees", 14),
        Column::figures("Interest", 14),
        Column::figures("Escrow", 14),
        Column::figures("Principal", 14),
        Column::figures("Total", 16),
    ];
    let line = |name: &str, parts: &Parts| -> Result<Row, Error> {
        let total = figure(parts.total()?);
        let [fees, interest, escrow, principal] =
            [parts.fees, parts.interest, parts.escrow, parts.principal].map(figure);
        Ok(Row::of([name.to_owned(), fees, interest, escrow, principal, total]))
    };
    let now = it.past_due.plus(&it.next_due)?;
    let rows = vec![
        line("Fell due in the period", &it.due)?,
        line("Paid and credited", &it.paid)?,
        line("Past due", &it.past_due)?,
        line("Due next", &it.next_due)?,
        Row { is_total: true, ..line("Amount due", &now)? },
    ];
    Ok(Table { summary: "What fell due, was paid, and is due, by its parts".to_owned(), columns, rows })
}

fn transactions(it: &LoanStatement) -> Result<Table, Error> {
    let columns = vec![
        Column::text("Date", 11),
        Column::text("Description", 39),
        Column::figures("Fees", 14),
        Column::figures("Interest", 14),
        Column::figures("Escrow", 14),
        Column::figures("Principal", 16),
        Column::figures("Total", 16),
    ];
    let line = |one: &LoanTransaction| -> Result<Row, Error> {
        let what = match one.direction {
            Direction::Credit => one.description.clone(),
            Direction::Debit => format!("{} (charged)", one.description),
        };
        let parts =
            [one.parts.fees, one.parts.interest, one.parts.escrow, one.parts.principal, one.parts.total()?];
        let described = Cell { text: what, below: format!("Ref.\u{a0}{}", short(&one.id)) };
        let begin = [Cell::from(short_day(one.on)), described];
        Ok(Row::of(begin.into_iter().chain(parts.map(|part| figure(part).into()))))
    };
    let rows = it.transactions.iter().map(line).collect::<Result<Vec<Row>, Error>>()?;
    Ok(Table { summary: "Transactions of the loan in order".to_owned(), columns, rows })
}

fn facts(it: &LoanStatement) -> Vec<(String, String)> {
    vec![
        fact("Principal before the period", money(it.opening_principal)),
        fact("Principal after the period", money(it.closing_principal)),
        fact("Held for taxes and insurance", money(it.escrow_balance)),
        fact("Yearly interest rate", format!("{} %", it.annual_rate)),
        fact("Maturity", long_day(it.matures_on)),
    ]
}
