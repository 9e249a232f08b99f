//! Writing a file.

use crate::NotWritten;
use crate::fixed::{Writer, as_yymmdd};

use super::model::Control;
use super::{Addendum, BLOCK, Batch, Class, Entry, File, Header, WIDTH};

impl File {
    /// The file's text: records of 94 characters, each ended by a line feed, filled with nines to whole blocks.
    ///
    /// # Errors
    /// [`NotWritten`] when a number has more digits than its field, or a batch holds what its service does not allow.
    pub fn write(&self) -> Result<String, NotWritten> {
        let mut records = vec![header(&self.header)?];
        let mut total = Control::default();
        for batch in &self.batches {
            let control = Control::of(batch);
            total = total.plus(control);
            write_batch(&mut records, batch, control)?;
        }
        let blocks = records.len().saturating_add(1).div_ceil(BLOCK);
        records.push(file_control(self.batches.len(), blocks, total)?);
        let filler = blocks.saturating_mul(BLOCK).saturating_sub(records.len());
        records.extend(std::iter::repeat_n("9".repeat(WIDTH), filler));
        let mut text = records.join("\n");
        text.push('\n');
        Ok(text)
    }
}

fn header(header: &Header) -> Result<String, NotWritten> {
    if !header.modifier.is_ascii_uppercase() && !header.modifier.is_ascii_digit() {
        return Err(NotWritten::of("the file's modifier", "is a letter from A to Z or a digit"));
    }
    let at = header.created_at;
    let mut record = Writer::of('1');
    record.exactly("01 ").exactly(header.destination.digits());
    record.code("the immediate origin", 10, &right(&header.origin, 10))?;
    record.exactly(&as_yymmdd(at.date())).exactly(&format!("{:02}{:02}", at.hour(), at.minute()));
    record.exactly(&header.modifier.to_string()).exactly("094101");
    record.name(23, &header.destination_name).name(23, &header.origin_name);
    record.code("the file's reference", 8, &header.reference)?;
    Ok(record.finish(WIDTH))
}

fn right(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}

fn write_batch(records: &mut Vec<String>, batch: &Batch, control: Control) -> Result<(), NotWritten> {
    let mut record = Writer::of('5');
    record.number("the service class", 3, batch.service.code())?;
    record.name(16, &batch.company_name).name(20, &batch.discretionary);
    record.code("the company's id", 10, &batch.company_id)?;
    record.exactly(batch.class.code()).name(10, &batch.description).name(6, &batch.descriptive_date);
    record.exactly(&batch.effective_on.map_or_else(|| "000000".to_owned(), as_yymmdd));
    match batch.settled_on_day {
        Some(day) => record.number("the settlement date", 3, day.into())?,
        None => record.blank(3),
    };
    record.exactly("1").exactly(batch.originating_bank.without_check_digit());
    record.number("the batch number", 7, batch.number.into())?;
    records.push(record.finish(WIDTH));

    let mut before = None;
    for entry in &batch.entries {
        if !batch.service.allows(entry.code.is_debit()) {
            return Err(NotWritten::of("an entry", "is of the kind that its batch does not allow"));
        }
        if before.is_some_and(|before| before >= entry.trace) {
            return Err(NotWritten::of("a trace number", "does not rise within its batch"));
        }
        before = Some(entry.trace);
        write_entry(records, batch, entry)?;
    }

    let mut record = Writer::of('8');
    record.number("the service class", 3, batch.service.code())?;
    totals(&mut record, control, 6)?;
    record.code("the company's id", 10, &batch.company_id)?;
    record.blank(25).exactly(batch.originating_bank.without_check_digit());
    record.number("the batch number", 7, batch.number.into())?;
    records.push(record.finish(WIDTH));
    Ok(())
}

fn totals(record: &mut Writer, control: Control, count_width: usize) -> Result<(), NotWritten> {
    record.number("the count of entries", count_width, control.records)?;
    record.number("the entry hash", 10, control.hash_digits())?;
    record.number("the total of debits", 12, control.debit_cents)?;
    record.number("the total of credits", 12, control.credit_cents)?;
    Ok(())
}

fn write_entry(records: &mut Vec<String>, batch: &Batch, entry: &Entry) -> Result<(), NotWritten> {
    let addenda = u64::try_from(entry.addenda.len()).unwrap_or(u64::MAX);
    let mut record = Writer::of('6');
    record.exactly(&entry.code.to_string()).exactly(entry.receiving_bank.digits());
    record.code("an account number", 17, entry.account.expose())?;
    record.number("an amount", 10, entry.cents)?;
    record.code("an entry's id", 15, &entry.id)?;
    if batch.class == Class::Ctx {
        record.number("the count of addenda", 4, addenda)?;
        record.name(16, &entry.name).blank(2);
    } else {
        record.name(22, &entry.name);
    }
    record.code("an entry's discretionary data", 2, &entry.discretionary)?;
    record.exactly(if entry.addenda.is_empty() { "0" } else { "1" });
    record.number("a trace number", 15, entry.trace)?;
    records.push(record.finish(WIDTH));
    for (sequence, addendum) in (1..).zip(&entry.addenda) {
        records.push(write_addendum(addendum, sequence, entry.trace)?);
    }
    Ok(())
}

fn write_addendum(addendum: &Addendum, sequence: u64, entry_trace: u64) -> Result<String, NotWritten> {
    let mut record = Writer::of('7');
    match addendum {
        Addendum::Info(text) => {
            record.exactly("05").name(80, text);
            record.number("the addenda's number", 4, sequence)?;
            record.number("a trace number", 7, entry_trace % 10_000_000)?;
        }
        Addendum::Return { reason, original_trace, died_on, original_bank, information, trace } => {
            record.exactly("99").code("a return's reason", 3, reason)?;
            record.number("a trace number", 15, *original_trace)?;
            match died_on {
                Some(day) => record.exactly(&as_yymmdd(*day)),
                None => record.blank(6),
            };
            record.code("the original bank", 8, original_bank)?;
            record.name(44, information);
            record.number("a trace number", 15, *trace)?;
        }
        Addendum::Change { code, original_trace, original_bank, corrected, trace } => {
            record.exactly("98").code("a change's code", 3, code)?;
            record.number("a trace number", 15, *original_trace)?.blank(6);
            record.code("the original bank", 8, original_bank)?;
            record.code("the corrected data", 29, &corrected.0)?.blank(15);
            record.number("a trace number", 15, *trace)?;
        }
    }
    Ok(record.finish(WIDTH))
}

fn file_control(batches: usize, blocks: usize, total: Control) -> Result<String, NotWritten> {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let mut record = Writer::of('9');
    record.number("the count of batches", 6, count(batches))?;
    record.number("the count of blocks", 6, count(blocks))?;
    totals(&mut record, total, 8)?;
    Ok(record.finish(WIDTH))
}
