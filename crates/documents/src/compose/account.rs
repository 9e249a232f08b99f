//! The statement of an account.

use jiff::tz::TimeZone;

use super::{Head, short, small, span};
use crate::Error;
use crate::model::{AccountKind, AccountStatement, Direction, Entry};
use crate::sheet::{Block, Cell, Column, Figure, Row, Sheet, Table};
use crate::words::{count, currency, day, figure, instant, money, short_day};

pub fn sheet(it: &AccountStatement) -> Result<Sheet, Error> {
    let (credits, debits) = (it.credits()?, it.debits()?);
    let (from, to) = (it.period.from(), it.period.to());
    let entries = |number: usize| count(u64::try_from(number).unwrap_or(u64::MAX), "entry", "entries");
    let figures = vec![
        Figure::new("Opening balance", money(it.opening), &format!("before {}", day(from))),
        Figure::new("Paid in", money(credits.0), &entries(credits.1)),
        Figure::new("Paid out", money(debits.0), &entries(debits.1)),
        Figure::new("Closing balance", money(it.closing), &format!("on {}", day(to))).main(),
    ];
    let kind = match it.kind {
        AccountKind::Checking => "Checking account",
        AccountKind::Savings => "Savings account",
        AccountKind::Internal => "Internal account",
    };
    let mut blocks = vec![Block::Figures(figures), Block::Table(table(it))];
    if it.entries.is_empty() {
        blocks.push(small("Nothing was booked on the account within the period."));
    }
    blocks.push(small(
        "Entries are listed by the day of booking; where an entry counts for another day, that day is given below its \
         description. Please check the statement and tell us without delay of anything that you do not recognise.",
    ));
    let head = Head {
        title: "Account statement",
        subtitle: span(from, to),
        institution: &it.institution,
        party: &it.holder,
        particulars: vec![
            ("Account", it.number.clone()),
            ("Type", kind.to_owned()),
            ("Currency", currency(it.opening.currency())),
            ("Drawn up", instant(it.drawn_at)),
        ],
        running: format!("{kind} {}  ·  {} – {}", it.number, day(from), day(to)),
        issued_on: it.drawn_at.to_zoned(TimeZone::UTC).date(),
        identity: format!("statement/{}/{from}/{to}", it.account_key),
    };
    Ok(head.with(blocks))
}

fn table(it: &AccountStatement) -> Table {
    let columns = vec![
        Column::text("Date", 9),
        Column::text("Description", 44),
        Column::figures("Paid out", 14),
        Column::figures("Paid in", 14),
        Column::figures("Balance", 16),
    ];
    let boundary = |on, name: &str, balance| {
        Row::total([Cell::from(short_day(on)), name.into(), "".into(), "".into(), figure(balance).into()])
    };
    let mut rows = Vec::with_capacity(it.entries.len().saturating_add(2));
    rows.push(boundary(it.period.from(), "Opening balance", it.opening));
    rows.extend(it.entries.iter().map(row));
    rows.push(boundary(it.period.to(), "Closing balance", it.closing));
    Table { summary: "Entries of the account in the order of booking".to_owned(), columns, rows }
}

fn row(entry: &Entry) -> Row {
    let amount = Cell::from(figure(entry.amount.money()));
    let (out, into) = match entry.direction {
        Direction::Debit => (amount, Cell::default()),
        Direction::Credit => (Cell::default(), amount),
    };
    let mut below: Vec<String> = entry.counterparty.iter().cloned().collect();
    if entry.value_on != entry.booked_on {
        below.push(format!("counts for {}", day(entry.value_on).replace(' ', "\u{a0}")));
    }
    below.push(format!("Ref.\u{a0}{}", short(&entry.id)));
    let what = Cell { text: entry.description.clone(), below: below.join("  ·  ") };
    Row::of([short_day(entry.booked_on).into(), what, out, into, figure(entry.balance).into()])
}
