//! The loan estimate, after the model form H-24 of Regulation Z, appendix H.
//!
//! Sums are whole dollars, percentages have three decimals at most and no zeros at the end (12 CFR 1026.37(o)(4));
//! the monthly payment of principal and interest keeps its cents.

use super::estimate_costs::{cash_to_close, costs};
use super::{Head, fact, heading, small, text};
use crate::Error;
use crate::model::{LoanEstimate, ProjectedPayment};
use crate::sheet::{Block, Column, Figure, Row, Sheet, Table};
use crate::words::{long_day, money, whole};

pub fn sheet(it: &LoanEstimate) -> Result<Sheet, Error> {
    let mut blocks = vec![
        text("Save this Loan Estimate to compare with your Closing Disclosure."),
        heading("Loan terms"),
        Block::Table(terms(it)),
        heading("Projected payments"),
        Block::Table(projected(it)?),
        small(format!(
            "Estimated taxes, insurance and assessments: {} a month. This amount can increase over time. You must pay \
             for property costs that are not in escrow separately.",
            whole(it.taxes_and_insurance)
        )),
        heading("Costs at closing"),
        Block::Figures(vec![
            Figure::new(
                "Estimated closing costs",
                whole(it.closing_costs()?),
                &format!(
                    "{} in loan costs + {} in other costs \u{2212} {} in lender credits",
                    whole(it.costs_of(true)?),
                    whole(it.costs_of(false)?),
                    whole(it.lender_credits)
                ),
            ),
            Figure::new("Estimated cash to close", whole(it.cash_to_close), "Includes closing costs.").main(),
        ]),
    ];
    costs(it, &mut blocks)?;
    cash_to_close(it, &mut blocks)?;
    blocks.extend([
        heading("Comparisons"),
        text("Use these measures to compare this loan with other loans."),
        Block::Table(comparisons(it)),
    ]);
    blocks.extend([heading("Other considerations"), Block::Facts(considerations(it))]);
    blocks.push(Block::Notice(
        "Confirm receipt".to_owned(),
        "By signing, you are only confirming that you have received this form. You do not have to accept this loan \
         because you have signed or received this form."
            .to_owned(),
    ));
    let head = Head {
        title: "Loan Estimate",
        subtitle: format!("{}, {} · {}", it.term, it.purpose.to_lowercase(), it.property),
        institution: &it.institution,
        party: &it.applicant,
        particulars: particulars(it),
        running: format!("Loan ID {}", it.reference),
        issued_on: it.issued_on,
        identity: format!("loan-estimate/{}/{}", it.reference, it.issued_on),
    };
    Ok(head.with(blocks))
}

fn particulars(it: &LoanEstimate) -> Vec<(&'static str, String)> {
    let lock = it
        .rate_locked_until
        .map_or_else(|| "No".to_owned(), |until| format!("Yes, until {}", long_day(until)));
    vec![
        ("Date issued", long_day(it.issued_on)),
        ("Sale price", it.sale_price.map_or_else(|| "Not stated".to_owned(), whole)),
        ("Product", it.product.clone()),
        ("Loan type", it.loan_type.clone()),
        ("Loan ID", it.reference.clone()),
        ("Rate lock", lock),
    ]
}

fn terms(it: &LoanEstimate) -> Table {
    let columns = vec![
        Column::text("Term", 34),
        Column::figures("Amount", 20),
        Column::text("Can this amount increase after closing?", 40),
    ];
    let yes_or_no = |words: &str| if words.is_empty() { "No".to_owned() } else { format!("Yes: {words}") };
    let balloon = it.balloon.map(|last| format!("a last payment of {}", whole(last))).unwrap_or_default();
    let rows = vec![
        Row::of(["Loan amount".to_owned(), whole(it.loan_amount), "No".to_owned()]),
        Row::of(["Interest rate".to_owned(), format!("{} %", it.interest_rate.trimmed()), "No".to_owned()]),
        Row::of([
            "Monthly principal and interest".to_owned(),
            money(it.principal_and_interest),
            "No".to_owned(),
        ]),
        Row::total(["Does the loan have these features?", "", ""]),
        Row::of(["Prepayment penalty".to_owned(), String::new(), yes_or_no(&it.prepayment_penalty)]),
        Row::of(["Balloon payment".to_owned(), String::new(), yes_or_no(&balloon)]),
    ];
    Table { summary: "The loan's terms, and whether they can change".to_owned(), columns, rows }
}

fn projected(it: &LoanEstimate) -> Result<Table, Error> {
    let mut columns = vec![Column::text("Payment calculation", 34)];
    columns.extend(it.projected.iter().map(|payment| Column::figures(&payment.years, 20)));
    let row = |name: &str, part: fn(&ProjectedPayment) -> String| {
        Row::of([name.to_owned()].into_iter().chain(it.projected.iter().map(part)))
    };
    let mut totals = vec!["Estimated total monthly payment".to_owned()];
    for payment in &it.projected {
        totals.push(whole(payment.total()?));
    }
    let rows = vec![
        row("Principal and interest", |payment| money(payment.principal_and_interest)),
        row("Mortgage insurance", |payment| whole(payment.mortgage_insurance)),
        row("Estimated escrow", |payment| whole(payment.escrow)),
        Row::total(totals),
    ];
    Ok(Table { summary: "Monthly payments over the years".to_owned(), columns, rows })
}

fn comparisons(it: &LoanEstimate) -> Table {
    let of = it.comparisons;
    let columns =
        vec![Column::text("Measure", 30), Column::figures("Figure", 18), Column::text("What it is", 50)];
    let row = |name: &str, value: String, what: &str| Row::of([name.to_owned(), value, what.to_owned()]);
    let rows = vec![
        row(
            "In 5 years",
            whole(of.five_years_total),
            "Total you will have paid in principal, interest, mortgage insurance, and loan costs.",
        ),
        row("", whole(of.five_years_principal), "Principal you will have paid off."),
        row(
            "Annual percentage rate (APR)",
            format!("{} %", of.apr.trimmed()),
            "Your costs over the loan term expressed as a rate. This is not your interest rate.",
        ),
        row(
            "Total interest percentage (TIP)",
            format!("{} %", of.total_interest.trimmed()),
            "The total amount of interest that you will pay over the loan term as a percentage of your loan amount.",
        ),
    ];
    Table { summary: "Measures for comparing this loan with others".to_owned(), columns, rows }
}

fn considerations(it: &LoanEstimate) -> Vec<(String, String)> {
    let assumption = if it.is_assumable {
        "If you sell or transfer this property to another person, we will allow, under certain conditions, this person to assume this loan on the original terms."
    } else {
        "If you sell or transfer this property to another person, we will not allow assumption of this loan on the original terms."
    };
    let servicing = if it.keeps_servicing {
        "We intend to service your loan. If so, you will make your payments to us."
    } else {
        "We intend to transfer servicing of your loan."
    };
    vec![
        fact(
            "Appraisal",
            "We may order an appraisal to determine the property's value and charge you for this appraisal. We will promptly give you a copy of any appraisal, even if your loan does not close. You can pay for an additional appraisal for your own use at your own cost.",
        ),
        fact("Assumption", assumption),
        fact(
            "Homeowner's insurance",
            "This loan requires homeowner's insurance on the property, which you may obtain from a company of your choice that we find acceptable.",
        ),
        fact("Late payment", it.late_payment.clone()),
        fact(
            "Refinance",
            "Refinancing this loan will depend on your future financial situation, the property value, and market conditions. You may not be able to refinance this loan.",
        ),
        fact("Servicing", servicing),
    ]
}
