//! A statement of account as ISO 20022 camt.053.001.08, which treasuries read.

use florin_kernel::{Currency, Date, Money};

use crate::Error;
use crate::model::{AccountStatement, Direction, Entry, Party};
use crate::xml::{Xml, at_most};

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"";
const ID_MAX: usize = 35;
const OTHER_ID_MAX: usize = 34;
const NAME_MAX: usize = 140;
const ADDRESS_LINES_MAX: usize = 7;
const ADDRESS_LINE_MAX: usize = 70;

/// The statement as camt.053.
///
/// # Errors
/// [`Error::Money`] where totals do not fit.
pub fn write(statement: &AccountStatement) -> Result<String, Error> {
    let totals = Totals::of(statement)?;
    let mut xml = Xml::new(PROLOG);
    let drawn_at = statement.drawn_at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let drawn_at = format!("{}Z", drawn_at.round(jiff::Unit::Second).unwrap_or(drawn_at));
    let id = identity(statement);
    xml.within_as("Document", NAMESPACE, |xml| {
        xml.within("BkToCstmrStmt", |xml| {
            xml.within("GrpHdr", |xml| {
                xml.leaf("MsgId", &id);
                xml.leaf("CreDtTm", &drawn_at);
            });
            xml.within("Stmt", |xml| {
                xml.leaf("Id", &id);
                xml.leaf("CreDtTm", &drawn_at);
                xml.within("FrToDt", |xml| {
                    xml.leaf("FrDtTm", &format!("{}T00:00:00", statement.period.from()));
                    xml.leaf("ToDtTm", &format!("{}T23:59:59", statement.period.to()));
                });
                account(xml, statement);
                balance(xml, "OPBD", statement.opening, statement.period.from());
                balance(xml, "CLBD", statement.closing, statement.period.to());
                summary(xml, &totals);
                for (number, one) in (1_usize..).zip(&statement.entries) {
                    xml.within("Ntry", |xml| entry(xml, number, one));
                }
            });
        });
    });
    Ok(xml.finish())
}

/// What tells the message from others: the account's key and the last day, within 35 letters.
fn identity(statement: &AccountStatement) -> String {
    let letters: Vec<char> = statement.account_key.chars().filter(char::is_ascii_alphanumeric).collect();
    let key: String = letters.iter().skip(letters.len().saturating_sub(16)).collect();
    let compact = |day: Date| format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
    let id = format!("{key}-{}-{}", compact(statement.period.from()), compact(statement.period.to()));
    at_most(&id, ID_MAX)
}

fn account(xml: &mut Xml, statement: &AccountStatement) {
    xml.within("Acct", |xml| {
        xml.within("Id", |xml| {
            xml.within("Othr", |xml| {
                xml.leaf("Id", &at_most(&statement.account_key, OTHER_ID_MAX));
                xml.within("SchmeNm", |xml| xml.leaf("Prtry", "account-id"));
            });
        });
        xml.leaf("Ccy", statement.opening.currency().code());
        xml.leaf("Nm", &at_most(&format!("Account {}", statement.number), 70));
        xml.within("Ownr", |xml| party(xml, &statement.holder));
        xml.within("Svcr", |xml| {
            xml.within("FinInstnId", |xml| {
                let bank = at_most(&statement.institution.bank_id, ID_MAX);
                if !bank.is_empty() {
                    xml.within("ClrSysMmbId", |xml| {
                        let is_canadian = statement.opening.currency() == Currency::CAD;
                        let system = if is_canadian { "CACPA" } else { "USABA" };
                        xml.within("ClrSysId", |xml| xml.leaf("Cd", system));
                        xml.leaf("MmbId", &bank);
                    });
                }
                let institution = &statement.institution;
                let issuer = Party { name: institution.name.clone(), address: institution.address.clone() };
                party(xml, &issuer);
            });
        });
    });
}

fn party(xml: &mut Xml, party: &Party) {
    let name = at_most(&party.name, NAME_MAX);
    if !name.is_empty() {
        xml.leaf("Nm", &name);
    }
    let lines: Vec<String> = party
        .address
        .iter()
        .map(|line| at_most(line, ADDRESS_LINE_MAX))
        .filter(|line| !line.is_empty())
        .collect();
    if !lines.is_empty() {
        xml.within("PstlAdr", |xml| {
            for line in lines.iter().take(ADDRESS_LINES_MAX) {
                xml.leaf("AdrLine", line);
            }
        });
    }
}

/// A sum without its sign, which its indicator tells.
fn amount(xml: &mut Xml, money: Money) {
    let decimal = money.decimal();
    let unsigned = decimal.strip_prefix('-').unwrap_or(&decimal);
    xml.leaf_as("Amt", &format!("Ccy=\"{}\"", money.currency().code()), unsigned);
}

const fn indicator(is_debit: bool) -> &'static str {
    if is_debit { "DBIT" } else { "CRDT" }
}

fn balance(xml: &mut Xml, code: &str, money: Money, day: Date) {
    xml.within("Bal", |xml| {
        xml.within("Tp", |xml| xml.within("CdOrPrtry", |xml| xml.leaf("Cd", code)));
        amount(xml, money);
        xml.leaf("CdtDbtInd", indicator(money.minor() < 0));
        xml.within("Dt", |xml| xml.leaf("Dt", &day.to_string()));
    });
}

struct Totals {
    credits: (Money, usize),
    debits: (Money, usize),
    all: Money,
    net: Money,
}

impl Totals {
    fn of(statement: &AccountStatement) -> Result<Self, Error> {
        let (credits, debits) = (statement.credits()?, statement.debits()?);
        let (all, net) = (credits.0.plus(debits.0)?, credits.0.minus(debits.0)?);
        Ok(Self { credits, debits, all, net })
    }
}

fn summary(xml: &mut Xml, totals: &Totals) {
    xml.within("TxsSummry", |xml| {
        xml.within("TtlNtries", |xml| {
            xml.leaf("NbOfNtries", &totals.credits.1.saturating_add(totals.debits.1).to_string());
            xml.leaf("Sum", &totals.all.decimal());
            xml.within("TtlNetNtry", |xml| {
                let net = totals.net.decimal();
                xml.leaf("Amt", net.strip_prefix('-').unwrap_or(&net));
                xml.leaf("CdtDbtInd", indicator(totals.net.minor() < 0));
            });
        });
        for (name, (sum, count)) in [("TtlCdtNtries", totals.credits), ("TtlDbtNtries", totals.debits)] {
            xml.within(name, |xml| {
                xml.leaf("NbOfNtries", &count.to_string());
                xml.leaf("Sum", &sum.decimal());
            });
        }
    });
}

fn entry(xml: &mut Xml, number: usize, entry: &Entry) {
    let reference = compact(&entry.id);
    xml.leaf("NtryRef", &number.to_string());
    amount(xml, entry.amount.money());
    xml.leaf("CdtDbtInd", indicator(entry.direction == Direction::Debit));
    xml.within("Sts", |xml| xml.leaf("Cd", "BOOK"));
    xml.within("BookgDt", |xml| xml.leaf("Dt", &entry.booked_on.to_string()));
    xml.within("ValDt", |xml| xml.leaf("Dt", &entry.value_on.to_string()));
    xml.leaf("AcctSvcrRef", &reference);
    xml.within("BkTxCd", |xml| {
        xml.within("Domn", |xml| {
            xml.leaf("Cd", "PMNT");
            xml.within("Fmly", |xml| {
                let received = entry.direction == Direction::Credit;
                xml.leaf("Cd", if received { "RCDT" } else { "ICDT" });
                xml.leaf("SubFmlyCd", "OTHR");
            });
        });
    });
    xml.within("NtryDtls", |xml| {
        xml.within("TxDtls", |xml| {
            xml.within("Refs", |xml| xml.leaf("AcctSvcrRef", &reference));
            amount(xml, entry.amount.money());
            xml.leaf("CdtDbtInd", indicator(entry.direction == Direction::Debit));
            other_side(xml, entry);
            let text = at_most(&entry.description, NAME_MAX);
            if !text.is_empty() {
                xml.within("RmtInf", |xml| xml.leaf("Ustrd", &text));
            }
        });
    });
}

fn other_side(xml: &mut Xml, entry: &Entry) {
    let name = at_most(entry.counterparty.as_deref().unwrap_or_default(), NAME_MAX);
    if name.is_empty() {
        return;
    }
    let role = if entry.direction == Direction::Credit { "Dbtr" } else { "Cdtr" };
    xml.within("RltdPties", |xml| {
        xml.within(role, |xml| xml.within("Pty", |xml| xml.leaf("Nm", &name)));
    });
}

/// An identifier without hyphens, which fits where 35 letters do.
fn compact(id: &str) -> String {
    at_most(&id.replace('-', ""), ID_MAX)
}
