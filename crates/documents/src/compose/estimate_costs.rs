//! The second page of a loan estimate: costs at closing, and the cash that has to be brought.

use super::heading;
use crate::Error;
use crate::model::LoanEstimate;
use crate::sheet::{Block, Column, Row, Table};
use crate::words::whole;

/// Loan costs and other costs, section by section.
pub fn costs(it: &LoanEstimate, blocks: &mut Vec<Block>) -> Result<(), Error> {
    blocks.push(heading("Closing cost details"));
    for (is_loan_cost, name, total) in
        [(true, "Loan costs", "D. Total loan costs"), (false, "Other costs", "I. Total other costs")]
    {
        let mut rows = Vec::new();
        for section in it.costs.iter().filter(|section| section.is_loan_cost == is_loan_cost) {
            rows.push(Row::total([section.title.clone(), whole(section.total(it.loan_amount.currency())?)]));
            rows.extend(section.items.iter().map(|item| Row::of([item.label.clone(), whole(item.amount)])));
        }
        rows.push(Row::total([total.to_owned(), whole(it.costs_of(is_loan_cost)?)]));
        blocks.push(table(name, rows));
    }
    blocks.push(table(
        "Total closing costs",
        vec![
            Row::of([
                "Loan costs and other costs".to_owned(),
                whole(it.costs_of(true)?.plus(it.costs_of(false)?)?),
            ]),
            Row::of(["Lender credits".to_owned(), less(it.lender_credits)?]),
            Row::total(["J. Total closing costs".to_owned(), whole(it.closing_costs()?)]),
        ],
    ));
    Ok(())
}

/// How the cash to close comes about.
pub fn cash_to_close(it: &LoanEstimate, blocks: &mut Vec<Block>) -> Result<(), Error> {
    blocks.push(heading("Calculating cash to close"));
    let row = |name: &str, figure: String| Row::of([name.to_owned(), figure]);
    let rows = vec![
        row("Total closing costs (J)", whole(it.closing_costs()?)),
        row("Closing costs financed (paid from your loan amount)", less(it.financed_costs)?),
        row("Down payment/funds from borrower", whole(it.down_payment)),
        row("Deposit", less(it.deposit)?),
        row("Funds for borrower", less(it.funds_for_borrower)?),
        row("Seller credits", less(it.seller_credits)?),
        row("Adjustments and other credits", whole(it.adjustments)),
        Row::total(["Estimated cash to close".to_owned(), whole(it.cash_to_close)]),
    ];
    blocks.push(table("Cash to close", rows));
    Ok(())
}

fn less(money: florin_kernel::Money) -> Result<String, Error> {
    Ok(whole(florin_kernel::Money::zero(money.currency()).minus(money)?))
}

fn table(name: &str, rows: Vec<Row>) -> Block {
    let columns = vec![Column::text(name, 70), Column::figures("Amount", 24)];
    Block::Table(Table { summary: name.to_owned(), columns, rows })
}
