//! One individual or entity of the United Nations' list, as its elements come in.

use super::UnNames;
use crate::entry::birth::Birth;
use crate::entry::country::Country;
use crate::entry::{Entry, Gender, Identifier, Kind, List, Name, NameKind, Quality};

/// What was read of a record so far.
pub(super) struct Record {
    entry: Entry,
    parts: [String; 4],
    original: Option<String>,
    group: Vec<(String, String)>,
}

impl Record {
    /// A new record when the element begins one.
    pub fn of(element: &str) -> Option<Self> {
        let kind = match element {
            "INDIVIDUAL" => Kind::Person,
            "ENTITY" => Kind::Organisation,
            _ => return None,
        };
        let entry = Entry {
            list: List::UnConsolidated,
            id: String::new(),
            kind,
            names: Vec::new(),
            births: Vec::new(),
            countries: Vec::new(),
            gender: None,
            identifiers: Vec::new(),
            programmes: Vec::new(),
            remarks: String::new(),
        };
        Some(Self { entry, parts: Default::default(), original: None, group: Vec::new() })
    }

    /// Takes in the text of an element that ends; `path` is within the record.
    pub fn value(&mut self, path: &[String], text: &str) -> Result<(), String> {
        match path {
            [element] => self.plain(element, text),
            [group, element] => {
                if group == "NATIONALITY" {
                    self.country(text);
                } else if !text.is_empty() {
                    self.group.push((element.clone(), text.to_owned()));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn plain(&mut self, element: &str, text: &str) -> Result<(), String> {
        let [first, second, third, fourth] = &mut self.parts;
        match element {
            "DATAID" if self.entry.id.is_empty() => text.clone_into(&mut self.entry.id),
            "DATAID" => return Err("a record has two numbers".to_owned()),
            "FIRST_NAME" => text.clone_into(first),
            "SECOND_NAME" => text.clone_into(second),
            "THIRD_NAME" => text.clone_into(third),
            "FOURTH_NAME" => text.clone_into(fourth),
            "NAME_ORIGINAL_SCRIPT" => self.original = Some(text.to_owned()).filter(|text| !text.is_empty()),
            "UN_LIST_TYPE" => self.entry.programmes.push(text.to_owned()),
            "COMMENTS1" => text.clone_into(&mut self.entry.remarks),
            "GENDER" => {
                self.entry.gender = match text.to_ascii_lowercase().as_str() {
                    "male" => Some(Gender::Male),
                    "female" => Some(Gender::Female),
                    _ => None,
                }
            }
            _ => {
                let group = std::mem::take(&mut self.group);
                self.ended(element, &group);
            }
        }
        Ok(())
    }

    fn ended(&mut self, element: &str, group: &[(String, String)]) {
        let get = |name: &str| group.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str());
        match element {
            "INDIVIDUAL_ALIAS" | "ENTITY_ALIAS" => {
                let quality = get("QUALITY").unwrap_or_default();
                for text in get("ALIAS_NAME").unwrap_or_default().split(';').map(str::trim) {
                    self.alias(text, quality);
                }
            }
            "INDIVIDUAL_DATE_OF_BIRTH" => {
                if let Some(birth) = birth(&get).filter(|birth| !self.entry.births.contains(birth)) {
                    self.entry.births.push(birth);
                }
            }
            "INDIVIDUAL_PLACE_OF_BIRTH" | "INDIVIDUAL_ADDRESS" | "ENTITY_ADDRESS" => {
                self.country(get("COUNTRY").unwrap_or_default());
            }
            "INDIVIDUAL_DOCUMENT" => self.document(&get),
            _ => {}
        }
    }

    fn alias(&mut self, text: &str, quality: &str) {
        if text.is_empty() {
            return;
        }
        let kind = if quality == "f.k.a." { NameKind::Former } else { NameKind::Alias };
        let quality = if quality == "Low" { Quality::Low } else { Quality::Good };
        self.entry.names.push(Name { text: text.to_owned(), kind, quality });
    }

    fn document<'a>(&mut self, get: &impl Fn(&str) -> Option<&'a str>) {
        let number = get("NUMBER").unwrap_or_default();
        if !Identifier::comparable(number).is_empty() {
            let kind =
                get("TYPE_OF_DOCUMENT").or_else(|| get("TYPE_OF_DOCUMENT2")).unwrap_or("document").to_owned();
            let country =
                get("ISSUING_COUNTRY").or_else(|| get("COUNTRY_OF_ISSUE")).and_then(|c| c.parse().ok());
            self.entry.identifiers.push(Identifier { kind, number: number.to_owned(), country });
        }
    }

    fn country(&mut self, text: &str) {
        if let Some(country) =
            text.parse::<Country>().ok().filter(|country| !self.entry.countries.contains(country))
        {
            self.entry.countries.push(country);
        }
    }

    /// The entry of a record that ended.
    pub fn entry(self, names: UnNames) -> Result<Entry, String> {
        let Self { mut entry, parts, original, .. } = self;
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        if entry.id.is_empty() || parts.is_empty() {
            return Err("a record has no number or no name".to_owned());
        }
        entry
            .names
            .insert(0, Name { text: parts.join(" "), kind: NameKind::Primary, quality: Quality::Good });
        if let Some(text) = original.filter(|_| names == UnNames::All) {
            entry.names.push(Name { text, kind: NameKind::OriginalScript, quality: Quality::Good });
        }
        Ok(entry)
    }
}

fn birth<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> Option<Birth> {
    let kind = get("TYPE_OF_DATE").unwrap_or_default();
    let year = |name: &str| get(name).and_then(|text| text.parse().ok());
    if kind == "BETWEEN"
        && let (Some(first), Some(last)) = (year("FROM_YEAR"), year("TO_YEAR"))
    {
        return Birth::between(first, last);
    }
    let birth = get("DATE").and_then(Birth::parse).or_else(|| get("YEAR").and_then(Birth::parse))?;
    Some(Birth { approximate: kind == "APPROXIMATELY", ..birth })
}
