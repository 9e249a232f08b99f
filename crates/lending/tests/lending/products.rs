//! Products as versioned data.

use florin_lending::{
    Amortization, Calendar, Catalogue, Compounding, Convention, DayCount, Frequency, InstalmentOffer,
    InvalidCatalogue, Kind, NotOffered, Offer, PaymentRule, ProductVersion, Refused, Rounding, Servicing,
    UnknownKind, Wish,
};

use crate::support::{amount, date, percent};

fn offer() -> InstalmentOffer {
    InstalmentOffer {
        currency: florin_kernel::Currency::USD,
        principal_minor: (1_000_00, 50_000_00),
        annual_rate: (percent("5"), percent("20")),
        instalments: (6, 60),
        compounding: Compounding::EachPeriod,
        day_count: DayCount::Thirty360Us,
        frequency: Frequency::Monthly,
        amortization: Amortization::Level,
        payment: PaymentRule::Computed,
        interest_only: 0,
        calendar: Calendar::FederalReserve,
        convention: Convention::Following,
        rounding: Rounding::HalfUp,
        servicing: Servicing::default(),
    }
}

fn version(code: &str, version: u32, from: florin_kernel::Date, kind: Kind) -> ProductVersion {
    ProductVersion {
        code: code.to_owned(),
        version,
        from,
        kind,
        offer: Offer::Instalments(Box::new(offer())),
    }
}

fn wish() -> Wish {
    Wish {
        principal: amount(10_000_00),
        annual_rate: percent("8"),
        instalments: 36,
        started_on: date(2026, 1, 1),
        first_due_on: None,
        escrow_minor: 0,
    }
}

#[test]
fn a_wish_within_the_offer_has_terms_and_a_schedule() {
    let (terms, schedule) = offer().terms(&wish()).unwrap();

    assert_eq!(terms.first_due_on, date(2026, 2, 1));
    assert_eq!(schedule.instalments()[0].due_on, date(2026, 2, 2), "the 1st of February is a Sunday");
    assert_eq!(schedule.payment_minor(), 313_36);
}

#[test]
fn a_wish_outside_of_the_offer_is_refused_with_its_bounds() {
    let refused = |wish: Wish| offer().terms(&wish).unwrap_err();
    assert_eq!(
        refused(Wish { principal: amount(999_99), ..wish() }),
        NotOffered::Principal(1_000_00, 50_000_00)
    );
    assert_eq!(
        refused(Wish { principal: amount(50_000_01), ..wish() }),
        NotOffered::Principal(1_000_00, 50_000_00)
    );
    assert_eq!(
        refused(Wish { annual_rate: percent("4.9"), ..wish() }),
        NotOffered::Rate(percent("5"), percent("20"))
    );
    assert_eq!(refused(Wish { instalments: 61, ..wish() }), NotOffered::Instalments(6, 60));
    let start = date(2026, 1, 1);
    assert_eq!(
        refused(Wish { first_due_on: Some(start), ..wish() }),
        NotOffered::Refused(Refused::FirstDueBeforeStart { started_on: start, first_due_on: start }),
    );
}

#[test]
fn a_loan_is_made_from_the_version_of_its_day() {
    let (first, second) = (date(2026, 1, 1), date(2026, 7, 1));
    let versions =
        vec![version("plain", 2, second, Kind::Personal), version("plain", 1, first, Kind::Personal)];
    let catalogue = Catalogue::new(versions).unwrap();

    let on = |day| catalogue.on("plain", day).map(|version| version.version);

    assert_eq!(on(date(2025, 12, 31)), None);
    assert_eq!(on(date(2026, 6, 30)), Some(1));
    assert_eq!(on(second), Some(2));
    assert_eq!(catalogue.version("plain", 1).unwrap().from, first);
    assert_eq!(catalogue.on("other", second), None);
    assert_eq!(catalogue.versions().len(), 2);
}

#[test]
fn versions_that_contradict_each_other_make_no_catalogue() {
    let day = date(2026, 1, 1);
    let refused = |versions| Catalogue::new(versions).unwrap_err();
    let plain = |number, from| version("plain", number, from, Kind::Auto);

    assert_eq!(refused(vec![plain(2, day)]), InvalidCatalogue::Versions("plain".to_owned()));
    assert_eq!(refused(vec![plain(1, day), plain(1, day)]), InvalidCatalogue::Versions("plain".to_owned()));
    assert_eq!(refused(vec![plain(1, day), plain(2, day)]), InvalidCatalogue::Versions("plain".to_owned()));
    assert_eq!(refused(vec![version("No", 1, day, Kind::Auto)]), InvalidCatalogue::Code("No".to_owned()));
    assert_eq!(
        refused(vec![version("card", 1, day, Kind::CreditCard)]),
        InvalidCatalogue::Kind("card".to_owned()),
    );
    let mut upside_down = plain(1, day);
    upside_down.offer = Offer::Instalments(Box::new(InstalmentOffer { instalments: (9, 8), ..offer() }));
    assert_eq!(refused(vec![upside_down]), InvalidCatalogue::Offer("plain".to_owned()));
}

#[test]
fn a_kind_reads_back_as_written() {
    for kind in Kind::ALL {
        assert_eq!(kind.code().parse(), Ok(kind));
    }
    assert_eq!("payday".parse::<Kind>(), Err(UnknownKind));
}
