//! A statement of account as OFX 2.2, which bookkeeping software reads (Financial Data Exchange, OFX 2.2).

use florin_kernel::Date;

use crate::model::{AccountKind, AccountStatement, Direction, Entry};
use crate::xml::{Xml, at_most};

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n\
    <?OFX OFXHEADER=\"200\" VERSION=\"220\" SECURITY=\"NONE\" OLDFILEUID=\"NONE\" NEWFILEUID=\"NONE\"?>\n";
/// What stands for the bank's number where it has none; the element is required.
const NO_BANK_ID: &str = "000000000";
const BANK_ID_MAX: usize = 9;
const ACCOUNT_MAX: usize = 22;
const NAME_MAX: usize = 32;
const MEMO_MAX: usize = 255;

/// The statement as OFX.
pub fn write(statement: &AccountStatement) -> String {
    let mut xml = Xml::new(PROLOG);
    xml.within("OFX", |xml| {
        xml.within("SIGNONMSGSRSV1", |xml| sign_on(xml, statement));
        xml.within("BANKMSGSRSV1", |xml| {
            xml.within("STMTTRNRS", |xml| {
                xml.leaf("TRNUID", "0");
                status(xml);
                xml.within("STMTRS", |xml| body(xml, statement));
            });
        });
    });
    xml.finish()
}

fn sign_on(xml: &mut Xml, statement: &AccountStatement) {
    xml.within("SONRS", |xml| {
        status(xml);
        xml.leaf("DTSERVER", &instant(statement));
        xml.leaf("LANGUAGE", "ENG");
        xml.within("FI", |xml| xml.leaf("ORG", &at_most(&statement.institution.name, NAME_MAX)));
    });
}

fn status(xml: &mut Xml) {
    xml.within("STATUS", |xml| {
        xml.leaf("CODE", "0");
        xml.leaf("SEVERITY", "INFO");
    });
}

fn body(xml: &mut Xml, statement: &AccountStatement) {
    xml.leaf("CURDEF", statement.opening.currency().code());
    xml.within("BANKACCTFROM", |xml| {
        let bank = at_most(&statement.institution.bank_id, BANK_ID_MAX);
        xml.leaf("BANKID", if bank.is_empty() { NO_BANK_ID } else { &bank });
        xml.leaf("ACCTID", &account_id(statement));
        let kind = match statement.kind {
            AccountKind::Savings => "SAVINGS",
            AccountKind::Checking | AccountKind::Internal => "CHECKING",
        };
        xml.leaf("ACCTTYPE", kind);
    });
    xml.within("BANKTRANLIST", |xml| {
        xml.leaf("DTSTART", &day(statement.period.from()));
        xml.leaf("DTEND", &day(statement.period.to()));
        for entry in &statement.entries {
            xml.within("STMTTRN", |xml| transaction(xml, entry));
        }
    });
    xml.within("LEDGERBAL", |xml| {
        xml.leaf("BALAMT", &statement.closing.decimal());
        xml.leaf("DTASOF", &day(statement.period.to()));
    });
}

/// The last letters of the account's key: software takes two of them for one account when they are the same.
fn account_id(statement: &AccountStatement) -> String {
    let letters: Vec<char> = statement.account_key.chars().filter(char::is_ascii_alphanumeric).collect();
    letters.iter().skip(letters.len().saturating_sub(ACCOUNT_MAX)).collect()
}

fn transaction(xml: &mut Xml, entry: &Entry) {
    let (kind, sign) = match entry.direction {
        Direction::Credit => ("CREDIT", ""),
        Direction::Debit => ("DEBIT", "-"),
    };
    xml.leaf("TRNTYPE", kind);
    xml.leaf("DTPOSTED", &day(entry.booked_on));
    if entry.value_on != entry.booked_on {
        xml.leaf("DTAVAIL", &day(entry.value_on));
    }
    xml.leaf("TRNAMT", &format!("{sign}{}", entry.amount.money().decimal()));
    xml.leaf("FITID", &entry.id);
    let counterparty = entry.counterparty.as_deref().unwrap_or_default();
    let name = at_most(if counterparty.is_empty() { &entry.description } else { counterparty }, NAME_MAX);
    xml.leaf("NAME", if name.is_empty() { kind } else { &name });
    let memo = at_most(&entry.description, MEMO_MAX);
    if !memo.is_empty() {
        xml.leaf("MEMO", &memo);
    }
}

/// A day at noon of Greenwich, so that no reader's time zone makes it another day.
fn day(day: Date) -> String {
    format!("{:04}{:02}{:02}120000.000[0:GMT]", day.year(), day.month(), day.day())
}

fn instant(statement: &AccountStatement) -> String {
    let civil = statement.drawn_at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let millisecond = civil.subsec_nanosecond().div_euclid(1_000_000);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}.{millisecond:03}[0:GMT]",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    )
}
