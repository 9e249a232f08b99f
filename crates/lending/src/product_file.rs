//! The products of an installation: the shipped file of them, or one of the same form that takes its place.

use std::collections::BTreeMap;

use florin_kernel::Currency;
use jiff::civil::Date;
use serde::Deserialize;
use thiserror::Error;

use crate::{
    AfterPrepayment, Amortization, Calendar, CardTerms, Catalogue, Charge, ChargeKind, Compounding,
    Convention, DayCount, Excess, Frequency, InstalmentOffer, InvalidCatalogue, Kind, LateFee, Offer, Order,
    PaymentRule, ProductVersion, Rate, Rounding, Servicing,
};

/// The file that this program ships.
const SHIPPED: &str = include_str!("products.toml");
/// The most that can be charged for lending, in parts per million: all of it.
const PPM_MAX: u32 = 1_000_000;

/// Every product, with its price.
#[derive(Clone, Debug)]
pub struct Products {
    catalogue: Catalogue,
    prices: BTreeMap<(String, u32), Price>,
}

/// What a product costs where the officers who grant a loan name nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// The yearly rate.
    pub list_rate: Rate,
    /// In how many instalments.
    pub usual_instalments: u16,
    /// What the lender charges for lending, in parts per million of the principal.
    pub origination_ppm: u32,
}

/// Why a file of products cannot be used.
#[derive(Debug, Error)]
pub enum InvalidProducts {
    /// It is not the TOML that is wanted.
    #[error("the file of products cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// Versions that do not follow one another, or offers that cannot be granted.
    #[error(transparent)]
    Catalogue(#[from] InvalidCatalogue),
    /// A product without an offer, with two, or with a charge above the loan.
    #[error("the product `{0}` has instalments or a card, and charges at most all of the loan")]
    Offer(String),
}

impl Products {
    /// The products that this program ships.
    ///
    /// # Errors
    /// [`InvalidProducts`]; a test reads the file.
    pub fn shipped() -> Result<Self, InvalidProducts> {
        Self::parse(SHIPPED)
    }

    /// The products of a file's text.
    ///
    /// # Errors
    /// [`InvalidProducts`].
    pub fn parse(text: &str) -> Result<Self, InvalidProducts> {
        let file: File = toml::from_str(text)?;
        let (mut versions, mut prices) = (Vec::new(), BTreeMap::new());
        for product in file.product {
            let invalid = || InvalidProducts::Offer(product.code.clone());
            if product.origination_ppm >= PPM_MAX {
                return Err(invalid());
            }
            let price = Price {
                list_rate: product.list_rate,
                usual_instalments: product.usual_instalments,
                origination_ppm: product.origination_ppm,
            };
            let offer = match (&product.instalments, &product.card) {
                (Some(instalments), None) => Offer::Instalments(Box::new(instalments.offer())),
                (None, Some(card)) => Offer::Card(Box::new(card.clone())),
                _ => return Err(invalid()),
            };
            prices.insert((product.code.clone(), product.version), price);
            let Product { code, version, from, kind, .. } = product;
            versions.push(ProductVersion { code, version, from, kind, offer });
        }
        Ok(Self { catalogue: Catalogue::new(versions)?, prices })
    }

    /// Every version of every product.
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The product of a kind and a currency from which loans are made on `day`: the first by its code.
    pub fn on(&self, kind: Kind, currency: Currency, day: Date) -> Option<&ProductVersion> {
        let mut codes = self.catalogue.versions().iter().filter(|version| {
            version.kind == kind && version.offer.currency() == currency && version.version == 1
        });
        codes.find_map(|version| self.catalogue.on(&version.code, day))
    }

    /// The price of a version.
    pub fn price(&self, version: &ProductVersion) -> Option<Price> {
        self.prices.get(&(version.code.clone(), version.version)).copied()
    }
}

impl Price {
    /// What is taken out of a loan of this much at its beginning.
    pub fn charges(&self, principal_minor: i64) -> Vec<Charge> {
        let whole =
            u128::try_from(principal_minor).unwrap_or(0).saturating_mul(u128::from(self.origination_ppm));
        let share = Rounding::HalfUp.divide(whole, u128::from(PPM_MAX));
        let minor = share.and_then(|share| i64::try_from(share).ok()).unwrap_or(0);
        if minor > 0 { vec![Charge { kind: ChargeKind::Origination, minor }] } else { Vec::new() }
    }
}

impl Offer {
    /// Its currency.
    pub fn currency(&self) -> Currency {
        match self {
            Self::Instalments(offer) => offer.currency,
            Self::Card(terms) => terms.currency,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    product: Vec<Product>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    code: String,
    version: u32,
    from: Date,
    kind: Kind,
    list_rate: Rate,
    usual_instalments: u16,
    origination_ppm: u32,
    instalments: Option<OfferOf>,
    card: Option<CardTerms>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferOf {
    #[serde(with = "crate::stored::currency")]
    currency: Currency,
    principal_minor: (i64, i64),
    annual_rate: (Rate, Rate),
    instalments: (u16, u16),
    compounding: Compounding,
    day_count: DayCount,
    frequency: Frequency,
    amortization: Amortization,
    payment: PaymentRule,
    interest_only: u16,
    calendar: Calendar,
    convention: Convention,
    rounding: Rounding,
    servicing: ServicingOf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServicingOf {
    order: OrderOf,
    excess: Excess,
    after_prepayment: AfterPrepayment,
    overdue_bears_interest: bool,
    late_fee: Option<LateFee>,
    delinquency_from_days: Vec<u32>,
}

/// An order by its name, or every step of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum OrderOf {
    Named(NamedOrder),
    Steps(Order),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NamedOrder {
    CostFirst,
    PeriodicFirst,
}

impl OfferOf {
    fn offer(&self) -> InstalmentOffer {
        let order = match &self.servicing.order {
            OrderOf::Named(NamedOrder::CostFirst) => Order::cost_first(),
            OrderOf::Named(NamedOrder::PeriodicFirst) => Order::periodic_first(),
            OrderOf::Steps(order) => *order,
        };
        InstalmentOffer {
            currency: self.currency,
            principal_minor: self.principal_minor,
            annual_rate: self.annual_rate,
            instalments: self.instalments,
            compounding: self.compounding,
            day_count: self.day_count,
            frequency: self.frequency,
            amortization: self.amortization,
            payment: self.payment,
            interest_only: self.interest_only,
            calendar: self.calendar,
            convention: self.convention,
            rounding: self.rounding,
            servicing: Servicing {
                order,
                excess: self.servicing.excess,
                after_prepayment: self.servicing.after_prepayment,
                overdue_bears_interest: self.servicing.overdue_bears_interest,
                late_fee: self.servicing.late_fee,
                delinquency_from_days: self.servicing.delinquency_from_days.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_kind_is_shipped_in_both_currencies() {
        let products = Products::shipped().unwrap();
        for kind in Kind::ALL {
            for currency in [Currency::USD, Currency::CAD] {
                let version = products.on(kind, currency, date(2026, 1, 1)).unwrap();
                assert_eq!((version.kind, version.offer.currency()), (kind, currency));
                assert!(products.price(version).is_some());
            }
            assert_eq!(products.on(kind, Currency::EUR, date(2026, 1, 1)), None);
            assert_eq!(products.on(kind, Currency::USD, date(2019, 12, 31)), None);
        }
    }

    #[test]
    fn a_file_that_cannot_be_meant_is_refused() {
        assert!(Products::parse("product = 1").is_err());
        assert!(Products::parse(&SHIPPED.replace("rounding = ", "roundness = ")).is_err());
        assert!(
            Products::parse(&SHIPPED.replace("origination_ppm = 20000", "origination_ppm = 1000000"))
                .is_err()
        );
        assert!(Products::parse(&SHIPPED.replace("[product.card]", "[product.instalments]")).is_err());
        assert!(Products::parse(&SHIPPED.replace("version = 1", "version = 2")).is_err());
    }

    #[test]
    fn an_origination_charge_is_a_share_of_the_loan() {
        let price = Price { list_rate: Rate::ZERO, usual_instalments: 12, origination_ppm: 20_000 };
        assert_eq!(price.charges(1_000_025), [Charge { kind: ChargeKind::Origination, minor: 20_001 }]);
        assert!(Price { origination_ppm: 0, ..price }.charges(1_000_000).is_empty());
    }
}
