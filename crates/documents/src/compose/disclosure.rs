//! What credit costs: the box of 12 CFR 1026.18, and that of Canada.

use super::{Head, fact, heading, schedule, small};
use crate::Error;
use crate::model::{CostOfBorrowing, Itemised, LendingDisclosure, PaymentStream};
use crate::sheet::{Block, Column, Figure, Row, Sheet, Table};
use crate::words::{day, figure, long_day, money};

/// The most lines of payments; of more, the largest and the smallest are told.
const STREAMS_MAX: usize = 12;

pub fn sheet(it: &LendingDisclosure) -> Result<Sheet, Error> {
    let mut blocks = Vec::new();
    match &it.cost_of_borrowing {
        Some(cost) => canadian(it, cost, &mut blocks),
        None => federal(it, &mut blocks),
    }
    blocks.extend([heading("Your payments"), Block::Table(payments(it))]);
    itemisation(it, &mut blocks)?;
    blocks.extend([heading("Terms"), Block::Facts(terms(it))]);
    if it.is_quote {
        blocks.push(Block::Notice(
            "This is a quote".to_owned(),
            "It shows what the loan would cost on the terms given and promises none. The disclosure that comes with \
             an agreement is the one that counts."
                .to_owned(),
        ));
    }
    if !it.schedule.is_empty() {
        let like = it.amount_financed;
        blocks.extend([heading("Payment schedule"), Block::Table(schedule::table(&it.schedule, like)?)]);
    }
    let kind = if it.is_quote { "Quote" } else { "Disclosure" };
    let head = Head {
        title: if it.cost_of_borrowing.is_some() {
            "Cost of borrowing disclosure"
        } else {
            "Truth in Lending disclosure"
        },
        subtitle: it.product.clone(),
        institution: &it.institution,
        party: &it.borrower,
        particulars: vec![
            (kind, it.reference.clone()),
            ("Creditor", it.institution.name.clone()),
            ("Issued", long_day(it.issued_on)),
        ],
        running: format!("{} · {}", it.product, it.reference),
        issued_on: it.issued_on,
        identity: format!("disclosure/{}/{}", it.reference, it.issued_on),
    };
    Ok(head.with(blocks))
}

/// The four figures with the words that the regulation gives them.
fn federal(it: &LendingDisclosure, blocks: &mut Vec<Block>) {
    blocks.push(Block::Figures(vec![
        Figure::new(
            "ANNUAL PERCENTAGE RATE",
            format!("{} %", it.apr),
            "The cost of your credit as a yearly rate.",
        )
        .main(),
        Figure::new(
            "FINANCE CHARGE",
            money(it.finance_charge),
            "The dollar amount the credit will cost you.",
        )
        .main(),
        Figure::new(
            "Amount financed",
            money(it.amount_financed),
            "The amount of credit provided to you or on your behalf.",
        ),
        Figure::new(
            "Total of payments",
            money(it.total_of_payments),
            "The amount you will have paid after you have made all payments as scheduled.",
        ),
    ]));
}

/// The information box of SOR/2021-181.
fn canadian(it: &LendingDisclosure, cost: &CostOfBorrowing, blocks: &mut Vec<Block>) {
    blocks.push(Block::Figures(vec![
        Figure::new(
            "Annual percentage rate",
            format!("{} %", cost.apr),
            "The cost of borrowing as a yearly rate.",
        )
        .main(),
        Figure::new("Cost of borrowing", money(cost.cost), "Interest and charges over the term.").main(),
        Figure::new("Amount advanced", money(it.amount_financed), "What is provided to you or for you."),
        Figure::new("Total of payments", money(it.total_of_payments), "Over the term, as scheduled."),
    ]));
    blocks.push(Block::Facts(vec![
        fact("Interest rate", format!("{} % a year, {}", it.annual_rate, cost.compounding)),
        fact("Term", cost.term.clone()),
        fact("Amortization period", cost.amortization.clone()),
        fact(
            "Annual percentage rate by Regulation Z",
            format!("{} %, finance charge {}", it.apr, money(it.finance_charge)),
        ),
    ]));
}

fn payments(it: &LendingDisclosure) -> Table {
    let columns = vec![
        Column::figures("Number of payments", 18),
        Column::figures("Amount of each", 30),
        Column::text("When payments are due", 46),
    ];
    if it.payments.len() > STREAMS_MAX {
        return Table {
            summary: "Number, amount and timing of the payments".to_owned(),
            columns,
            rows: varying(it),
        };
    }
    let row = |stream: &PaymentStream| {
        let when = match stream.count {
            1 => format!("on {}", day(stream.first_due_on)),
            _ => format!("{}, beginning {}", stream.frequency, day(stream.first_due_on)),
        };
        Row::of([stream.count.to_string(), money(stream.amount), when])
    };
    Table {
        summary: "Number, amount and timing of the payments".to_owned(),
        columns,
        rows: it.payments.iter().map(row).collect(),
    }
}

/// The largest and the smallest of payments that differ from each other (12 CFR 1026.18(g)(2)).
fn varying(it: &LendingDisclosure) -> Vec<Row> {
    let amounts = || it.payments.iter().map(|stream| stream.amount);
    let (least, most) = (amounts().min_by_key(|one| one.minor()), amounts().max_by_key(|one| one.minor()));
    let (Some(least), Some(most), Some(first)) = (least, most, it.payments.first()) else {
        return Vec::new();
    };
    let number: u32 = it.payments.iter().map(|stream| u32::from(stream.count)).sum();
    let when = format!("{}, beginning {}; each is in the schedule", first.frequency, day(first.first_due_on));
    vec![Row::of([number.to_string(), format!("{} to {}", money(least), money(most)), when])]
}

fn itemisation(it: &LendingDisclosure, blocks: &mut Vec<Block>) -> Result<(), Error> {
    let line = |part: &Itemised| Row::of([part.label.clone(), figure(part.amount)]);
    let mut rows: Vec<Row> = it.itemised.iter().map(line).collect();
    rows.push(Row::total(["Amount financed".to_owned(), figure(it.amount_financed)]));
    let mut principal = it.amount_financed;
    for part in &it.prepaid {
        rows.push(line(part));
        principal = principal.plus(part.amount)?;
    }
    if !it.prepaid.is_empty() {
        rows.push(Row::total(["Principal of the loan".to_owned(), figure(principal)]));
    }
    let columns = vec![Column::text("What it is for", 70), Column::figures("Amount", 24)];
    let summary = "Where the amount financed goes, and prepaid finance charges".to_owned();
    blocks.extend([
        heading("Itemization of the amount financed"),
        Block::Table(Table { summary, columns, rows }),
    ]);
    if !it.prepaid.is_empty() {
        blocks.push(small("Charges below the amount financed are prepaid finance charges: they are taken out of the principal and are part of the finance charge."));
    }
    Ok(())
}

fn terms(it: &LendingDisclosure) -> Vec<(String, String)> {
    let none =
        |text: &str, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
    vec![
        fact("Yearly interest rate", format!("{} %", it.annual_rate)),
        fact("Late charge", none(&it.late_charge, "There is no charge for late payments.")),
        fact("Prepayment", it.prepayment.clone()),
        fact("Security", none(&it.security, "The loan is not secured.")),
        fact(
            "More",
            "See your contract documents for any additional information about nonpayment, default, any required repayment in full before the scheduled date, and prepayment refunds and penalties.",
        ),
    ]
}
