//! What a list says of one person, organisation, vessel or aircraft, in a form common to all lists.

pub mod birth;
pub mod country;
mod places;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use birth::Birth;
use country::Country;

/// The list that an entry stands on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Specially designated nationals, United States Treasury.
    OfacSdn,
    /// The other lists of the United States Treasury, consolidated.
    OfacConsolidated,
    /// The consolidated list of the United Nations Security Council.
    UnConsolidated,
    /// Denied persons, United States Department of Commerce.
    BisDenied,
    /// A list that the institution keeps itself, by name.
    House(String),
}

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A natural person.
    Person,
    /// A company, an authority, a group.
    Organisation,
    /// A ship.
    Vessel,
    /// An aeroplane.
    Aircraft,
}

/// How a name belongs to its bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// The name that the list leads with.
    Primary,
    /// Also known as.
    Alias,
    /// Formerly known as.
    Former,
    /// The name in the script that its bearer writes.
    OriginalScript,
}

/// How sure a list is of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Enough to identify by itself.
    Good,
    /// A nickname, a nom de guerre, a part of a name: what many others are called as well.
    Low,
}

/// One name of an entry, as the list writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name {
    /// The name; a comma after a person's family name is kept.
    pub text: String,
    /// How it belongs to its bearer.
    pub kind: NameKind,
    /// How sure the list is of it.
    pub quality: Quality,
}

/// What a person is told to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// A woman.
    Female,
    /// A man.
    Male,
}

/// A number that names its bearer: of a passport, a register, a ship.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// What kind of number, in the list's words.
    pub kind: String,
    /// The number as the list writes it.
    pub number: String,
    /// Who issued it, where told.
    pub country: Option<Country>,
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identifier")
            .field("kind", &self.kind)
            .field("country", &self.country)
            .finish_non_exhaustive()
    }
}

impl Identifier {
    /// The number as it is compared: letters and digits alone, in capitals. Empty when too short to name anybody.
    pub fn comparable(number: &str) -> String {
        let plain: String =
            number.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        let digits = plain.chars().filter(char::is_ascii_digit).count();
        if plain.len() < 5 || digits < 4 { String::new() } else { plain }
    }
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The list it stands on.
    pub list: List,
    /// Its identifier there.
    pub id: String,
    /// What it is about.
    pub kind: Kind,
    /// Its names; the first is the primary one.
    pub names: Vec<Name>,
    /// Dates of birth, each of which may be the true one.
    pub births: Vec<Birth>,
    /// Countries of nationality, birth, residence or registration.
    pub countries: Vec<Country>,
    /// Woman or man, where told.
    pub gender: Option<Gender>,
    /// Numbers that name it.
    pub identifiers: Vec<Identifier>,
    /// The programmes under which it is listed.
    pub programmes: Vec<String>,
    /// What the list says besides.
    pub remarks: String,
}

impl Entry {
    /// A hash (SHA-256, in hexadecimal) of all that the entry says.
    ///
    /// It is the same for the same content whatever the order in which a list tells it, and any change of content
    /// changes it: who was cleared of an entry is asked about again when its fingerprint is another one.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |label: &str, mut values: Vec<String>| {
            values.sort();
            values.dedup();
            hash.update(format!("{label}:{};", values.len()));
            for value in values {
                hash.update(format!("{}:{value};", value.len()));
            }
        };
        part(
            "entry",
            vec![format!("{:?}", self.list), format!("id {}", self.id), format!("kind {:?}", self.kind)],
        );
        part(
            "names",
            self.names.iter().map(|n| format!("{:?}/{:?}/{}", n.kind, n.quality, n.text)).collect(),
        );
        part("births", self.births.iter().map(|b| format!("{b:?}")).collect());
        part("countries", self.countries.iter().map(ToString::to_string).collect());
        part("gender", self.gender.iter().map(|g| format!("{g:?}")).collect());
        let number = |i: &Identifier| format!("{}/{}/{:?}", i.kind, i.number, i.country);
        part("identifiers", self.identifiers.iter().map(number).collect());
        part("programmes", self.programmes.clone());
        part("remarks", vec![self.remarks.clone()]);
        hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            for nibble in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(nibble), 16));
            }
            text
        })
    }

    /// The name that the list leads with; empty when it gives none.
    pub fn primary_name(&self) -> &str {
        self.names.first().map_or("", |name| name.text.as_str())
    }
}
