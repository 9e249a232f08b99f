//! Where somebody lives.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Fault;
use crate::countries::is_country;
use crate::text::line;

/// How many characters a line of an address has at most.
const LINE_CHARS_MAX: usize = 100;
/// How many characters a postal code has at most, wherever.
const POSTAL_CODE_CHARS_MAX: usize = 16;

/// An address as it was filled in.
#[derive(Clone, Default)]
pub struct AddressForm {
    /// Street and house, or what stands for them.
    pub line1: String,
    /// More of the same.
    pub line2: Option<String>,
    /// The town.
    pub city: String,
    /// The state, province or region; wanted in the USA and in Canada.
    pub region: Option<String>,
    /// The postal code; wanted in the USA and in Canada.
    pub postal_code: Option<String>,
    /// The country, by ISO 3166-1 alpha-2, in capitals.
    pub country: String,
}

/// An address that mail can reach, as far as its form tells. Debug prints the country alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street and house, or what stands for them.
    pub line1: String,
    /// More of the same.
    pub line2: Option<String>,
    /// The town.
    pub city: String,
    /// The state, province or region.
    pub region: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The country, by ISO 3166-1 alpha-2.
    pub country: String,
}

impl AddressForm {
    /// The address, its text as it was given.
    ///
    /// # Errors
    /// Every fault, by the path of its field.
    pub fn check(&self) -> Result<Address, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut keep = |checked: Result<Option<String>, Fault>| {
            checked.unwrap_or_else(|fault| {
                faults.push(fault);
                None
            })
        };
        let most = LINE_CHARS_MAX;
        let line1 = keep(line("address.line1", &self.line1, most).map(Some)).unwrap_or_default();
        let line2 = keep(optional("address.line2", self.line2.as_deref()));
        let city = keep(line("address.city", &self.city, most).map(Some)).unwrap_or_default();
        let country = keep(country(&self.country).map(Some)).unwrap_or_default();
        let regional = matches!(country.as_str(), "US" | "CA");
        let region = match optional("address.region", self.region.as_deref()) {
            Ok(None) if regional => Err(Fault::missing("address.region")),
            checked => checked,
        };
        let region = keep(region);
        let postal_code = keep(postal_code(&country, self.postal_code.as_deref()));
        let address = Address { line1, line2, city, region, postal_code, country };
        if faults.is_empty() { Ok(address) } else { Err(faults) }
    }
}

fn optional(field: &'static str, text: Option<&str>) -> Result<Option<String>, Fault> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => line(field, text, LINE_CHARS_MAX).map(Some),
        None => Ok(None),
    }
}

fn country(text: &str) -> Result<String, Fault> {
    if text.is_empty() {
        return Err(Fault::missing("address.country"));
    }
    let wanted = "a country by its two capital letters of ISO 3166-1 is wanted, such as US";
    if is_country(text) { Ok(text.to_owned()) } else { Err(Fault::invalid("address.country", wanted)) }
}

fn postal_code(country: &str, text: Option<&str>) -> Result<Option<String>, Fault> {
    const FIELD: &str = "address.postal_code";
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let Some(text) = text else {
        return if matches!(country, "US" | "CA") { Err(Fault::missing(FIELD)) } else { Ok(None) };
    };
    let (fits, wanted) = match country {
        "US" => (is_zip(text), "a ZIP code is wanted, such as 94105 or 94105-1234"),
        "CA" => (is_canadian(text), "a Canadian postal code is wanted, such as K1A 0B1"),
        _ => {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
            let fits = text.len() <= POSTAL_CODE_CHARS_MAX && text.chars().all(plain);
            (fits, "a postal code of 16 letters, digits, spaces and hyphens at most is wanted")
        }
    };
    if fits { Ok(Some(text.to_owned())) } else { Err(Fault::invalid(FIELD, wanted)) }
}

/// Five digits, or nine with a hyphen.
fn is_zip(text: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('-') {
        Some((zone, plus)) => digits(zone, 5) && digits(plus, 4),
        None => digits(text, 5),
    }
}

/// A1A 1A1, with or without the space, without the letters that Canada Post does not use.
fn is_canadian(text: &str) -> bool {
    let code: Vec<u8> = match text.split_once(' ') {
        Some((area, unit)) if area.len() == 3 => [area.as_bytes(), unit.as_bytes()].concat(),
        Some(_) => return false,
        None => text.as_bytes().to_vec(),
    };
    if code.len() != 6 {
        return false;
    }
    code.iter().enumerate().all(|(place, byte)| {
        let byte = byte.to_ascii_uppercase();
        match place {
            0 => byte.is_ascii_uppercase() && !b"DFIOQUWZ".contains(&byte),
            2 | 4 => byte.is_ascii_uppercase() && !b"DFIOQU".contains(&byte),
            _ => byte.is_ascii_digit(),
        }
    })
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address(… {})", self.country)
    }
}

impl fmt::Debug for AddressForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressForm(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(region: &str, postal_code: &str, country: &str) -> AddressForm {
        AddressForm {
            line1: "1 Main Street".to_owned(),
            line2: None,
            city: "Springfield".to_owned(),
            region: Some(region.to_owned()),
            postal_code: Some(postal_code.to_owned()),
            country: country.to_owned(),
        }
    }

    fn faults(form: &AddressForm) -> Vec<(&'static str, &'static str)> {
        form.check().err().unwrap_or_default().iter().map(|fault| (fault.field, fault.code)).collect()
    }

    #[test]
    fn addresses_of_many_countries_are_taken_as_given() {
        for (region, postal_code, country) in [
            ("CA", "94105", "US"),
            ("PR", "00901-1234", "US"),
            ("ON", "K1A 0B1", "CA"),
            ("BC", "v6b4y8", "CA"),
            ("", "10115", "DE"),
            ("", "SW1A 1AA", "GB"),
            ("", "", "AE"),
            ("", "1012 AB", "NL"),
        ] {
            let address = form(region, postal_code, country).check().unwrap_or_else(|_| panic!("{country}"));
            assert_eq!(address.postal_code.as_deref().unwrap_or_default(), postal_code);
        }
    }

    #[test]
    fn each_fault_names_its_field() {
        for (postal_code, country) in [
            ("9410", "US"),
            ("94105-", "US"),
            ("94105-12345", "US"),
            ("9410a", "US"),
            ("K1A 0B1", "US"),
            ("94105", "CA"),
            ("D1A 0B1", "CA"),
            ("K1A-0B1", "CA"),
            ("K1A  0B1", "CA"),
            ("KIA 0B1", "CA"),
            ("W1A 0B1", "CA"),
            ("<script>", "DE"),
        ] {
            assert_eq!(
                faults(&form("CA", postal_code, country)),
                [("address.postal_code", "invalid")],
                "{postal_code}"
            );
        }
        assert_eq!(
            faults(&form("", "", "US")),
            [("address.region", "missing"), ("address.postal_code", "missing")]
        );
        assert_eq!(faults(&form("", "", "us")), [("address.country", "invalid")]);
        let empty = AddressForm { line2: Some("a\0b".to_owned()), ..AddressForm::default() };
        assert_eq!(
            faults(&empty),
            [
                ("address.line1", "missing"),
                ("address.line2", "invalid"),
                ("address.city", "missing"),
                ("address.country", "missing")
            ]
        );
    }

    #[test]
    fn an_address_prints_its_country_alone() {
        assert_eq!(format!("{:?}", form("CA", "94105", "US").check().unwrap()), "Address(… US)");
    }
}
