//! The receipt of a payment.

use super::{Head, fact, heading, small};
use crate::Error;
use crate::model::PaymentReceipt;
use crate::sheet::{Block, Column, Figure, Row, Sheet, Table};
use crate::words::{figure, instant, long_day, money};

pub fn sheet(it: &PaymentReceipt) -> Result<Sheet, Error> {
    let mut blocks = vec![Block::Figures(vec![
        Figure::new("Amount paid", money(it.amount.money()), &it.status).main(),
        Figure::new("Paid to", it.payee.clone(), &it.kind),
    ])];
    let mut facts = vec![
        fact("Reference", it.reference.clone()),
        fact("Paid by", it.payer.name.clone()),
        fact("Paid from", it.paid_from.clone()),
        fact("Date", long_day(it.paid_on)),
        fact("Booked", instant(it.booked_at)),
    ];
    if !it.description.is_empty() {
        facts.push(fact("Description", it.description.clone()));
    }
    if it.fee.minor() != 0 {
        facts.push(fact("Fee", money(it.fee)));
        facts.push(fact("Total charged", money(it.amount.money().plus(it.fee)?)));
    }
    if let Some((label, sum)) = &it.remaining {
        facts.push(fact(label, money(*sum)));
    }
    blocks.extend([heading("Details"), Block::Facts(facts)]);
    if let Some(parts) = &it.allocation {
        let named = [
            ("Fees", parts.fees),
            ("Interest", parts.interest),
            ("Escrow", parts.escrow),
            ("Principal", parts.principal),
        ];
        let mut rows: Vec<Row> =
            named.iter().map(|(name, part)| Row::of([(*name).to_owned(), figure(*part)])).collect();
        rows.push(Row::total(["Total".to_owned(), figure(it.amount.money())]));
        let columns = vec![Column::text("Applied to", 60), Column::figures("Amount", 24)];
        let summary = "What the payment was applied to".to_owned();
        blocks
            .extend([heading("How the payment was applied"), Block::Table(Table { summary, columns, rows })]);
    }
    blocks.push(small("Please keep this receipt. It shows the payment as it was booked; a payment that is returned later is told separately."));
    let head = Head {
        title: "Payment receipt",
        subtitle: long_day(it.paid_on),
        institution: &it.institution,
        party: &it.payer,
        particulars: vec![("Type", it.kind.clone()), ("Status", it.status.clone())],
        running: it.reference.clone(),
        issued_on: it.paid_on,
        identity: format!("receipt/{}", it.reference),
    };
    Ok(head.with(blocks))
}
