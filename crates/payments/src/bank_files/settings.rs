//! What an installation has agreed with its bank about a network.

use florin_kernel::Currency;

use super::{AchSettings, EftSettings, Timetable};
use crate::checks::BankCountry;

/// A network of banks that takes payments in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BankNetwork {
    /// The Automated Clearing House of the United States.
    Ach,
    /// Canadian electronic funds transfers.
    Eft,
}

impl BankNetwork {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ach, Self::Eft];

    /// The stable name, which is also that of its rail.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ach => "ach",
            Self::Eft => "eft",
        }
    }

    /// The network of this name.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.code() == code)
    }

    /// The currency of its payments.
    pub const fn currency(self) -> Currency {
        match self {
            Self::Ach => Currency::USD,
            Self::Eft => Currency::CAD,
        }
    }

    /// Where the accounts are that it reaches.
    pub const fn country(self) -> BankCountry {
        match self {
            Self::Ach => BankCountry::Us,
            Self::Eft => BankCountry::Ca,
        }
    }
}

/// Who we are in files.
#[derive(Clone, Debug)]
pub enum Format {
    /// In those of Nacha.
    Ach(AchSettings),
    /// In those of Standard 005.
    Eft(EftSettings),
}

/// A network as it was agreed on.
#[derive(Clone, Debug)]
pub struct BankFileSettings {
    /// Who we are.
    pub format: Format,
    /// The days.
    pub timetable: Timetable,
    /// How much a file may move in each direction, in minor units; what is above that waits for the next one.
    pub file_minor_max: i64,
}

impl BankFileSettings {
    /// The network.
    pub const fn network(&self) -> BankNetwork {
        match self.format {
            Format::Ach(_) => BankNetwork::Ach,
            Format::Eft(_) => BankNetwork::Eft,
        }
    }
}
