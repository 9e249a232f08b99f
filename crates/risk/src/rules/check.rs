//! Whether a condition makes sense, and what its names and numbers are.

use florin_kernel::Currency;

use super::expression::{Literal, Measure};
use super::fault::{Fault, Position};
use crate::attempt::{Country, Kind};
use crate::features::{self, FEATURES, Unit};
use crate::ruling::ListDimension;

/// A field of the attempt that is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Kind,
    Country,
    Currency,
}

impl Field {
    pub(super) fn find(name: &str) -> Option<Self> {
        match name {
            "kind" => Some(Self::Kind),
            "country" => Some(Self::Country),
            "currency" => Some(Self::Currency),
            _ => None,
        }
    }

    /// The number that stands for a text of this field.
    pub(super) fn code(self, text: &str, at: Position) -> Result<u32, Fault> {
        let code = match self {
            Self::Kind => Kind::ALL.into_iter().find(|kind| kind.name() == text).map(of_kind),
            Self::Country => Country::parse(text).ok().map(of_country),
            Self::Currency => Currency::parse(text).ok().map(of_currency),
        };
        code.ok_or_else(|| {
            let wanted = match self {
                Self::Kind => Kind::ALL.map(Kind::name).join(", "),
                Self::Country => "a country is two capitals, such as CA".to_owned(),
                Self::Currency => "a currency is three capitals, such as CAD".to_owned(),
            };
            Fault::new(at, format!("\"{text}\" is not known here: {wanted}"))
        })
    }
}

pub(super) fn of_kind(kind: Kind) -> u32 {
    Kind::ALL.into_iter().zip(0..).find(|(other, _)| *other == kind).map_or(u32::MAX, |(_, code)| code)
}

pub(super) fn of_country(country: Country) -> u32 {
    let [first, second] = country.letters();
    (u32::from(first) << 8) | u32::from(second)
}

pub(super) fn of_currency(currency: Currency) -> u32 {
    u32::from(currency.numeric())
}

/// The place of a feature, and its unit.
pub(super) fn feature(name: &str, at: Position) -> Result<(u16, Unit), Fault> {
    let unknown = || {
        let near = nearest(name).map(|near| format!("; is `{near}` meant?")).unwrap_or_default();
        Fault::new(at, format!("there is no feature `{name}`{near}"))
    };
    let place = features::find(name).ok_or_else(unknown)?;
    let unit = FEATURES.get(place).map(|feature| feature.unit).ok_or_else(unknown)?;
    Ok((u16::try_from(place).map_err(|_| unknown())?, unit))
}

/// The feature whose name takes the fewest changes, if those are few.
fn nearest(name: &str) -> Option<&'static str> {
    let changes = |feature: &features::Feature| (distance(name, feature.name), feature.name);
    FEATURES.iter().map(changes).min().filter(|(changes, _)| *changes <= 3).map(|(_, near)| near)
}

/// How many letters are put in, left out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.bytes().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, compared) in row.iter_mut().skip(1).zip(other.bytes()) {
            let changed = diagonal + usize::from(letter != compared);
            diagonal = *cell;
            *cell = changed.min(diagonal + 1).min(left + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The value of a number in the unit of features, and that unit.
pub(super) fn value(literal: &Literal, reference: Currency, at: Position) -> Result<(f64, Unit), Fault> {
    let number = || literal.digits.parse::<f64>().map_err(|_| Fault::new(at, "this is no number"));
    match &literal.measure {
        Measure::Plain => Ok((number()?, Unit::Number)),
        Measure::Percent => Ok((number()? / 100.0, Unit::Number)),
        Measure::Time(seconds) => Ok((number()? * f64::from(*seconds), Unit::Time)),
        Measure::Money(code) if code == reference.code() => {
            let digits = usize::from(reference.digits());
            let (whole, part) = literal.digits.split_once('.').unwrap_or((&literal.digits, ""));
            if part.len() > digits {
                return Err(Fault::new(at, format!("{code} has {digits} digits after the point")));
            }
            let minor = format!("{whole}{part:0<digits$}");
            Ok((minor.parse().map_err(|_| Fault::new(at, "this is no amount"))?, Unit::Money))
        }
        Measure::Money(code) => {
            let reference = reference.code();
            Err(Fault::new(
                at,
                format!("amounts are compared in {reference}, the reference currency, not in {code}"),
            ))
        }
    }
}

/// The bits of a dimension of lists, or of all.
pub(super) fn dimension(name: Option<&str>, at: Position) -> Result<u16, Fault> {
    let Some(name) = name else { return Ok(u16::MAX) };
    let found = ListDimension::ALL.into_iter().find(|dimension| dimension.name() == name);
    found.map(bit).ok_or_else(|| {
        let known = ListDimension::ALL.map(ListDimension::name).join(", ");
        Fault::new(at, format!("there is no list of `{name}`: there are lists of {known}"))
    })
}

pub(super) const fn bit(dimension: ListDimension) -> u16 {
    1 << dimension as u16
}

/// A unit as people call it.
pub(super) const fn called(unit: Unit) -> &'static str {
    match unit {
        Unit::Number => "a number",
        Unit::Money => "an amount",
        Unit::Time => "a time",
        Unit::Truth => "true or false",
    }
}
