//! Files of the Automated Clearing House.

use florin_rails::RoutingNumber;
use florin_rails::nacha::{Addendum, Answer, Batch, Class, Entry, File, Header, Service, TransactionCode};
use jiff::civil::date;
use proptest::prelude::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../data/nacha/", $name))
    };
}

const GOOD: &[(&str, &str)] = &[
    ("ccd-debit", sample!("ccd-debit.ach")),
    ("ctx-debit", sample!("ctx-debit.ach")),
    ("noc-cor", sample!("noc-cor.ach")),
    ("ppd-mixed", sample!("ppd-mixed.ach")),
    ("return-WEB", sample!("return-WEB.ach")),
    ("tel-reversal", sample!("tel-reversal.ach")),
    ("web-debit", sample!("web-debit.ach")),
];

fn bank(digits: &str) -> RoutingNumber {
    digits.parse().unwrap()
}

fn entry(n: u64, code: TransactionCode, cents: u64) -> Entry {
    Entry {
        code,
        receiving_bank: bank("231380104"),
        account: "744-5678-99".parse().unwrap(),
        cents,
        id: format!("P{n}"),
        name: "Zoë Łukasiewicz".to_owned(),
        discretionary: "S".to_owned(),
        trace: 121_042_880_000_000 + n,
        addenda: Vec::new(),
    }
}

fn file(entries: Vec<Entry>) -> File {
    File {
        header: Header {
            destination: bank("231380104"),
            origin: "121042882".to_owned(),
            created_at: date(2026, 11, 20).at(17, 5, 0, 0),
            modifier: 'A',
            destination_name: "FEDERAL RESERVE BANK".to_owned(),
            origin_name: "FLORIN BANK".to_owned(),
            reference: "F0000001".to_owned(),
        },
        batches: vec![Batch {
            service: Service::Mixed,
            company_name: "FLORIN BANK".to_owned(),
            discretionary: String::new(),
            company_id: "1210428820".to_owned(),
            class: Class::Web,
            description: "BILL PAYMT".to_owned(),
            descriptive_date: String::new(),
            effective_on: Some(date(2026, 11, 23)),
            settled_on_day: None,
            originating_bank: bank("121042882"),
            number: 1,
            entries,
        }],
    }
}

#[test]
fn files_of_others_are_read_and_written_as_they_were() {
    for (name, text) in GOOD {
        let read = File::read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = read.write().unwrap();
        assert_eq!(
            File::read(&written).unwrap_or_else(|error| panic!("{name}: {error}")).batches.len(),
            read.batches.len()
        );
        let lines = |text: &str| text.lines().filter(|line| line.starts_with(['6', '7'])).count();
        assert_eq!(lines(&written), lines(text), "{name}");
    }
}

#[test]
fn what_a_sample_says_is_what_is_read() {
    let read = File::read(sample!("ccd-debit.ach")).unwrap();
    let batch = &read.batches[0];

    assert_eq!(read.header.created_at, date(2019, 8, 16).at(10, 55, 0, 0));
    assert_eq!((batch.class, batch.service, batch.entries.len()), (Class::Ccd, Service::Debits, 2));
    assert_eq!(batch.entries[0].code, TransactionCode::CHECKING_DEBIT);
    assert_eq!((batch.entries[0].cents, batch.entries[1].cents), (500_000, 125));
    assert_eq!(batch.entries[0].account.expose(), "744-5678-99");
    assert_eq!(batch.effective_on, Some(date(2019, 8, 16)));
}

#[test]
fn returns_and_corrections_name_the_payment_they_answer() {
    let returns = File::read(sample!("return-WEB.ach")).unwrap().answers().unwrap();
    let [Answer::Return(first), Answer::Return(second)] = &returns[..] else { panic!("two returns") };
    assert_eq!((first.reason.as_str(), first.cents, first.was_debit), ("R01", 12_354, true));
    assert_eq!(first.original_trace, 91_400_600_000_001);
    assert_eq!((second.reason.as_str(), second.cents, second.was_debit), ("R03", 4_565, false));

    let changes = File::read(sample!("noc-cor.ach")).unwrap().answers().unwrap();
    let [Answer::Change(change)] = &changes[..] else { panic!("one notification of change") };
    assert_eq!((change.code.as_str(), change.original_trace), ("C01", 121_042_880_000_001));
    assert_eq!(change.correction.account.as_ref().unwrap().expose(), "1918171614");
    assert!(!format!("{changes:?}").contains("1918171614"), "an account number is shown");
}

#[test]
fn a_payment_is_no_answer() {
    assert_eq!(File::read(sample!("ppd-mixed.ach")).unwrap().answers().unwrap(), []);
}

#[test]
fn a_file_is_written_by_the_rules() {
    let text = file(vec![
        entry(1, TransactionCode::CHECKING_DEBIT, 12_345),
        entry(2, TransactionCode::SAVINGS_CREDIT, 100),
    ])
    .write()
    .unwrap();
    let lines: Vec<&str> = text.lines().collect();

    assert_eq!(lines.len(), 10);
    assert!(lines.iter().all(|line| line.len() == 94), "{text}");
    assert_eq!(&lines[0][..40], "101 231380104 1210428822611201705A094101");
    assert_eq!(&lines[2][..40], "627231380104744-5678-99      0000012345P");
    assert_eq!(&lines[2][54..76], "ZOE LUKASIEWICZ       ");
    assert_eq!(&lines[4][..54], "82000000020046276020000000012345000000000100121042882".to_owned() + "0");
    assert_eq!(&lines[5][..55], "9000001000001000000020046276020000000012345000000000100");
    assert_eq!(lines[9], "9".repeat(94));
}

#[test]
fn what_does_not_fit_is_not_written() {
    let mut long_id = entry(1, TransactionCode::CHECKING_DEBIT, 1);
    long_id.id = "x".repeat(16);
    let mut falling = vec![entry(2, TransactionCode::CHECKING_DEBIT, 1)];
    falling.push(entry(1, TransactionCode::CHECKING_DEBIT, 1));
    let mut modifier = file(Vec::new());
    modifier.header.modifier = 'a';
    let mut credits = file(vec![entry(1, TransactionCode::CHECKING_DEBIT, 1)]);
    credits.batches[0].service = Service::Credits;

    for (file, field) in [
        (file(vec![long_id]), "an entry's id"),
        (file(vec![entry(1, TransactionCode::CHECKING_DEBIT, 10_000_000_000)]), "an amount"),
        (file(falling), "a trace number"),
        (modifier, "the file's modifier"),
        (credits, "an entry"),
    ] {
        assert_eq!(file.write().unwrap_err().field, field);
    }
}

#[test]
fn a_month_that_there_is_not_is_refused() {
    let refused = File::read(sample!("ppd-debit.ach")).unwrap_err();
    assert_eq!(refused.to_string(), "line 2: the effective date: there is no such day");
}

#[test]
fn a_wrong_check_digit_is_named_with_its_line() {
    let refused = File::read(sample!("invalid-check-digit.ach")).unwrap_err();
    assert_eq!(refused.line, 3);
    assert!(refused.why.contains("check digit"), "{refused}");
}

/// A line of a sample, changed so.
fn damaged(line: usize, change: impl Fn(&str) -> String) -> String {
    let lines = sample!("ccd-debit.ach").lines().enumerate();
    let lines: Vec<String> =
        lines.map(|(at, text)| if at + 1 == line { change(text) } else { text.to_owned() }).collect();
    lines.join("\n")
}

#[test]
fn whatever_is_damaged_is_refused_with_its_line() {
    let at = |from: usize, new: &'static str| {
        move |text: &str| format!("{}{new}{}", &text[..from - 1], &text[from - 1 + new.len()..])
    };
    let cases: Vec<(&str, usize, String)> = vec![
        ("record size", 1, damaged(1, at(35, "095"))),
        ("date", 1, damaged(1, at(24, "191345"))),
        ("time", 1, damaged(1, at(30, "2561"))),
        ("service class", 2, damaged(2, at(2, "999"))),
        ("credit in a batch of debits", 3, damaged(3, at(2, "22"))),
        ("class", 2, damaged(2, at(51, "IAT"))),
        ("transaction code", 3, damaged(3, at(2, "99"))),
        ("amount", 3, damaged(3, at(30, "00005A0000"))),
        ("another amount", 5, damaged(3, at(30, "0000500001"))),
        ("falling trace", 4, damaged(4, at(80, "031300010000001"))),
        ("addenda that do not come", 4, damaged(3, at(79, "1"))),
        ("hash", 5, damaged(5, at(11, "0046276021"))),
        ("count", 5, damaged(5, at(5, "000003"))),
        ("company", 5, damaged(5, at(45, "231380105"))),
        ("originating bank", 5, damaged(5, at(80, "03130002"))),
        ("batches", 6, damaged(6, at(2, "000002"))),
        ("blocks", 6, damaged(6, at(8, "000002"))),
        ("file total", 6, damaged(6, at(32, "000000500126"))),
        ("something after the end", 7, damaged(7, |_| "6".repeat(94))),
        ("too long", 3, damaged(3, |text| format!("{text}X"))),
        ("no control", 5, sample!("ccd-debit.ach").lines().take(5).collect::<Vec<_>>().join("\n")),
        ("no header", 1, sample!("ccd-debit.ach").lines().skip(1).collect::<Vec<_>>().join("\n")),
        ("letters", 3, damaged(3, |text| text.replace("Best", "Bést"))),
        ("empty", 1, String::new()),
    ];
    for (what, line, text) in cases {
        match File::read(&text) {
            Ok(_) => panic!("{what} was read"),
            Err(refused) => assert_eq!(refused.line, line, "{what}: {refused}"),
        }
    }
}

#[test]
fn blanks_that_were_lost_and_other_line_ends_do_no_harm() {
    let whole = File::read(sample!("ccd-debit.ach")).unwrap();
    let trimmed: Vec<&str> = sample!("ccd-debit.ach").lines().map(str::trim_end).collect();
    assert_eq!(File::read(&trimmed.join("\r\n")).unwrap(), whole);
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let code = prop::sample::select(vec![22_u8, 23, 27, 28, 32, 37, 42, 47, 52]);
    let addenda = prop::collection::vec("[A-Z0-9]([A-Z0-9 ]{0,60}[A-Z0-9])?".prop_map(Addendum::Info), 0..3);
    (code, "[A-Z0-9-]{1,17}", 0..=9_999_999_999_u64, "[A-Z0-9]{0,15}", "[A-Z]([A-Z ]{0,20}[A-Z])?", addenda)
        .prop_map(|(code, account, cents, id, name, addenda)| Entry {
            code: TransactionCode::of(code).unwrap(),
            account: account.parse().unwrap(),
            cents,
            id,
            name,
            addenda,
            ..entry(0, TransactionCode::CHECKING_DEBIT, 0)
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(entries in prop::collection::vec(any_entry(), 0..40)) {
        let traced = (1..).zip(entries).map(|(n, entry)| Entry { trace: 121_042_880_000_000 + n, ..entry });
        let file = file(traced.collect());
        let text = file.write().unwrap();

        prop_assert_eq!(text.lines().count() % 10, 0);
        prop_assert_eq!(File::read(&text).unwrap(), file);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[ -~\n]{0,400}") {
        let _ = File::read(&text);
    }

    #[test]
    fn one_changed_digit_of_an_amount_is_noticed(at in 0_usize..10, digit in 0_u8..10) {
        let text = file(vec![entry(1, TransactionCode::CHECKING_DEBIT, 1_234_567_890)]).write().unwrap();
        let place = 2 * 95 + 29 + at;
        let mut bytes = text.clone().into_bytes();
        bytes[place] = b'0' + digit;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(File::read(&changed).is_ok(), changed == text);
    }
}
