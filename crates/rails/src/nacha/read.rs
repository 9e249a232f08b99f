//! Reading a file: whole, or not at all.

use jiff::civil::{Date, DateTime};

use crate::fixed::{Record, records, yymmdd};
use crate::{AccountNumber, Malformed, RoutingNumber};

use super::model::{Control, Masked};
use super::{Addendum, BLOCK, Batch, Class, Entry, File, Header, Service, TransactionCode, WIDTH};

impl File {
    /// Reads a file, whose controls must be what its entries come to.
    ///
    /// # Errors
    /// [`Malformed`], with the line.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let lines = records(text, WIDTH)?;
        let mut reading = Reading::default();
        for (line, text) in &lines {
            reading.take(Record::new(text, *line))?;
        }
        let last = lines.len();
        match (reading.header, reading.ended) {
            (Some(header), true) => Ok(Self { header, batches: reading.batches }),
            (_, false) => Err(Malformed::at(last, "the file ends without its control record")),
            (None, true) => Err(Malformed::at(1, "the file has no header")),
        }
    }
}

/// A file as far as it was read.
#[derive(Default)]
struct Reading {
    header: Option<Header>,
    batches: Vec<Batch>,
    open: Option<Batch>,
    /// How many addenda the last entry still waits for.
    awaits_addenda: Awaits,
    total: Control,
    records: usize,
    ended: bool,
}

/// Whether addenda must, may or must not follow.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Awaits {
    #[default]
    None,
    AtLeastOne,
    More,
}

impl Reading {
    fn take(&mut self, record: Record<'_>) -> Result<(), Malformed> {
        let kind = record.raw(1, 1);
        if self.ended {
            let filler = record.raw(1, WIDTH).bytes().all(|byte| byte == b'9');
            return if filler { Ok(()) } else { Err(record.wrong("after a file come nines alone")) };
        }
        if self.awaits_addenda == Awaits::AtLeastOne && kind != "7" {
            return Err(record.wrong("the entry before says that addenda follow"));
        }
        self.records = self.records.saturating_add(1);
        match (kind, self.header.is_some(), self.open.is_some()) {
            ("1", false, _) => self.header = Some(header(record)?),
            ("5", true, false) => self.open = Some(batch(record)?),
            ("6", true, true) => self.entry(record)?,
            ("7", true, true) => self.addendum(record)?,
            ("8", true, true) => self.close_batch(record)?,
            ("9", true, false) => self.close_file(record)?,
            _ => return Err(record.wrong(format!("a record of kind `{kind}` does not belong here"))),
        }
        Ok(())
    }

    fn entry(&mut self, record: Record<'_>) -> Result<(), Malformed> {
        let Some(batch) = &mut self.open else { return Ok(()) };
        let digits = record.number(2, 3, "the transaction code")?;
        let code = u8::try_from(digits).ok().and_then(TransactionCode::of);
        let code = code.ok_or_else(|| record.wrong(format!("there is no transaction code {digits}")))?;
        if !batch.service.allows(code.is_debit()) {
            return Err(record.wrong("the batch's service class does not allow this entry"));
        }
        let trace = record.number(80, 94, "the trace number")?;
        if batch.entries.last().is_some_and(|before| before.trace >= trace) {
            return Err(record.wrong("trace numbers rise within a batch"));
        }
        self.awaits_addenda = match record.raw(79, 79) {
            "0" => Awaits::None,
            "1" => Awaits::AtLeastOne,
            _ => return Err(record.wrong("the addenda indicator is 0 or 1")),
        };
        batch.entries.push(Entry {
            code,
            receiving_bank: record.parsed::<RoutingNumber>(4, 12, "the receiving bank")?,
            account: record.parsed::<AccountNumber>(13, 29, "the account number")?,
            cents: record.number(30, 39, "the amount")?,
            id: record.text(40, 54).to_owned(),
            name: if batch.class == Class::Ctx { record.text(59, 74) } else { record.text(55, 76) }
                .to_owned(),
            discretionary: record.text(77, 78).to_owned(),
            trace,
            addenda: Vec::new(),
        });
        Ok(())
    }

    fn addendum(&mut self, record: Record<'_>) -> Result<(), Malformed> {
        let entry = self.open.as_mut().and_then(|batch| batch.entries.last_mut());
        let Some(entry) = entry.filter(|_| self.awaits_addenda != Awaits::None) else {
            return Err(record.wrong("the entry before says that no addenda follow"));
        };
        self.awaits_addenda = Awaits::More;
        let addendum = match record.raw(2, 3) {
            "05" => {
                let wanted = u64::try_from(entry.addenda.len()).unwrap_or(0).saturating_add(1);
                record.must_count("the addenda's number", 84, 87, wanted)?;
                record.must_count("the entry's trace number", 88, 94, entry.trace % 10_000_000)?;
                Addendum::Info(record.raw(4, 83).trim_end().to_owned())
            }
            "98" => Addendum::Change {
                code: reason(record, 'C')?,
                original_trace: record.number(7, 21, "the original trace number")?,
                original_bank: record.text(28, 35).to_owned(),
                corrected: Masked(record.raw(36, 64).trim_end().to_owned()),
                trace: record.number(80, 94, "the trace number")?,
            },
            "99" => Addendum::Return {
                reason: reason(record, 'R')?,
                original_trace: record.number(7, 21, "the original trace number")?,
                died_on: day(record, 22, "the day of death")?,
                original_bank: record.text(28, 35).to_owned(),
                information: record.text(36, 79).to_owned(),
                trace: record.number(80, 94, "the trace number")?,
            },
            kind => return Err(record.wrong(format!("addenda of kind {kind} are not read here"))),
        };
        entry.addenda.push(addendum);
        Ok(())
    }

    fn close_batch(&mut self, record: Record<'_>) -> Result<(), Malformed> {
        let Some(batch) = self.open.take() else { return Ok(()) };
        self.awaits_addenda = Awaits::None;
        record.must_count("the service class", 2, 4, batch.service.code())?;
        let control = Control::of(&batch);
        compare(record, control, [(5, 10), (11, 20), (21, 32), (33, 44)])?;
        // The identification stands to the left or the right of its field: it is the same company.
        record.must_say("the company's id", 45, 54, &batch.company_id)?;
        record.must_say("the originating bank", 80, 87, batch.originating_bank.without_check_digit())?;
        record.must_count("the batch number", 88, 94, batch.number.into())?;
        self.total = self.total.plus(control);
        self.batches.push(batch);
        Ok(())
    }

    fn close_file(&mut self, record: Record<'_>) -> Result<(), Malformed> {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        record.must_count("the count of batches", 2, 7, count(self.batches.len()))?;
        record.must_count("the count of blocks", 8, 13, count(self.records.div_ceil(BLOCK)))?;
        compare(record, self.total, [(14, 21), (22, 31), (32, 43), (44, 55)])?;
        self.ended = true;
        Ok(())
    }
}

/// Compares a control record with what was counted: records, hash, debits, credits, at these places.
fn compare(record: Record<'_>, counted: Control, places: [(usize, usize); 4]) -> Result<(), Malformed> {
    let names = ["the count of entries", "the entry hash", "the total of debits", "the total of credits"];
    let counts = [counted.records, counted.hash_digits(), counted.debit_cents, counted.credit_cents];
    for ((name, counted), (from, to)) in names.into_iter().zip(counts).zip(places) {
        record.must_count(name, from, to, counted)?;
    }
    Ok(())
}

fn header(record: Record<'_>) -> Result<Header, Malformed> {
    for (from, to, what, wanted) in [
        (2, 3, "the priority", "01"),
        (35, 37, "the record size", "094"),
        (38, 39, "the blocking factor", "10"),
        (40, 40, "the format", "1"),
    ] {
        record.must_say(what, from, to, wanted)?;
    }
    let date = yymmdd(record, 24, "the file's date")?;
    let time = record.raw(30, 33);
    let (hour, minute) =
        if time.trim().is_empty() { (0, 0) } else { split(record.number(30, 33, "the file's time")?) };
    let created_at = DateTime::new(date.year(), date.month(), date.day(), hour, minute, 0, 0)
        .map_err(|_| record.wrong("the file's time is none of the day"))?;
    let modifier = record.raw(34, 34).chars().next().filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    Ok(Header {
        // Some write ten digits, with a zero ahead, where the rules have a blank.
        destination: record.parsed::<RoutingNumber>(5, 13, "the immediate destination")?,
        origin: record.text(14, 23).to_owned(),
        created_at,
        modifier: modifier.ok_or_else(|| record.wrong("the file's modifier is a letter or a digit"))?,
        destination_name: record.text(41, 63).to_owned(),
        origin_name: record.text(64, 86).to_owned(),
        reference: record.text(87, 94).to_owned(),
    })
}

fn split(time: u64) -> (i8, i8) {
    (i8::try_from(time / 100).unwrap_or(i8::MAX), i8::try_from(time % 100).unwrap_or(i8::MAX))
}

fn batch(record: Record<'_>) -> Result<Batch, Malformed> {
    let service = record.number(2, 4, "the service class")?;
    let service =
        Service::of(service).ok_or_else(|| record.wrong(format!("there is no service class {service}")))?;
    let bank = RoutingNumber::of_eight(record.raw(80, 87));
    let settled = record.raw(76, 78);
    let settled = if settled.trim().is_empty() { 0 } else { record.number(76, 78, "the settlement date")? };
    Ok(Batch {
        service,
        company_name: record.text(5, 20).to_owned(),
        discretionary: record.text(21, 40).to_owned(),
        company_id: record.text(41, 50).to_owned(),
        class: record.parsed(51, 53, "the entry class")?,
        description: record.text(54, 63).to_owned(),
        descriptive_date: record.text(64, 69).to_owned(),
        effective_on: day(record, 70, "the effective date")?,
        settled_on_day: u16::try_from(settled).ok().filter(|day| *day > 0),
        originating_bank: bank.map_err(|error| record.wrong(format!("the originating bank: {error}")))?,
        number: u32::try_from(record.number(88, 94, "the batch number")?).unwrap_or(0),
        entries: Vec::new(),
    })
}

/// A day of six digits, unless they are zeros or blank.
fn day(record: Record<'_>, from: usize, what: &str) -> Result<Option<Date>, Malformed> {
    match record.raw(from, from.saturating_add(5)) {
        "000000" | "      " => Ok(None),
        _ => yymmdd(record, from, what).map(Some),
    }
}

/// A letter and two digits at 4 to 6.
fn reason(record: Record<'_>, letter: char) -> Result<String, Malformed> {
    let text = record.raw(4, 6);
    let fits = text.strip_prefix(letter).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    if fits { Ok(text.to_owned()) } else { Err(record.wrong(format!("a code such as {letter}01 is wanted"))) }
}
