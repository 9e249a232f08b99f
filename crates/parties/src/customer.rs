//! A customer, as staff and they themselves see one.

use std::fmt;

use florin_kernel::{Timestamp, UserId};

use crate::ports::KnownPerson;
use crate::sealing::Record;
use crate::{Address, TaxIdKind};

/// What can be asked for without its mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reveal {
    /// The Social Security Number.
    Ssn,
    /// The Social Insurance Number.
    Sin,
    /// The telephone number.
    Phone,
    /// The day of birth.
    DateOfBirth,
}

impl Reveal {
    /// Everything that there is.
    pub const ALL: [Self; 4] = [Self::Ssn, Self::Sin, Self::Phone, Self::DateOfBirth];

    /// The stable name: the field's.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ssn => "ssn",
            Self::Sin => "sin",
            Self::Phone => "phone",
            Self::DateOfBirth => "date_of_birth",
        }
    }

    /// What has this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == text)
    }
}

/// A customer. What is sealed is masked here, unless it was asked for and permitted; Debug prints who it is alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    /// The person.
    pub id: UserId,
    /// What they are called.
    pub full_name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Whether the email is proved.
    pub verified: bool,
    /// Whether they may not sign in.
    pub suspended: bool,
    /// `****0123`.
    pub phone: Option<String>,
    /// The year; the whole day for the customer and for whoever may change it.
    pub date_of_birth: Option<String>,
    /// `***-**-6789`.
    pub ssn: Option<String>,
    /// `***-***-286`.
    pub sin: Option<String>,
    /// Where they live.
    pub address: Option<Address>,
    /// What the next change must name; 0 while there is no record, but for a name and an email.
    pub version: u32,
    /// When the record was made.
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    pub changed_at: Option<Timestamp>,
}

/// How much somebody sees.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sight {
    /// The whole day of birth.
    pub whole_birth_date: bool,
    /// What else has no mask.
    pub revealed: Vec<Reveal>,
}

impl Sight {
    fn is_bare(&self, what: Reveal) -> bool {
        self.revealed.contains(&what) || (what == Reveal::DateOfBirth && self.whole_birth_date)
    }
}

impl Customer {
    pub(crate) fn seen(id: UserId, person: KnownPerson, record: Option<&Record>, sight: &Sight) -> Self {
        let shown =
            |what: Reveal, bare: String, masked: String| if sight.is_bare(what) { bare } else { masked };
        let number = |kind: TaxIdKind, what: Reveal| {
            let number = record?.tax_id.as_ref().filter(|number| number.kind() == kind)?;
            Some(shown(what, number.written().to_string(), number.masked()))
        };
        let (ssn, sin) = (number(TaxIdKind::Ssn, Reveal::Ssn), number(TaxIdKind::Sin, Reveal::Sin));
        Self {
            id,
            full_name: person.full_name,
            email: person.email,
            verified: person.verified,
            suspended: person.suspended,
            phone: record
                .map(|record| shown(Reveal::Phone, record.phone.expose().to_owned(), record.phone.masked())),
            date_of_birth: record.map(|record| {
                let born = record.date_of_birth;
                shown(Reveal::DateOfBirth, born.expose(), born.masked())
            }),
            ssn,
            sin,
            address: record.map(|record| record.address.clone()),
            version: record.map_or(0, |record| record.version),
            created_at: record.map(|record| record.created_at),
            changed_at: record.map(|record| record.changed_at),
        }
    }
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer")
            .field("id", &self.id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
