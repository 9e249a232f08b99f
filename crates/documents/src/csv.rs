//! Tables as comma-separated values (RFC 4180), safe to open in a spreadsheet.
//!
//! Figures are plain decimals without a currency, which has a column of its own; days are ISO 8601.

use florin_kernel::Money;

use crate::model::{AccountStatement, CardStatement, Direction, Document, Instalment, LoanStatement};

/// Lines of cells, each ended by CR LF.
#[derive(Debug, Default)]
pub struct Csv(String);

impl Csv {
    /// The media type.
    pub const MEDIA_TYPE: &'static str = crate::Format::Csv.content_type();

    /// Adds a line.
    pub fn line<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.cell(cell);
        }
        self.0.push_str("\r\n");
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.0
    }

    /// What a spreadsheet would take for a formula begins with an apostrophe, and is text; a figure below zero is
    /// a figure.
    fn cell(&mut self, cell: &str) {
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_figure(cell);
        let is_quoted = is_formula || cell.contains(['"', ',', '\r', '\n', ';']);
        if !is_quoted {
            self.0.push_str(cell);
            return;
        }
        self.0.push('"');
        if is_formula {
            self.0.push('\'');
        }
        self.0.push_str(&cell.replace('"', "\"\""));
        self.0.push('"');
    }
}

/// Whether it is a decimal such as `-12.50` and nothing besides.
fn is_figure(cell: &str) -> bool {
    let unsigned = cell.strip_prefix('-').unwrap_or(cell);
    let (major, minor) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    [major, minor].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The document's table; none of a document that has none.
pub fn write(document: &Document) -> Option<String> {
    let csv = match document {
        Document::AccountStatement(statement) => account(statement),
        Document::LoanStatement(statement) => loan(statement),
        Document::CardStatement(statement) => card(statement),
        Document::Schedule(schedule) => instalments(&schedule.instalments),
        Document::LendingDisclosure(disclosure) if !disclosure.schedule.is_empty() => {
            instalments(&disclosure.schedule)
        }
        Document::LendingDisclosure(_)
        | Document::LoanEstimate(_)
        | Document::AdverseAction(_)
        | Document::PaymentReceipt(_)
        | Document::PayoffLetter(_) => return None,
    };
    Some(csv.finish())
}

/// Entries between a line with the opening and one with the closing balance, which have no amounts: the columns
/// add up to the totals.
fn account(statement: &AccountStatement) -> Csv {
    let mut csv = Csv::default();
    csv.line([
        "booked_on",
        "value_on",
        "description",
        "counterparty",
        "reference",
        "paid_out",
        "paid_in",
        "balance",
        "currency",
    ]);
    let currency = statement.opening.currency().code();
    let (first, last) = (statement.period.from().to_string(), statement.period.to().to_string());
    csv.line([&first, "", "Opening balance", "", "", "", "", &statement.opening.decimal(), currency]);
    for entry in &statement.entries {
        let (out, into) = sides(entry.direction, entry.amount.money());
        csv.line([
            entry.booked_on.to_string().as_str(),
            &entry.value_on.to_string(),
            &entry.description,
            entry.counterparty.as_deref().unwrap_or_default(),
            &entry.id,
            &out,
            &into,
            &entry.balance.decimal(),
            currency,
        ]);
    }
    csv.line([&last, "", "Closing balance", "", "", "", "", &statement.closing.decimal(), currency]);
    csv
}

/// The figure in the column of debits or in that of credits.
fn sides(direction: Direction, amount: Money) -> (String, String) {
    match direction {
        Direction::Debit => (amount.decimal(), String::new()),
        Direction::Credit => (String::new(), amount.decimal()),
    }
}

fn loan(statement: &LoanStatement) -> Csv {
    let mut csv = Csv::default();
    csv.line([
        "on",
        "description",
        "reference",
        "direction",
        "fees",
        "interest",
        "escrow",
        "principal",
        "currency",
    ]);
    let currency = statement.opening_principal.currency().code();
    for transaction in &statement.transactions {
        let parts = &transaction.parts;
        csv.line([
            transaction.on.to_string().as_str(),
            &transaction.description,
            &transaction.id,
            word(transaction.direction),
            &parts.fees.decimal(),
            &parts.interest.decimal(),
            &parts.escrow.decimal(),
            &parts.principal.decimal(),
            currency,
        ]);
    }
    csv
}

const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Credit => "credit",
        Direction::Debit => "debit",
    }
}

fn card(statement: &CardStatement) -> Csv {
    let mut csv = Csv::default();
    csv.line(["on", "booked_on", "description", "reference", "charged", "credited", "currency"]);
    for transaction in &statement.transactions {
        let (charged, credited) = sides(transaction.direction, transaction.amount.money());
        csv.line([
            transaction.on.to_string().as_str(),
            &transaction.booked_on.to_string(),
            &transaction.description,
            &transaction.id,
            &charged,
            &credited,
            statement.new_balance.currency().code(),
        ]);
    }
    csv
}

fn instalments(all: &[Instalment]) -> Csv {
    let mut csv = Csv::default();
    csv.line(["number", "due_on", "payment", "interest", "principal", "balance", "currency"]);
    for one in all {
        csv.line([
            one.number.to_string().as_str(),
            &one.due_on.to_string(),
            &one.payment.decimal(),
            &one.interest.decimal(),
            &one.principal.decimal(),
            &one.balance.decimal(),
            one.payment.currency().code(),
        ]);
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_are_no_formulas() {
        let mut csv = Csv::default();
        csv.line(["id", "title"]);
        csv.line(["1", "Head, \"acting\""]);
        csv.line(["=HYPERLINK(\"x\")", ""]);
        csv.line(["@SUM(A1)", "a\nb"]);

        assert_eq!(
            csv.finish(),
            "id,title\r\n1,\"Head, \"\"acting\"\"\"\r\n\"'=HYPERLINK(\"\"x\"\")\",\r\n\"'@SUM(A1)\",\"a\nb\"\r\n"
        );
    }

    #[test]
    fn a_figure_below_zero_is_a_figure_and_nothing_else_with_a_minus_is() {
        let mut csv = Csv::default();
        csv.line(["-12.50", "-7", "-", "-1+2", "-1.", "--1", "-1.2.3", "\t1"]);

        assert_eq!(csv.finish(), "-12.50,-7,\"'-\",\"'-1+2\",\"'-1.\",\"'--1\",\"'-1.2.3\",\"'\t1\"\r\n");
    }
}
