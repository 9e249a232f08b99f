//! What the Treasury's lists say in remarks, `DOB 05 Mar 1970; nationality Iran; Passport A1234567 (Iran).`
//!
//! The remarks are prose with conventions, so what is not understood stays in the remarks and is no error.

use crate::entry::birth::Birth;
use crate::entry::{Entry, Gender, Identifier, Kind, Name, NameKind, Quality};

/// Words that begin a number, and the same number's kind in the result.
const NUMBERS: &[&str] = &[
    "Passport",
    "National ID No.",
    "National Foreign ID Number",
    "Identification Number",
    "SSN",
    "Tax ID No.",
    "Cedula No.",
    "C.U.R.P.",
    "R.F.C.",
    "D.N.I.",
    "N.I.E.",
    "NIT #",
    "RUC #",
    "RIF #",
    "Registration ID",
    "Registration Number",
    "Company Number",
    "Commercial Registry Number",
    "Business Registration Number",
    "Business Registration Document #",
    "Trade License No.",
    "V.A.T. Number",
    "Driver's License No.",
    "Electoral Registry No.",
    "Matricula Mercantil No",
    "Folio Mercantil No.",
    "Italian Fiscal Code",
    "Vessel Registration Identification",
    "MMSI",
    "Aircraft Tail Number",
    "Aircraft Manufacturer's Serial Number (MSN)",
    "SWIFT/BIC",
    "Legal Entity Number",
    "Dubai Chamber of Commerce Membership No.",
    "Birth Certificate Number",
    "Residency Number",
    "Government Gazette Number",
    "Chinese Commercial Code",
];

/// Takes from the remarks of an entry what has a field.
pub(super) fn read(entry: &mut Entry) {
    let remarks = std::mem::take(&mut entry.remarks);
    for part in remarks.split(';').map(|part| part.trim().trim_end_matches('.')) {
        part_of(entry, part);
    }
    entry.remarks = remarks;
}

fn part_of(entry: &mut Entry, part: &str) {
    let part = part.strip_prefix("alt. ").or_else(|| part.strip_prefix("Alt. ")).unwrap_or(part);
    if let Some(date) = part.strip_prefix("DOB ") {
        if let Some(birth) =
            Birth::parse(date).filter(|birth| entry.kind == Kind::Person && !entry.births.contains(birth))
        {
            entry.births.push(birth);
        }
    } else if let Some(country) = part
        .strip_prefix("nationality ")
        .or_else(|| part.strip_prefix("citizen "))
        .or_else(|| part.strip_prefix("POB ").and_then(|place| place.rsplit(", ").next()))
    {
        if let Some(country) = country.parse().ok().filter(|country| !entry.countries.contains(country)) {
            entry.countries.push(country);
        }
    } else if let Some(gender) = part.strip_prefix("Gender ") {
        entry.gender = match gender.to_ascii_lowercase().as_str() {
            "male" => Some(Gender::Male),
            "female" => Some(Gender::Female),
            _ => entry.gender,
        };
    } else if let Some(alias) = part.strip_prefix("a.k.a. ").or_else(|| part.strip_prefix("f.k.a. ")) {
        let kind = if part.starts_with('f') { NameKind::Former } else { NameKind::Alias };
        let text = alias.trim_matches(['\'', '"', '.']).to_owned();
        if !text.is_empty() {
            // The Treasury calls the aliases that it leaves in remarks weak.
            entry.names.push(Name { text, kind, quality: Quality::Low });
        }
    } else if let Some(identifier) = identifier(part) {
        entry.identifiers.push(identifier);
    }
}

fn identifier(part: &str) -> Option<Identifier> {
    let (kind, rest) = NUMBERS.iter().find_map(|kind| part.strip_prefix(kind).map(|rest| (*kind, rest)))?;
    let rest = rest.trim_start();
    let (number, after) = rest.split_once(" (").unwrap_or((rest, ""));
    let number =
        number.split(" issued ").next().unwrap_or(number).split(" expires ").next().unwrap_or(number);
    let number = number.strip_prefix("IMO ").unwrap_or(number).trim();
    let country = after.split(')').next().and_then(|country| country.parse().ok());
    (!Identifier::comparable(number).is_empty()).then(|| Identifier {
        kind: kind.trim_end_matches([' ', '#', '.']).to_owned(),
        number: number.to_owned(),
        country,
    })
}
