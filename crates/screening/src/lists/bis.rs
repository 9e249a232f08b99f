//! Denied persons of the United States Department of Commerce: one file of values separated by tabs, with a header.

use std::io::Read;

use super::Error;
use super::rows::{Shape, rows};
use crate::entry::{Entry, Kind, List, Name, NameKind, Quality};
use crate::names::{Bearer, Parsed, Role};

const SHAPE: Shape = Shape { file: "the denied persons", delimiter: b'\t', fields: 12 };
const HEADER: [&str; 12] = [
    "Name",
    "Street_Address",
    "City",
    "State",
    "Country",
    "Postal_Code",
    "Effective_Date",
    "Expiration_Date",
    "Standard_Order",
    "Last_Update",
    "Action",
    "FR_Citation",
];

/// Reads the denied persons. The list has no numbers, so an entry is known by name and date of its order; rows of one
/// name and order, which give several addresses, are one entry.
pub fn read_bis(source: impl Read) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let mut header = true;
    rows(source, &SHAPE, |row| {
        if std::mem::take(&mut header) {
            let wrong = HEADER.iter().enumerate().find(|(at, name)| row.field(*at) != Some(name));
            return wrong
                .map_or(Ok(()), |(at, name)| Err(row.error(at, format!("the heading `{name}` is wanted"))));
        }
        let name = row.required(0, "the name")?;
        let id = format!("{name}/{}", row.required(6, "the date of the order")?);
        let country = row.field(4).and_then(|code| code.parse().ok());
        let at = *places.entry(id.clone()).or_insert(entries.len());
        if at == entries.len() {
            let remarks = [row.field(10), row.field(11)].into_iter().flatten().collect::<Vec<_>>().join("; ");
            entries.push(Entry {
                list: List::BisDenied,
                id,
                kind: kind(name),
                names: vec![Name { text: name.to_owned(), kind: NameKind::Primary, quality: Quality::Good }],
                births: Vec::new(),
                countries: Vec::new(),
                gender: None,
                identifiers: Vec::new(),
                programmes: vec!["DPL".to_owned()],
                remarks,
            });
        }
        if let (Some(entry), Some(country)) = (entries.get_mut(at), country)
            && !entry.countries.contains(&country)
        {
            entry.countries.push(country);
        }
        Ok(())
    })?;
    if header {
        return Err(Error::at(SHAPE.file, 1, 1, "the headings are missing"));
    }
    Ok(entries)
}

/// The list does not tell persons from companies: who has a legal form or a trade in the name is a company.
fn kind(name: &str) -> Kind {
    let tokens = Parsed::new(name, Bearer::Organisation).tokens;
    let company = tokens.iter().any(|t| matches!(t.role, Role::Form | Role::Generic) && t.text.len() > 1);
    if company { Kind::Organisation } else { Kind::Person }
}
