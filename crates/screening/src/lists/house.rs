//! Lists that an institution keeps itself: comma-separated values with a header.

use std::collections::BTreeSet;
use std::io::Read;

use super::Error;
use super::rows::{Row, Shape, rows};
use crate::entry::birth::Birth;
use crate::entry::{Entry, Gender, Identifier, Kind, List, Name, NameKind, Quality};

/// The columns, in order. Several aliases, weak aliases, dates, countries and numbers are parted by a bar.
pub const HOUSE_COLUMNS: [&str; 10] = [
    "id",
    "kind",
    "name",
    "aliases",
    "weak_aliases",
    "births",
    "countries",
    "gender",
    "identifiers",
    "remarks",
];
const SHAPE: Shape = Shape { file: "the house list", delimiter: b',', fields: 10 };

/// Reads a list of the institution's own under the name that it has there.
///
/// Everything is checked, since there is somebody to correct it: an unknown kind, date, country or gender is an error,
/// and so is an identifier that stands twice.
pub fn read_house(list: &str, source: impl Read) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    let mut ids = BTreeSet::new();
    let mut header = true;
    rows(source, &SHAPE, |row| {
        if std::mem::take(&mut header) {
            let wrong = HOUSE_COLUMNS.iter().enumerate().find(|(at, name)| row.field(*at) != Some(name));
            return wrong
                .map_or(Ok(()), |(at, name)| Err(row.error(at, format!("the heading `{name}` is wanted"))));
        }
        let entry = entry(list, row)?;
        if !ids.insert(entry.id.clone()) {
            return Err(row.error(0, "the identifier stands twice"));
        }
        entries.push(entry);
        Ok(())
    })?;
    if header {
        return Err(Error::at(SHAPE.file, 1, 1, "the headings are missing"));
    }
    Ok(entries)
}

fn entry(list: &str, row: &Row<'_>) -> Result<Entry, Error> {
    let kind = match row.required(1, "the kind")? {
        "person" => Kind::Person,
        "organisation" => Kind::Organisation,
        "vessel" => Kind::Vessel,
        "aircraft" => Kind::Aircraft,
        _ => return Err(row.error(1, "the kind is none of person, organisation, vessel, aircraft")),
    };
    let gender = match row.field(7) {
        None => None,
        Some("female") => Some(Gender::Female),
        Some("male") => Some(Gender::Male),
        Some(_) => return Err(row.error(7, "the gender is neither female nor male")),
    };
    let identifier = |number: String| Identifier { kind: "number".to_owned(), number, country: None };
    Ok(Entry {
        list: List::House(list.to_owned()),
        id: row.required(0, "the identifier")?.to_owned(),
        kind,
        names: names(row)?,
        births: each(row, 5, |text| {
            Birth::parse(text).ok_or_else(|| row.error(5, "a date of birth is none"))
        })?,
        countries: each(row, 6, |text| text.parse().map_err(|_| row.error(6, "a country is unknown")))?,
        gender,
        identifiers: each(row, 8, |text| Ok(identifier(text.to_owned())))?,
        programmes: Vec::new(),
        remarks: row.field(9).unwrap_or_default().to_owned(),
    })
}

fn names(row: &Row<'_>) -> Result<Vec<Name>, Error> {
    let primary = row.required(2, "the name")?.to_owned();
    let name = |kind, quality| move |text: &str| Ok(Name { text: text.to_owned(), kind, quality });
    let mut names = vec![Name { text: primary, kind: NameKind::Primary, quality: Quality::Good }];
    names.extend(each(row, 3, name(NameKind::Alias, Quality::Good))?);
    names.extend(each(row, 4, name(NameKind::Alias, Quality::Low))?);
    Ok(names)
}

fn each<T>(row: &Row<'_>, at: usize, read: impl Fn(&str) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    row.field(at)
        .unwrap_or_default()
        .split('|')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(read)
        .collect()
}
