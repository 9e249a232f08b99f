//! Writing a file.

use crate::fixed::Writer;
use crate::{CanadianBranch, NotWritten};

use super::model::Totals;
use super::{File, Header, Payment, SEGMENT, SEGMENTS, WIDTH};

impl File {
    /// The file's text: records of 1,464 characters, each ended by a carriage return and a line feed.
    ///
    /// # Errors
    /// [`NotWritten`] when something does not fit its field, or an amount is zero.
    pub fn write(&self) -> Result<String, NotWritten> {
        if !(1..=9_999).contains(&self.header.number) {
            return Err(NotWritten::of("the file's number", "is from 1 to 9999"));
        }
        let mut records = vec![self.header.write()?];
        for of_kind in self.payments.chunk_by(|a, b| a.kind == b.kind) {
            for chunk in of_kind.chunks(SEGMENTS.len()) {
                let letter = chunk.first().map_or(' ', |payment| payment.kind.letter());
                let mut record = self.header.prefix(letter, records.len())?;
                for payment in chunk {
                    record.exactly(&segment(payment)?);
                }
                records.push(record.finish(WIDTH));
            }
        }
        let mut record = self.header.prefix('Z', records.len())?;
        for (value, count) in Totals::of(&self.payments).0 {
            record.number("a total", 14, value)?.number("a count", 8, count)?;
        }
        records.push(record.finish(WIDTH));
        Ok(records.into_iter().map(|record| record + "\r\n").collect())
    }
}

impl Header {
    /// What every record begins with: its kind, its number, the originator and the file's number.
    fn prefix(&self, kind: char, records_before: usize) -> Result<Writer, NotWritten> {
        let mut record = Writer::of(kind);
        let number = u64::try_from(records_before).unwrap_or(u64::MAX).saturating_add(1);
        record.number("the count of records", 9, number)?;
        record.code("the originator", 10, &self.originator)?;
        record.number("the file's number", 4, self.number.into())?;
        Ok(record)
    }

    fn write(&self) -> Result<String, NotWritten> {
        let mut record = self.prefix('A', 0)?;
        record.exactly(&julian(self.created_on));
        record.number("the data centre", 5, self.centre.into())?;
        record.blank(20).exactly(self.currency.code());
        Ok(record.finish(WIDTH))
    }
}

/// A date as `0YYDDD`, by its day of the year.
fn julian(date: jiff::civil::Date) -> String {
    format!("0{:02}{:03}", date.year().rem_euclid(100), date.day_of_year())
}

fn segment(payment: &Payment) -> Result<String, NotWritten> {
    if payment.cents == 0 {
        return Err(NotWritten::of("an amount", "is above zero"));
    }
    // The first character of a record is its kind; a segment has none.
    let mut segment = Writer::of(' ');
    segment.number("a transaction code", 3, payment.code.into())?;
    segment.number("an amount", 10, payment.cents)?;
    segment.exactly(&julian(payment.on)).exactly(&payment.bank.electronic());
    segment.code("an account number", 12, payment.account.expose())?;
    segment.code("a trace number", 22, &zeros_unless(&payment.trace, 22))?;
    segment.number("the original transaction code", 3, payment.original_code.into())?;
    segment.name(15, &payment.short_name).name(30, &payment.name).name(30, &payment.long_name);
    segment.code("the originator's user id", 10, &payment.user_id)?;
    segment.code("a reference", 19, &payment.reference)?;
    let returns_bank =
        payment.returns_bank.as_ref().map_or_else(|| " ".repeat(9), CanadianBranch::electronic);
    segment.exactly(&returns_bank);
    segment.code("the account for returns", 12, &payment.returns_account)?;
    segment.name(15, &payment.sundry);
    segment.code("the original trace number", 22, &payment.original_trace)?;
    segment.blank(2).exactly("00000000000");
    Ok(segment.finish(SEGMENT.saturating_add(1)).split_off(1))
}

fn zeros_unless(text: &str, width: usize) -> String {
    if text.is_empty() { "0".repeat(width) } else { text.to_owned() }
}
