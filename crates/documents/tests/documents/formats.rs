//! The same figures in every format.

use florin_documents::{
    AccountStatement, Csv, Direction, Document, Error, Format, Paper, Party, Percent, render, render_on,
};
use florin_kernel::{Amount, Money};
use proptest::prelude::*;

use super::samples::{self, usd};

fn text(document: &Document, format: Format) -> String {
    String::from_utf8(render(document, format).unwrap().bytes).unwrap()
}

fn statement(of: AccountStatement) -> Document {
    Document::AccountStatement(Box::new(of))
}

/// What stands between each pair of tags.
fn between<'a>(text: &'a str, begin: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(begin).skip(1).filter_map(move |rest| rest.split(end).next())
}

fn minor(decimal: &str) -> i64 {
    let (sign, unsigned) = decimal.strip_prefix('-').map_or((1, decimal), |rest| (-1, rest));
    sign * Money::parse(unsigned, florin_kernel::Currency::USD).unwrap().minor()
}

/// A statement with these movements, each a day after the other within September.
fn moving(opening: i64, movements: &[i64]) -> AccountStatement {
    let mut it = samples::account(movements.len());
    let mut balance = opening;
    it.opening = usd(opening);
    for (entry, minor) in it.entries.iter_mut().zip(movements) {
        balance += minor;
        entry.direction = if *minor > 0 { Direction::Credit } else { Direction::Debit };
        entry.amount = Amount::new(usd(minor.abs())).unwrap();
        entry.balance = usd(balance);
    }
    it.closing = usd(balance);
    it
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn totals_in_every_format_are_the_models(
        opening in -1_000_000..1_000_000_i64,
        movements in prop::collection::vec((1..900_000_i64, any::<bool>()), 0..40),
    ) {
        let movements: Vec<i64> = movements.iter().map(|(minor, out)| if *out { -minor } else { *minor }).collect();
        let it = moving(opening, &movements);
        let paid_in: i64 = movements.iter().filter(|minor| **minor > 0).sum();
        let paid_out: i64 = -movements.iter().filter(|minor| **minor < 0).sum::<i64>();
        let closing = opening + paid_in - paid_out;
        let document = statement(it);

        let csv = text(&document, Format::Csv);
        let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.rsplit(',').collect()).collect();
        let column = |index: usize| rows.iter().filter(|row| !row[index].is_empty()).map(move |row| minor(row[index])).sum::<i64>();
        prop_assert_eq!((column(2), column(3)), (paid_in, paid_out));
        prop_assert_eq!(minor(rows.last().unwrap()[1]), closing);

        let ofx = text(&document, Format::Ofx);
        prop_assert_eq!(between(&ofx, "<TRNAMT>", "<").map(minor).sum::<i64>(), paid_in - paid_out);
        prop_assert_eq!(between(&ofx, "<BALAMT>", "<").map(minor).collect::<Vec<_>>(), vec![closing]);

        let camt = text(&document, Format::Camt053);
        let of_side = |side: &str| between(&camt, "<Ntry>", "</Ntry>")
            .filter(|entry| entry.contains(&format!("<CdtDbtInd>{side}<")))
            .map(|entry| minor(between(entry, "<Amt Ccy=\"USD\">", "<").next().unwrap())).sum::<i64>();
        prop_assert_eq!((of_side("CRDT"), of_side("DBIT")), (paid_in, paid_out));
        let balances: Vec<i64> = between(&camt, "<Bal>", "</Bal>").map(|balance| {
            let sign = if balance.contains("DBIT") { -1 } else { 1 };
            sign * minor(between(balance, "<Amt Ccy=\"USD\">", "<").next().unwrap())
        }).collect();
        prop_assert_eq!(balances, vec![opening, closing]);

        let json: serde_json::Value = serde_json::from_str(&text(&document, Format::Json)).unwrap();
        let figure = |path: &str| minor(json.pointer(path).unwrap().as_str().unwrap());
        prop_assert_eq!(figure("/credits/sum/amount"), paid_in);
        prop_assert_eq!(figure("/debits/sum/amount"), paid_out);
        prop_assert_eq!(figure("/closing/amount"), closing);
        prop_assert_eq!(json["entries"].as_array().unwrap().len(), movements.len());
    }

    #[test]
    fn no_text_stops_a_document(description in "\\PC{0,80}", name in ".{0,60}", other in prop::option::of(any::<String>())) {
        let mut it = samples::account(2);
        it.entries[0].description = description;
        it.entries[1].counterparty = other;
        it.holder = Party { name, address: vec!["日本 東京".into(), String::new()] };
        for format in Format::ALL {
            prop_assert!(render(&statement(it.clone()), format).is_ok(), "{format}");
        }
    }
}

#[test]
fn what_does_not_tie_is_no_document_in_any_format() {
    let broken = |change: fn(&mut AccountStatement)| {
        let mut it = samples::account(9);
        change(&mut it);
        statement(it)
    };
    let cases = [
        broken(|it| it.closing = usd(1)),
        broken(|it| it.opening = usd(1)),
        broken(|it| it.entries[3].balance = usd(1)),
        broken(|it| it.entries[3].id = it.entries[2].id.clone()),
        broken(|it| it.entries[3].booked_on = samples::on(2026, 10, 1)),
        broken(|it| it.entries.swap(0, 8)),
    ];
    for document in cases {
        for format in Format::ALL {
            assert!(matches!(render(&document, format), Err(Error::DoesNotTie(_))), "{format}");
        }
    }
}

#[test]
fn every_kind_is_held_to_its_sums() {
    let mut loan = samples::loan();
    loan.closing_principal = usd(1);
    let mut card = samples::card();
    card.interest = usd(874);
    let mut schedule = samples::schedule();
    schedule.instalments[7].interest = usd(1);
    let mut disclosure = samples::disclosure();
    disclosure.finance_charge = usd(148_114);
    let mut itemised = samples::disclosure();
    itemised.itemised[0].amount = usd(1);
    let mut estimate = samples::estimate();
    estimate.cash_to_close = usd(1);
    let mut adverse = samples::adverse();
    adverse.reasons = vec!["One".into(); 5];
    let mut receipt = samples::receipt();
    receipt.allocation = Some(samples::parts(1, 0, 0, 0));
    let mut payoff = samples::payoff();
    payoff.held = usd(0);
    let broken = [
        Document::LoanStatement(Box::new(loan)),
        Document::CardStatement(Box::new(card)),
        Document::Schedule(Box::new(schedule)),
        Document::LendingDisclosure(Box::new(disclosure)),
        Document::LendingDisclosure(Box::new(itemised)),
        Document::LoanEstimate(Box::new(estimate)),
        Document::AdverseAction(Box::new(adverse)),
        Document::PaymentReceipt(Box::new(receipt)),
        Document::PayoffLetter(Box::new(payoff)),
    ];
    for document in broken {
        let refused = render(&document, Format::Pdf).unwrap_err();
        assert!(matches!(refused, Error::DoesNotTie(_)), "{}: {refused}", document.name());
    }
}

#[test]
fn formats_that_a_kind_has_not_are_refused_by_name() {
    let receipt = Document::PaymentReceipt(Box::new(samples::receipt()));
    let refused = render(&receipt, Format::Ofx).unwrap_err();
    assert_eq!(refused, Error::NotInThisFormat { document: "receipt", format: Format::Ofx });
    assert_eq!(refused.to_string(), "a receipt is not made as ofx");
    assert!(matches!(render(&receipt, Format::Csv), Err(Error::NotInThisFormat { .. })));
}

#[test]
fn names_and_types_of_files_are_those_of_the_format() {
    let document = statement(samples::account(3));
    let named: Vec<_> = Format::ALL
        .into_iter()
        .map(|format| render(&document, format).unwrap())
        .map(|made| (made.file_name, made.content_type))
        .collect();
    let name = |ending: &str| format!("statement-0042-2026-09-01-2026-09-30.{ending}");
    assert_eq!(
        named,
        [
            (name("pdf"), "application/pdf"),
            (name("csv"), Csv::MEDIA_TYPE),
            (name("json"), "application/json"),
            (name("ofx"), "application/x-ofx"),
            (name("xml"), "application/xml"),
        ]
    );
}

#[test]
fn a_formula_in_a_description_is_text_and_balances_below_zero_are_figures() {
    let mut it = moving(-500, &[-100]);
    it.entries[0].description = "=cmd|'/C calc'!A0".into();
    let csv = text(&statement(it), Format::Csv);
    assert!(csv.contains("\"'=cmd|'/C calc'!A0\""), "{csv}");
    assert!(csv.contains(",-6.00,USD\r\n"), "{csv}");
}

#[test]
fn a_rate_is_written_with_two_decimals_in_json() {
    let json = text(&Document::LendingDisclosure(Box::new(samples::disclosure())), Format::Json);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["document"].as_str(), json["apr"].as_str()), (Some("lending_disclosure"), Some("9.38")));
    assert_eq!(Percent::thousandths(9_380).to_string(), "9.38");
}

#[test]
fn a_text_of_many_pages_in_one_cell_is_set_whole() {
    let mut it = samples::account(2);
    it.entries[0].description = "Lorem ipsum dolor sit amet ".repeat(1_500);
    for paper in [Paper::A4, Paper::Letter] {
        assert!(render_on(&statement(it.clone()), Format::Pdf, paper).unwrap().bytes.len() > 20_000);
    }
}
