//! Reading a file: whole, or not at all.

use jiff::civil::Date;

use crate::fixed::{Record, records};
use crate::{AccountNumber, CanadianBranch, Malformed};

use super::model::Totals;
use super::{Currency, File, Header, Kind, Payment, SEGMENT, SEGMENTS, WIDTH};

impl File {
    /// Reads a file, whose totals and counts must be what its payments come to.
    ///
    /// # Errors
    /// [`Malformed`], with the line.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let lines = records(text, WIDTH)?;
        let mut lines =
            (1_u64..).zip(&lines).map(|(number, (line, text))| (number, Record::new(text, *line)));
        let header = match lines.next() {
            Some((_, record)) if record.raw(1, 1) == "A" => header(record)?,
            _ => return Err(Malformed::at(1, "the file has no header")),
        };
        let (mut payments, mut ended, mut last) = (Vec::new(), false, 1);
        for (number, record) in lines {
            if ended {
                return Err(record.wrong("the trailer is the last record"));
            }
            last = record.line;
            follows(record, number, &header)?;
            match Kind::of(record.raw(1, 1)) {
                Some(kind) => read_segments(record, kind, &mut payments)?,
                None if record.raw(1, 1) == "Z" => {
                    compare(record, &payments)?;
                    ended = true;
                }
                None => return Err(record.wrong("records of this kind are not read here")),
            }
        }
        if ended {
            Ok(Self { header, payments })
        } else {
            Err(Malformed::at(last, "the file ends without its trailer"))
        }
    }
}

/// Every record says its number, the originator and the file's number.
fn follows(record: Record<'_>, number: u64, header: &Header) -> Result<(), Malformed> {
    record.must_count("the count of records", 2, 10, number)?;
    record.must_say("the originator", 11, 20, &header.originator)?;
    record.must_count("the file's number", 21, 24, header.number.into())
}

fn header(record: Record<'_>) -> Result<Header, Malformed> {
    record.must_count("the count of records", 2, 10, 1)?;
    let number = record.number(21, 24, "the file's number")?;
    let centre = record.number(31, 35, "the data centre")?;
    let currency = match record.raw(56, 58) {
        "CAD" => Currency::Cad,
        "USD" => Currency::Usd,
        _ => return Err(record.wrong("the currency is CAD or USD")),
    };
    Ok(Header {
        originator: record.text(11, 20).to_owned(),
        number: u16::try_from(number)
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| record.wrong("files are numbered from 1"))?,
        created_on: julian(record, 25, "the file's date")?,
        centre: u32::try_from(centre).unwrap_or(0),
        currency,
    })
}

/// The date at six digits `0YYDDD`, of this century.
fn julian(record: Record<'_>, from: usize, what: &str) -> Result<Date, Malformed> {
    let digits = record.number(from, from.saturating_add(5), what)?;
    let year = i16::try_from(digits / 1_000 % 100).unwrap_or(0).saturating_add(2_000);
    let day = i16::try_from(digits % 1_000).unwrap_or(0);
    let date = Date::new(year, 1, 1).and_then(|first| first.with().day_of_year(day).build());
    date.ok()
        .filter(|_| digits < 100_000)
        .ok_or_else(|| record.wrong(format!("{what}: there is no such day")))
}

fn read_segments(record: Record<'_>, kind: Kind, payments: &mut Vec<Payment>) -> Result<(), Malformed> {
    let mut blank_before = false;
    for from in SEGMENTS {
        let segment = record.segment(from);
        if segment.text(1, SEGMENT).is_empty() {
            blank_before = true;
            continue;
        }
        if blank_before {
            return Err(record.wrong("a payment follows a place that is left empty"));
        }
        payments.push(payment(segment, kind)?);
    }
    if record.segment(SEGMENTS.first().copied().unwrap_or(1)).text(1, SEGMENT).is_empty() {
        return Err(record.wrong("the record has no payment"));
    }
    Ok(())
}

fn payment(segment: Record<'_>, kind: Kind) -> Result<Payment, Malformed> {
    let code = |from: usize, what| {
        let digits = segment.number(from, from.saturating_add(2), what)?;
        Ok(u16::try_from(digits).unwrap_or(0))
    };
    let cents = segment.number(4, 13, "the amount")?;
    if cents == 0 {
        return Err(segment.wrong("the amount: it is above zero"));
    }
    let returns_bank = match segment.text(170, 178) {
        "" => None,
        text if text.bytes().all(|byte| byte == b'0') => None,
        _ => Some(branch(segment, 170, "the institution for returns")?),
    };
    Ok(Payment {
        kind,
        code: code(1, "the transaction code")?,
        cents,
        on: julian(segment, 14, "the due date")?,
        bank: branch(segment, 20, "the institution")?,
        account: segment.parsed::<AccountNumber>(29, 40, "the account number")?,
        trace: without_zeros(segment.text(41, 62)),
        original_code: code(63, "the original transaction code")?,
        short_name: segment.text(66, 80).to_owned(),
        name: segment.text(81, 110).to_owned(),
        long_name: segment.text(111, 140).to_owned(),
        user_id: segment.text(141, 150).to_owned(),
        reference: segment.text(151, 169).to_owned(),
        returns_bank,
        returns_account: segment.text(179, 190).to_owned(),
        sundry: segment.text(191, 205).to_owned(),
        original_trace: without_zeros(segment.text(206, 227)),
    })
}

fn branch(segment: Record<'_>, from: usize, what: &str) -> Result<CanadianBranch, Malformed> {
    let text = segment.text(from, from.saturating_add(8));
    CanadianBranch::from_electronic(text).map_err(|error| segment.wrong(format!("{what}: {error}")))
}

/// Nothing where there are zeros alone: the number was not assigned.
fn without_zeros(text: &str) -> String {
    if text.bytes().all(|byte| byte == b'0') { String::new() } else { text.to_owned() }
}

fn compare(record: Record<'_>, payments: &[Payment]) -> Result<(), Malformed> {
    let starts: [usize; 4] = [25, 47, 69, 91];
    for ((name, (value, count)), from) in Totals::NAMES.into_iter().zip(Totals::of(payments).0).zip(starts) {
        let (to, then) = (from.saturating_add(13), from.saturating_add(14));
        record.must_count(&format!("the value of {name}"), from, to, value)?;
        record.must_count(&format!("the number of {name}"), then, from.saturating_add(21), count)?;
    }
    Ok(())
}
