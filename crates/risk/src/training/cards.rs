//! Card payments from a file, with their features.

use std::collections::HashMap;
use std::hash::Hasher as _;
use std::io::Read;

use jiff::civil::{Date, DateTime};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::file::hex;
use super::{Data, Row};
use crate::cards::{FEATURES, History, Payment, Place};

/// The set of features of card payments, with its version.
pub const CARD_FEATURES: &str = "card/1";

/// What each column may be called; capital letters or small ones.
const ID: &[&str] = &["transaction_id", "id"];
const AT: &[&str] = &["tx_datetime", "datetime", "timestamp", "at"];
const CUSTOMER: &[&str] = &["customer_id", "customer", "card_id", "card"];
const TERMINAL: &[&str] = &["terminal_id", "terminal", "merchant_id", "merchant"];
const AMOUNT: &[&str] = &["tx_amount", "amount"];
const FRAUD: &[&str] = &["tx_fraud", "fraud", "is_fraud"];
const PLANE: [&[&str]; 2] = [
    &["terminal_x", "x_terminal", "x_terminal_id", "tx_x", "x"],
    &["terminal_y", "y_terminal", "y_terminal_id", "tx_y", "y"],
];
const EARTH: [&[&str]; 2] = [
    &["terminal_lat", "terminal_latitude", "merchant_lat", "merch_lat", "tx_lat", "latitude", "lat"],
    &[
        "terminal_lon",
        "terminal_longitude",
        "merchant_lon",
        "merch_long",
        "tx_lon",
        "longitude",
        "lon",
        "long",
    ],
];

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub enum CsvError {
    /// A column is missing.
    #[error("the file has no column {0}; it has {1}")]
    NoColumn(&'static str, String),
    /// A field cannot be read.
    #[error("line {line}: {field} is {value:?}, where {wanted} is wanted")]
    Field {
        /// The line, from 1.
        line: u64,
        /// Which field.
        field: &'static str,
        /// What stands there.
        value: String,
        /// What is wanted.
        wanted: &'static str,
    },
    /// Rows are out of order.
    #[error("line {0}: the payment is before the one above it; sort the file by time")]
    Order(u64),
    /// It is no CSV, or cannot be read.
    #[error("{0}")]
    Csv(#[from] csv::Error),
}

/// Where the columns are.
struct Columns {
    id: Option<usize>,
    at: usize,
    customer: usize,
    terminal: usize,
    amount: usize,
    fraud: usize,
    plane: Option<[usize; 2]>,
    earth: Option<[usize; 2]>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, CsvError> {
        let names: Vec<String> = header.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        let find =
            |known: &[&str]| known.iter().find_map(|known| names.iter().position(|name| name == known));
        let must = |known: &[&'static str]| {
            let first = known.first().copied().unwrap_or_default();
            find(known).ok_or_else(|| CsvError::NoColumn(first, names.join(", ")))
        };
        let both = |[one, other]: [&[&str]; 2]| Some([find(one)?, find(other)?]);
        Ok(Self {
            id: find(ID),
            at: must(AT)?,
            customer: must(CUSTOMER)?,
            terminal: must(TERMINAL)?,
            amount: must(AMOUNT)?,
            fraud: must(FRAUD)?,
            plane: both(PLANE),
            earth: both(EARTH),
        })
    }
}

/// Reads card payments, sorted by time, and makes their features, which are kept of the days that `wanted` says. Customers and
/// terminals may be numbers or names; places are coordinates of a plane or of the earth, where there are any.
///
/// # Errors
/// [`CsvError`], with the line.
pub fn read_cards(from: impl Read, wanted: impl Fn(Date) -> bool) -> Result<Data, CsvError> {
    let (mut history, mut rows) = (History::default(), Vec::new());
    let digest = each_payment(from, |payment, day| {
        let features = history.take(payment);
        let features = if wanted(day) { Box::from(features) } else { Box::default() };
        rows.push(Row { day, card: payment.customer, features, fraud: payment.fraud, known_on: None });
    })?;
    let names = FEATURES.iter().map(|name| (*name).to_owned()).collect();
    Ok(Data { features: CARD_FEATURES.to_owned(), names, rows, digest })
}

/// Reads card payments, sorted by time, one after the other; the hexadecimal SHA-256 of the file.
///
/// # Errors
/// [`CsvError`], with the line.
pub fn each_payment(from: impl Read, mut take: impl FnMut(&Payment, Date)) -> Result<String, CsvError> {
    let mut digest = Sha256::new();
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::Fields).from_reader(Hashing { from, digest: &mut digest });
    let columns = Columns::of(reader.headers()?)?;
    let mut numbers = Numbers::default();
    let (mut record, mut before) = (csv::StringRecord::new(), i64::MIN);
    while reader.read_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let field = Fields { record: &record, line };
        let (payment, day) = field.payment(&columns, &mut numbers)?;
        if payment.at < before {
            return Err(CsvError::Order(line));
        }
        before = payment.at;
        take(&payment, day);
    }
    drop(reader);
    Ok(hex(&digest.finalize()))
}

/// Hashes what is read.
struct Hashing<'a, R> {
    from: R,
    digest: &'a mut Sha256,
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(into)?;
        self.digest.update(into.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Numbers for names, where something is not a number already.
#[derive(Default)]
struct Numbers {
    named: HashMap<String, u64>,
}

impl Numbers {
    fn of(&mut self, text: &str) -> u64 {
        if let Ok(number) = text.parse() {
            return number;
        }
        if let Some(number) = self.named.get(text) {
            return *number;
        }
        // The same name has the same number in every file.
        let mut hasher = Fnv::default();
        hasher.write(text.as_bytes());
        let number = hasher.finish() | 1 << 63;
        self.named.insert(text.to_owned(), number);
        number
    }
}

/// FNV-1a, of 64 bits (Fowler, Noll, Vo).
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The fields of a line.
struct Fields<'a> {
    record: &'a csv::StringRecord,
    line: u64,
}

impl Fields<'_> {
    fn payment(&self, columns: &Columns, numbers: &mut Numbers) -> Result<(Payment, Date), CsvError> {
        let at = self.time(columns.at)?;
        let id = columns.id.and_then(|id| self.text(id).parse().ok()).unwrap_or(self.line);
        let fraud = match self.text(columns.fraud) {
            "1" | "true" | "True" | "TRUE" => true,
            "0" | "false" | "False" | "FALSE" => false,
            _ => return Err(self.bad(columns.fraud, "tx_fraud", "0 or 1")),
        };
        let payment = Payment {
            id,
            at: at.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_second()),
            customer: numbers.of(self.text(columns.customer)),
            terminal: numbers.of(self.text(columns.terminal)),
            minor: self.hundredths(columns.amount)?,
            place: self.place(columns)?,
            fraud,
        };
        Ok((payment, at.date()))
    }

    fn text(&self, at: usize) -> &str {
        self.record.get(at).unwrap_or_default()
    }

    fn bad(&self, at: usize, field: &'static str, wanted: &'static str) -> CsvError {
        CsvError::Field { line: self.line, field, value: self.text(at).to_owned(), wanted }
    }

    fn time(&self, at: usize) -> Result<DateTime, CsvError> {
        let text = self.text(at);
        let text = text.strip_suffix('Z').unwrap_or(text);
        text.parse().map_err(|_| self.bad(at, "tx_datetime", "a time such as 2018-07-25 14:30:00"))
    }

    fn hundredths(&self, at: usize) -> Result<i64, CsvError> {
        let millionths = self.decimal(at, "tx_amount", "an amount such as 12.34")?;
        if millionths < 0 {
            return Err(self.bad(at, "tx_amount", "an amount of nothing or more"));
        }
        Ok(millionths.saturating_add(5_000).div_euclid(10_000))
    }

    fn place(&self, columns: &Columns) -> Result<Option<Place>, CsvError> {
        let part = |at| self.decimal(at, "a coordinate", "a number such as 48.2");
        let known = |pair: &[usize; 2]| pair.iter().all(|at| !self.text(*at).is_empty());
        if let Some([lat, lon]) = columns.earth.filter(known) {
            return Ok(Some(Place::Earth { lat: part(lat)?, lon: part(lon)? }));
        }
        columns.plane.filter(known).map(|[x, y]| Ok(Place::Plane { x: part(x)?, y: part(y)? })).transpose()
    }

    /// A decimal number, in millionths; further digits are cut off.
    fn decimal(&self, at: usize, field: &'static str, wanted: &'static str) -> Result<i64, CsvError> {
        millionths(self.text(at)).ok_or_else(|| self.bad(at, field, wanted))
    }
}

fn millionths(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let sound = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !sound(whole) || !sound(part) || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: i64 = format!("{part:0<6}").get(..6)?.parse().ok()?;
    let value = whole.checked_mul(1_000_000)?.checked_add(part)?;
    Some(if negative { value.checked_neg()? } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD\n";

    fn read(text: &str) -> Result<Data, CsvError> {
        read_cards(text.as_bytes(), |_| true)
    }

    #[test]
    fn a_line_becomes_a_row_with_its_features() {
        let data = read(&format!("{HEAD}7,2018-06-02 03:00:00,5,9,12.345,1\n")).unwrap();

        let row = &data.rows[0];
        let feature = |name| row.features[data.names.iter().position(|known| known == name).unwrap()];
        assert_eq!((row.card, row.fraud, row.day), (5, true, jiff::civil::date(2018, 6, 2)));
        assert_eq!((feature("amount"), feature("weekend"), feature("night")), (12.35, 1.0, 1.0));
        assert!(feature("away").is_nan());
    }

    #[test]
    fn names_and_coordinates_are_read_where_there_are_any() {
        let text = "at,card,merchant,amount,fraud,lat,lon\n\
                    2018-06-02T03:00:00Z,ada,shop,5,0,52.52,13.405\n\
                    2018-06-02T04:00:00Z,ada,shop,5,0,48.8566,2.3522\n\
                    2018-06-02T05:00:00Z,bo,shop,5,0,,\n";
        let data = read(text).unwrap();

        let moved = data.names.iter().position(|known| known == "moved").unwrap();
        assert!((data.rows[1].features[moved] - 877.5).abs() < 1.0 && data.rows[2].features[moved].is_nan());
        assert_eq!(data.rows[0].card, data.rows[1].card);
        assert_ne!(data.rows[0].card, data.rows[2].card);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let told = |text: &str| read(text).unwrap_err().to_string();

        assert!(told("a,b\n").starts_with("the file has no column tx_datetime; it has a, b"));
        assert!(
            told(&format!("{HEAD}1,2018-06-02 00:00:00,1,1,x,0\n")).starts_with("line 2: tx_amount is \"x\"")
        );
        assert!(told(&format!("{HEAD}1,2018-06-02 00:00:00,1,1,-1,0\n")).contains("nothing or more"));
        assert!(told(&format!("{HEAD}1,yesterday,1,1,1,0\n")).contains("a time such as"));
        let unsorted = format!("{HEAD}1,2018-06-02 00:00:00,1,1,1,0\n2,2018-06-01 00:00:00,1,1,1,0\n");
        assert!(told(&unsorted).starts_with("line 3: the payment is before"));
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(millionths("12.34"), Some(12_340_000));
        assert_eq!(millionths("-0.0000019"), Some(-1));
        for wrong in ["", ".", "1e3", "1,5", "--1", "99999999999999999999"] {
            assert_eq!(millionths(wrong), None, "{wrong}");
        }
    }
}
