//! Reads data for evaluation: plain or packed CSV without quotes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use florin_compliance::evaluate::Scheme;
use florin_compliance::monitor::{AccountFacts, Channel, Country, Kind, Movement, MovementId, Typology};
use florin_kernel::{AccountId, Currency, Date, Money, Timestamp, UserId, Uuid};

/// Movements and accounts, what monitoring may see; and schemes, which it may not.
#[derive(Default)]
pub struct Data {
    pub movements: Vec<Movement>,
    pub facts: Vec<AccountFacts>,
    pub schemes: Vec<Scheme>,
    /// The schemes' names in the files.
    pub labels: Vec<String>,
    numbers: HashMap<String, AccountId>,
    names: HashMap<AccountId, String>,
    customers: HashMap<String, UserId>,
}

impl Data {
    /// What was made up, with the schemes' places as labels.
    pub fn of(movements: Vec<Movement>, facts: Vec<AccountFacts>, schemes: Vec<Scheme>) -> Self {
        let labels = (0..schemes.len()).map(|place| place.to_string()).collect();
        Self { movements, facts, schemes, labels, ..Self::default() }
    }

    /// What an account is called in the files.
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
}

/// Reads a folder of either shape.
pub fn read(folder: &Path) -> Result<Data, Box<dyn Error>> {
    let mut data = Data::default();
    accounts(&mut data, &Table::read(folder, "accounts")?)?;
    movements(&mut data, &Table::read(folder, "transactions")?)?;
    let members = Table::read(folder, "alert_members").or_else(|_| Table::read(folder, "alert_accounts"))?;
    schemes(&mut data, &members)?;
    Ok(data)
}

fn accounts(data: &mut Data, table: &Table) -> Result<(), Box<dyn Error>> {
    for row in table.rows() {
        let name = row.either("account_id", "acct_id")?;
        let account = data.account(name).ok_or("an account without a name")?;
        let customer = row.get("customer_id").unwrap_or(name).to_owned();
        let income =
            row.get("declared_monthly_income").map(|income| minor(income, Currency::USD)).transpose()?;
        let fact = AccountFacts {
            account,
            customer: data.customer(&customer),
            kind: match row.get("customer_kind") {
                Some("retail" | "student") => Kind::Person,
                Some("business") => Kind::Business,
                Some("cash_business") => Kind::CashBusiness,
                _ => Kind::Unknown,
            },
            country: row.get("country").and_then(Country::parse),
            income_minor: income,
            opened_at_us: instant(row.either("opened", "open_dt")?)?,
        };
        data.facts.push(fact);
    }
    Ok(())
}

fn movements(data: &mut Data, table: &Table) -> Result<(), Box<dyn Error>> {
    for row in table.rows() {
        let number: u128 = row.either("txn_id", "tran_id")?.parse()?;
        let currency = Currency::parse(row.get("currency").unwrap_or("USD"))?;
        let movement = Movement {
            id: MovementId::from_uuid(Uuid::from_u128(number)),
            at_us: instant(row.either("ts", "tran_timestamp")?)?,
            from: data.account(row.either("src_account", "orig_acct")?),
            to: data.account(row.either("dst_account", "bene_acct")?),
            abroad: None,
            amount_minor: minor(row.either("amount", "base_amt")?, currency)?,
            currency,
            channel: match row.get("channel").unwrap_or("transfer") {
                "cash_in" | "cash_out" => Channel::Cash,
                "wire_in" | "wire_out" | "wire" => Channel::Wire,
                "ach_in" | "ach_out" => Channel::Ach,
                "crypto_in" | "crypto_out" => Channel::Crypto,
                "card" => Channel::Card,
                "payroll" => Channel::Payroll,
                "transfer" => Channel::Transfer,
                _ => Channel::Other,
            },
        };
        data.movements.push(movement);
    }
    Ok(())
}

fn schemes(data: &mut Data, table: &Table) -> Result<(), Box<dyn Error>> {
    let mut schemes: BTreeMap<u64, (Typology, BTreeSet<AccountId>)> = BTreeMap::new();
    for row in table.rows() {
        let name = row.either("typology", "alert_type")?;
        let typology = Typology::parse(name).ok_or_else(|| format!("no such typology: {name}"))?;
        let account = data.account(row.either("account_id", "acct_id")?);
        let scheme = schemes.entry(row.either("alert_id", "alert_id")?.parse()?);
        scheme.or_insert_with(|| (typology, BTreeSet::new())).1.extend(account);
    }
    for (label, (typology, accounts)) in schemes {
        data.labels.push(label.to_string());
        data.schemes.push(Scheme { typology, accounts });
    }
    Ok(())
}

fn instant(text: &str) -> Result<i64, Box<dyn Error>> {
    if text.len() == 10 {
        let date: Date = text.parse()?;
        return Ok(format!("{date}T00:00:00Z").parse::<Timestamp>()?.as_microsecond());
    }
    Ok(text.parse::<Timestamp>()?.as_microsecond())
}

fn minor(text: &str, currency: Currency) -> Result<i64, Box<dyn Error>> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let padded = format!("{whole}.{part:0<2}");
    Ok(Money::parse(&padded, currency)?.minor())
}

/// A file as its columns and lines.
struct Table {
    columns: HashMap<String, usize>,
    text: String,
}

/// One line of a file.
struct Row<'a> {
    columns: &'a HashMap<String, usize>,
    cells: Vec<&'a str>,
}

impl Table {
    fn read(folder: &Path, name: &str) -> Result<Self, Box<dyn Error>> {
        let mut text = String::new();
        match File::open(folder.join(format!("{name}.csv.gz"))) {
            Ok(packed) => GzDecoder::new(packed).read_to_string(&mut text)?,
            Err(_) => File::open(folder.join(format!("{name}.csv")))?.read_to_string(&mut text)?,
        };
        let header = text.lines().next().unwrap_or_default();
        let columns = header.split(',').enumerate().map(|(place, name)| (name.to_owned(), place)).collect();
        Ok(Self { columns, text })
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let lines = self.text.lines().skip(1).filter(|line| !line.is_empty());
        lines.map(|line| Row { columns: &self.columns, cells: line.split(',').collect() })
    }
}

impl<'a> Row<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.cells.get(*self.columns.get(name)?).copied()
    }

    fn either(&self, name: &str, other: &str) -> Result<&'a str, Box<dyn Error>> {
        self.get(name)
            .or_else(|| self.get(other))
            .ok_or_else(|| format!("no column {name} or {other}").into())
    }
}
