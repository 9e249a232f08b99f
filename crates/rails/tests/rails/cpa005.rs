//! Canadian electronic funds transfers.

use florin_rails::CanadianBranch;
use florin_rails::cpa005::{Currency, File, Header, Kind, Payment, return_text};
use jiff::civil::date;
use proptest::prelude::*;

const VALID: &str = include_str!("../data/cpa005/valid-2credits-1debit.txt");
const WRONG: &str = include_str!("../data/cpa005/moov-CO14821-credit-total-WRONG.txt");

fn payment(kind: Kind, cents: u64) -> Payment {
    Payment {
        kind,
        code: 430,
        cents,
        on: date(2026, 3, 13),
        bank: CanadianBranch::try_new("003", "12345").unwrap(),
        account: "7654321".parse().unwrap(),
        trace: String::new(),
        original_code: 0,
        short_name: "FLORIN".to_owned(),
        name: "PAT SAMPLE".to_owned(),
        long_name: "FLORIN EXAMPLE BANK".to_owned(),
        user_id: "0123456789".to_owned(),
        reference: "PAY0001".to_owned(),
        returns_bank: CanadianBranch::try_new("003", "00002").ok(),
        returns_account: "1234567".to_owned(),
        sundry: String::new(),
        original_trace: String::new(),
    }
}

fn file(payments: Vec<Payment>) -> File {
    let header = Header {
        originator: "0123456789".to_owned(),
        number: 1,
        created_on: date(2026, 3, 10),
        centre: 320,
        currency: Currency::Cad,
    };
    File { header, payments }
}

#[test]
fn a_file_of_another_program_is_read_and_written_as_it_was() {
    let read = File::read(VALID).unwrap();

    assert_eq!(read.header, Header { centre: 320, ..file(Vec::new()).header });
    let amounts: Vec<(Kind, u16, u64)> = read.payments.iter().map(|p| (p.kind, p.code, p.cents)).collect();
    assert_eq!(
        amounts,
        [(Kind::Credit, 200, 123_456), (Kind::Credit, 200, 10_005), (Kind::Debit, 450, 7_500)]
    );
    let first = &read.payments[0];
    assert_eq!((first.name.as_str(), first.reference.as_str()), ("PAT SAMPLE", "PAY0001"));
    assert_eq!(
        (first.bank.institution(), first.bank.transit(), first.on),
        ("001", "01234", date(2026, 3, 13))
    );
    assert_eq!(File::read(&read.write().unwrap()).unwrap(), read);
}

#[test]
fn a_trailer_that_does_not_add_up_is_refused() {
    let refused = File::read(WRONG).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "line 4: the value of credits: the record says 72220 and the file has 160146"
    );
}

#[test]
fn six_payments_share_a_record_and_the_trailer_counts_payments() {
    let mut payments = vec![payment(Kind::Credit, 100); 7];
    payments.push(payment(Kind::Debit, 5));
    let text = file(payments).write().unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();

    let kinds: String = lines.iter().filter_map(|line| line.chars().next()).collect();
    assert_eq!(kinds, "ACCDZ");
    assert!(lines.iter().filter(|line| !line.is_empty()).all(|line| line.len() == 1_464));
    assert_eq!(&lines[0][..35], "A000000001012345678900010260690032".to_owned() + "0");
    assert_eq!(&lines[1][..53], "C0000000020123456789000143000000001000260720003123457");
    assert_eq!(
        &lines[4][..68],
        "Z00000000501234567890001000000000000050000000100000000000700000000070".get(..68).unwrap()
    );
}

#[test]
fn returns_say_why_and_what_they_answer() {
    let mut returned = payment(Kind::ReturnedDebit, 75_000);
    returned.code = 901;
    returned.original_code = 370;
    returned.original_trace = "0000320260690000000001".to_owned();
    let read = File::read(&file(vec![returned.clone()]).write().unwrap()).unwrap();

    assert_eq!(read.payments, [returned]);
    assert!(read.payments[0].kind.is_return());
    assert_eq!(return_text(901), "insufficient funds");
}

#[test]
fn what_does_not_fit_is_not_written() {
    let mut account = payment(Kind::Credit, 1);
    account.account = "1234567890123".parse().unwrap();
    let mut number = file(Vec::new());
    number.header.number = 0;

    for (file, field) in [
        (file(vec![payment(Kind::Credit, 0)]), "an amount"),
        (file(vec![payment(Kind::Credit, 10_000_000_000)]), "an amount"),
        (file(vec![account]), "an account number"),
        (number, "the file's number"),
    ] {
        assert_eq!(file.write().unwrap_err().field, field);
    }
}

#[test]
fn whatever_is_damaged_is_refused_with_its_line() {
    let good = file(vec![payment(Kind::Credit, 100), payment(Kind::Debit, 5)]).write().unwrap();
    let line = |n: usize, from: usize, new: &str| {
        let mut lines: Vec<String> = good.lines().map(str::to_owned).collect();
        lines[n - 1].replace_range(from - 1..from - 1 + new.len(), new);
        lines.join("\r\n")
    };
    for (what, number, text) in [
        ("record number", 2, line(2, 2, "000000009")),
        ("originator", 2, line(2, 11, "9999999999")),
        ("file number", 3, line(3, 21, "0002")),
        ("kind", 2, line(2, 1, "Q")),
        ("day 366", 2, line(2, 38, "027366")),
        ("amount of nothing", 2, line(2, 28, "0000000000")),
        ("letters", 2, line(2, 28, "00000000A0")),
        ("institution", 2, line(2, 44, "100312345")),
        ("value", 4, line(4, 25, "00000000000006")),
        ("number", 4, line(4, 61, "00000002")),
        ("currency", 1, line(1, 56, "EUR")),
        ("numbered zero", 1, line(1, 21, "0000")),
        ("no trailer", 3, good.lines().take(3).collect::<Vec<_>>().join("\r\n")),
        ("no header", 1, good.lines().skip(1).collect::<Vec<_>>().join("\r\n")),
        ("more after the trailer", 5, format!("{good}Z")),
    ] {
        match File::read(&text) {
            Ok(_) => panic!("{what} was read"),
            Err(refused) => assert_eq!(refused.line, number, "{what}: {refused}"),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(
        amounts in prop::collection::vec((0_usize..6, 1_u64..=9_999_999_999, "[A-Z]([A-Z ]{0,28}[A-Z])?"), 0..40),
    ) {
        let kinds = [Kind::Credit, Kind::Debit, Kind::CreditReversal, Kind::DebitReversal, Kind::ReturnedCredit, Kind::ReturnedDebit];
        let payments = amounts.into_iter().map(|(kind, cents, name)| Payment { name, ..payment(kinds[kind], cents) });
        let file = file(payments.collect());
        prop_assert_eq!(File::read(&file.write().unwrap()).unwrap(), file);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[ -~\r\n]{0,400}") {
        let _ = File::read(&text);
    }
}
