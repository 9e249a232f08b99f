//! Data whose schemes are known, read from tables of comma-separated values without quotes.

use std::collections::{BTreeMap, BTreeSet};

use florin_kernel::{AccountId, Currency, Date, Money, Timestamp, UserId, Uuid};
use foldhash::HashMap;
use thiserror::Error;

use super::Scheme;
use crate::monitor::{AccountFacts, Channel, Country, Kind, Movement, MovementId, Typology};

/// Why data cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// A table has none of these columns.
    #[error("{table} has no column {column}")]
    NoColumn {
        /// The table.
        table: &'static str,
        /// The column, or either of two.
        column: String,
    },
    /// A value that is not what its column holds.
    #[error("{table}, line {line}: `{value}` is no {wanted}")]
    Value {
        /// The table.
        table: &'static str,
        /// The line, from 1.
        line: usize,
        /// What stands there.
        value: String,
        /// What is wanted.
        wanted: &'static str,
    },
}

/// Movements and accounts, what monitoring may see; and schemes, which it may not.
#[derive(Clone, Debug, Default)]
pub struct Labelled {
    /// What moved.
    pub movements: Vec<Movement>,
    /// What is known of the accounts.
    pub facts: Vec<AccountFacts>,
    /// What is to be found.
    pub schemes: Vec<Scheme>,
    /// What the schemes are called in the data.
    pub labels: Vec<String>,
    numbers: HashMap<String, AccountId>,
    names: HashMap<AccountId, String>,
    customers: HashMap<String, UserId>,
}

impl Labelled {
    /// What was made up, with the schemes' places as labels.
    pub fn of(movements: Vec<Movement>, facts: Vec<AccountFacts>, schemes: Vec<Scheme>) -> Self {
        let labels = (0..schemes.len()).map(|place| place.to_string()).collect();
        Self { movements, facts, schemes, labels, ..Self::default() }
    }

    /// Reads accounts, transactions and the members of schemes: of the columns that Florin's own data has, or of `AMLSim`'s.
    /// `EXT` or nothing in the place of an account is the outside.
    ///
    /// # Errors
    /// [`Unreadable`], which names the table, the line and what is wrong there.
    pub fn read(accounts: &str, transactions: &str, members: &str) -> Result<Self, Unreadable> {
        let mut data = Self::default();
        data.read_accounts(&Table::new("accounts", accounts))?;
        data.read_movements(&Table::new("transactions", transactions))?;
        data.read_schemes(&Table::new("members", members))?;
        Ok(data)
    }

    /// What an account is called in the data.
    pub fn name(&self, account: AccountId) -> &str {
        self.names.get(&account).map_or("-", String::as_str)
    }

    fn account(&mut self, name: &str) -> Option<AccountId> {
        if name == "EXT" || name.is_empty() {
            return None;
        }
        if let Some(known) = self.numbers.get(name) {
            return Some(*known);
        }
        let id = AccountId::from_uuid(Uuid::from_u128(self.numbers.len() as u128 + 1));
        self.numbers.insert(name.to_owned(), id);
        self.names.insert(id, name.to_owned());
        Some(id)
    }

    fn customer(&mut self, name: &str) -> UserId {
        let next = UserId::from_uuid(Uuid::from_u128(self.customers.len() as u128 + 1));
        *self.customers.entry(name.to_owned()).or_insert(next)
    }

    fn read_accounts(&mut self, table: &Table<'_>) -> Result<(), Unreadable> {
        for row in table.rows() {
            let name = row.either("account_id", "acct_id")?;
            let account = self.account(name).ok_or_else(|| row.bad(name, "account"))?;
            let customer = row.get("customer_id").unwrap_or(name);
            let income = row.get("declared_monthly_income");
            let fact = AccountFacts {
                account,
                customer: self.customer(customer),
                kind: match row.get("customer_kind") {
                    Some("retail" | "student") => Kind::Person,
                    Some("business") => Kind::Business,
                    Some("cash_business") => Kind::CashBusiness,
                    _ => Kind::Unknown,
                },
                country: row.get("country").and_then(Country::parse),
                income_minor: income.map(|income| row.minor(income, Currency::USD)).transpose()?,
                opened_at_us: row.instant(row.either("opened", "open_dt")?)?,
            };
            self.facts.push(fact);
        }
        Ok(())
    }

    fn read_movements(&mut self, table: &Table<'_>) -> Result<(), Unreadable> {
        for row in table.rows() {
            let code = row.get("currency").unwrap_or("USD");
            let currency = Currency::parse(code).map_err(|_| row.bad(code, "currency"))?;
            let movement = Movement {
                id: MovementId::from_uuid(Uuid::from_u128(row.number("txn_id", "tran_id")?.into())),
                at_us: row.instant(row.either("ts", "tran_timestamp")?)?,
                from: self.account(row.either("src_account", "orig_acct")?),
                to: self.account(row.either("dst_account", "bene_acct")?),
                abroad: None,
                amount_minor: row.minor(row.either("amount", "base_amt")?, currency)?,
                currency,
                channel: channel(row.get("channel").unwrap_or("transfer")),
            };
            self.movements.push(movement);
        }
        Ok(())
    }

    fn read_schemes(&mut self, table: &Table<'_>) -> Result<(), Unreadable> {
        let mut schemes: BTreeMap<u64, (Typology, BTreeSet<AccountId>)> = BTreeMap::new();
        for row in table.rows() {
            let name = row.either("typology", "alert_type")?;
            let typology = Typology::parse(name).ok_or_else(|| row.bad(name, "typology"))?;
            let account = self.account(row.either("account_id", "acct_id")?);
            let scheme = schemes.entry(row.number("alert_id", "alert_id")?);
            scheme.or_insert_with(|| (typology, BTreeSet::new())).1.extend(account);
        }
        for (label, (typology, accounts)) in schemes {
            self.labels.push(label.to_string());
            self.schemes.push(Scheme { typology, accounts });
        }
        Ok(())
    }
}

fn channel(name: &str) -> Channel {
    match name {
        "cash_in" | "cash_out" => Channel::Cash,
        "wire_in" | "wire_out" | "wire" => Channel::Wire,
        "ach_in" | "ach_out" => Channel::Ach,
        "crypto_in" | "crypto_out" => Channel::Crypto,
        "card" => Channel::Card,
        "payroll" => Channel::Payroll,
        "transfer" => Channel::Transfer,
        _ => Channel::Other,
    }
}

/// A table as its columns and lines.
struct Table<'a> {
    name: &'static str,
    columns: HashMap<&'a str, usize>,
    text: &'a str,
}

/// One line of a table.
struct Row<'a> {
    table: &'a Table<'a>,
    line: usize,
    cells: Vec<&'a str>,
}

impl<'a> Table<'a> {
    fn new(name: &'static str, text: &'a str) -> Self {
        let header = text.lines().next().unwrap_or_default();
        let columns = header.split(',').enumerate().map(|(place, name)| (name.trim(), place)).collect();
        Self { name, columns, text }
    }

    fn rows(&'a self) -> impl Iterator<Item = Row<'a>> {
        let lines = (2..).zip(self.text.lines().skip(1)).filter(|(_, line)| !line.is_empty());
        lines.map(|(line, text)| Row { table: self, line, cells: text.split(',').collect() })
    }
}

impl<'a> Row<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.cells.get(*self.table.columns.get(name)?).copied()
    }

    fn either(&self, name: &str, other: &str) -> Result<&'a str, Unreadable> {
        self.get(name).or_else(|| self.get(other)).ok_or_else(|| Unreadable::NoColumn {
            table: self.table.name,
            column: if name == other { name.to_owned() } else { format!("{name} or {other}") },
        })
    }

    fn bad(&self, value: &str, wanted: &'static str) -> Unreadable {
        Unreadable::Value { table: self.table.name, line: self.line, value: value.to_owned(), wanted }
    }

    fn number(&self, name: &str, other: &str) -> Result<u64, Unreadable> {
        let text = self.either(name, other)?;
        text.parse().map_err(|_| self.bad(text, "whole number"))
    }

    /// An instant, or the beginning of a day in UTC.
    fn instant(&self, text: &str) -> Result<i64, Unreadable> {
        let bad = || self.bad(text, "time");
        let at = if text.len() == 10 {
            let date: Date = text.parse().map_err(|_| bad())?;
            format!("{date}T00:00:00Z").parse::<Timestamp>()
        } else {
            text.parse::<Timestamp>()
        };
        Ok(at.map_err(|_| bad())?.as_microsecond())
    }

    /// A sum in minor units; digits that the currency has and the figure does not are zeros.
    fn minor(&self, text: &str, currency: Currency) -> Result<i64, Unreadable> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let padded = format!("{whole}.{part:0<2}");
        Ok(Money::parse(&padded, currency).map_err(|_| self.bad(text, "amount"))?.minor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNTS: &str =
        "account_id,customer_id,customer_kind,opened\nA,1,retail,2024-01-01\nB,2,business,2023-05-06\n";
    const MEMBERS: &str = "alert_id,typology,account_id\n7,structuring,A\n";

    #[test]
    fn tables_of_either_kind_of_columns_are_read() {
        let own =
            "txn_id,ts,src_account,dst_account,amount,channel\n1,2024-02-03T04:05:06Z,EXT,A,9000.5,cash_in\n";
        let other = "tran_id,tran_timestamp,orig_acct,bene_acct,base_amt\n1,2024-02-03,A,B,12\n";

        let first = Labelled::read(ACCOUNTS, own, MEMBERS).unwrap();
        let second = Labelled::read(ACCOUNTS, other, MEMBERS).unwrap();

        let cash = first.movements[0];
        assert_eq!((cash.from, cash.amount_minor, cash.channel), (None, 900_050, Channel::Cash));
        assert_eq!(first.name(cash.to.unwrap()), "A");
        assert_eq!((first.labels, first.schemes[0].typology), (vec!["7".to_owned()], Typology::Structuring));
        assert_eq!(
            (second.movements[0].amount_minor, second.movements[0].channel),
            (1_200, Channel::Transfer)
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let late = "txn_id,ts,src_account,dst_account,amount\n1,2024-02-03,A,B,12\n2,yesterday,A,B,12\n";
        let lacking = "txn_id,src_account,dst_account,amount\n1,A,B,12\n";
        let told = |transactions| Labelled::read(ACCOUNTS, transactions, MEMBERS).unwrap_err().to_string();

        assert_eq!(told(late), "transactions, line 3: `yesterday` is no time");
        assert_eq!(told(lacking), "transactions has no column ts or tran_timestamp");
    }
}
