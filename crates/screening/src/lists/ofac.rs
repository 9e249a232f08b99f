//! The lists of the United States Treasury in their older form: three files of comma-separated values without a header.
//!
//! Source: OFAC, "Legacy SDN data formats": `SDN.CSV` (or `CONS_PRIM.CSV`) of 12 fields, `ADD.CSV` of 6, `ALT.CSV` of 5.

use std::collections::HashMap;
use std::io::Read;

use super::Error;
use super::remarks;
use super::rows::{Row, Shape, rows};
use crate::entry::{Entry, Kind, List, Name, NameKind, Quality};

/// The three files, uncompressed.
pub struct OfacFiles<P, A, B> {
    /// `SDN.CSV` or `CONS_PRIM.CSV`.
    pub primary: P,
    /// `ALT.CSV` or `CONS_ALT.CSV`.
    pub alternates: A,
    /// `ADD.CSV` or `CONS_ADD.CSV`.
    pub addresses: B,
}

const PRIMARY: Shape = Shape { file: "the primary names", delimiter: b',', fields: 12 };
const ALTERNATES: Shape = Shape { file: "the alternate names", delimiter: b',', fields: 5 };
const ADDRESSES: Shape = Shape { file: "the addresses", delimiter: b',', fields: 6 };

/// Reads one of the Treasury's lists.
///
/// Dates, numbers, nationalities, gender and weak aliases are taken out of the remarks, where this form keeps them.
pub fn read_ofac(
    list: &List,
    files: OfacFiles<impl Read, impl Read, impl Read>,
) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    rows(files.primary, &PRIMARY, |row| {
        let entry = primary(list, row)?;
        if places.insert(entry.id.clone(), entries.len()).is_some() {
            return Err(row.error(0, "the number stands twice"));
        }
        entries.push(entry);
        Ok(())
    })?;
    let unknown = |row: &Row<'_>| row.error(0, "no entry has this number");
    rows(files.alternates, &ALTERNATES, |row| {
        let place = places.get(row.required(0, "the number")?).copied();
        let entry = place.and_then(|at| entries.get_mut(at)).ok_or_else(|| unknown(row))?;
        alternate(entry, row)
    })?;
    rows(files.addresses, &ADDRESSES, |row| {
        let place = places.get(row.required(0, "the number")?).copied();
        let entry = place.and_then(|at| entries.get_mut(at)).ok_or_else(|| unknown(row))?;
        let country = row.field(4).and_then(|text| text.parse().ok());
        if let Some(country) = country.filter(|country| !entry.countries.contains(country)) {
            entry.countries.push(country);
        }
        Ok(())
    })?;
    Ok(entries)
}

fn number(row: &Row<'_>) -> Result<String, Error> {
    let number = row.required(0, "the number")?;
    let plain = number.len() <= 12 && number.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| number.to_owned()).ok_or_else(|| row.error(0, "the number is none"))
}

fn primary(list: &List, row: &Row<'_>) -> Result<Entry, Error> {
    let kind = match row.field(2).map(str::to_ascii_lowercase).as_deref() {
        Some("individual") => Kind::Person,
        Some("vessel") => Kind::Vessel,
        Some("aircraft") => Kind::Aircraft,
        None | Some("entity") => Kind::Organisation,
        Some(_) => return Err(row.error(2, "the kind is unknown")),
    };
    let name = row.required(1, "the name")?.to_owned();
    let programmes = row.field(3).unwrap_or_default().split(['[', ']', ';']);
    let mut entry = Entry {
        list: list.clone(),
        id: number(row)?,
        kind,
        names: vec![Name { text: name, kind: NameKind::Primary, quality: Quality::Good }],
        births: Vec::new(),
        countries: row.field(8).and_then(|flag| flag.parse().ok()).into_iter().collect(),
        gender: None,
        identifiers: Vec::new(),
        programmes: programmes.map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect(),
        remarks: row.field(11).unwrap_or_default().to_owned(),
    };
    remarks::read(&mut entry);
    Ok(entry)
}

fn alternate(entry: &mut Entry, row: &Row<'_>) -> Result<(), Error> {
    let kind = match row.field(2).map(str::to_ascii_lowercase).as_deref() {
        Some("aka" | "nka") => NameKind::Alias,
        Some("fka") => NameKind::Former,
        _ => return Err(row.error(2, "the kind of name is unknown")),
    };
    let text = row.required(3, "the name")?.to_owned();
    entry.names.push(Name { text, kind, quality: Quality::Good });
    Ok(())
}
