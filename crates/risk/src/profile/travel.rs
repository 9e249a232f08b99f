//! How far and how fast somebody must have travelled.

use super::countries;
use crate::attempt::{Attempt, Country, Place};
use crate::windows::Whereabouts;

/// The mean radius of the earth in kilometres.
const EARTH_KM: f64 = 6_371.0;

/// The least time between two attempts, in seconds: clocks and networks are not exact.
const LEAST_S: u32 = 60;

/// From the last place to this one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Travel {
    /// The distance along the great circle, in whole kilometres; between countries what is left of it when both are taken
    /// for as large as they are.
    pub(crate) distance_km: f64,
    /// The speed that takes, in whole kilometres an hour.
    pub(crate) speed_kmh: f64,
}

/// Where somebody is: a point, and how far from it they may be.
#[derive(Clone, Copy)]
struct Spot {
    latitude: f64,
    longitude: f64,
    radius_km: f64,
}

impl Spot {
    fn of_place(place: Place) -> Self {
        let degrees = |udeg: i32| f64::from(udeg) / 1_000_000.0;
        Self {
            latitude: degrees(place.latitude_udeg),
            longitude: degrees(place.longitude_udeg),
            radius_km: 0.0,
        }
    }

    fn of_country(country: Country) -> Option<Self> {
        let middle = countries::find(country)?;
        Some(Self {
            latitude: f64::from(middle.latitude),
            longitude: f64::from(middle.longitude),
            radius_km: f64::from(middle.radius_km),
        })
    }

    /// The great-circle distance, by haversines (Sinnott: Virtues of the Haversine, 1984).
    fn distance_km(&self, other: &Self) -> f64 {
        let (here, there) = (self.latitude.to_radians(), other.latitude.to_radians());
        let across = ((there - here) / 2.0).sin().powi(2);
        let along = ((other.longitude - self.longitude).to_radians() / 2.0).sin().powi(2);
        let haversine = across + here.cos() * there.cos() * along;
        2.0 * EARTH_KM * haversine.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// How somebody came here from where they were last; none where either is unknown.
///
/// Coordinates where there are any, else the middle of the country. Within one country nobody is thought to have moved
/// unless both places are known.
pub(crate) fn travel(attempt: &Attempt, at_s: u32, last: &Whereabouts) -> Option<Travel> {
    let here = attempt.place.map(Spot::of_place).or_else(|| attempt.country.and_then(Spot::of_country))?;
    let place_s = last.place.map_or(0, |(at, _)| at);
    let (then_s, there) =
        match last.country {
            Some((at, country)) if last.place.is_none() || at > place_s => {
                if attempt.country == Some(country) { (at, here) } else { (at, Spot::of_country(country)?) }
            }
            _ => last.place.map(|(at, place)| (at, Spot::of_place(place)))?,
        };
    // Someone whose exact place was seen in the country that is all we know now has not moved.
    let same_country =
        last.country.is_some_and(|(at, country)| at == then_s && attempt.country == Some(country));
    if same_country && (attempt.place.is_none() || there.radius_km > 0.0) {
        return Some(Travel { distance_km: 0.0, speed_kmh: 0.0 });
    }
    let distance = (here.distance_km(&there) - here.radius_km - there.radius_km).max(0.0).round();
    let hours = f64::from(at_s.abs_diff(then_s).max(LEAST_S)) / 3_600.0;
    Some(Travel { distance_km: distance, speed_kmh: (distance / hours).round() })
}

/// The hour of the day by the sun where the attempt comes from; by UTC where that is unknown.
pub(crate) fn local_hour(attempt: &Attempt, at_s: u32) -> u32 {
    let spot = attempt.place.map(Spot::of_place).or_else(|| attempt.country.and_then(Spot::of_country));
    let east = spot.map_or(0.0, |spot| spot.longitude / 15.0).round();
    let utc = at_s / 3_600 % 24;
    let hour = (f64::from(utc) + east + 24.0) % 24.0;
    (0..24).find(|whole| f64::from(*whole) >= hour).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Travel, local_hour, travel};
    use crate::attempt::{Attempt, Country, Kind, Place};
    use crate::windows::Whereabouts;
    use florin_kernel::{Currency, Uuid};

    const TORONTO: Place = Place { latitude_udeg: 43_653_000, longitude_udeg: -79_383_000 };
    const LONDON: Place = Place { latitude_udeg: 51_507_000, longitude_udeg: -128_000 };

    fn attempt(place: Option<Place>, country: &str) -> Attempt {
        let mut attempt = Attempt::new(Uuid::nil(), Kind::CardAuthorization, 0, 100, Currency::USD);
        attempt.place = place;
        attempt.country = Country::parse(country).ok();
        attempt
    }

    #[test]
    fn toronto_to_london_is_some_5700_kilometres() {
        let last = Whereabouts { place: Some((0, TORONTO)), country: None };

        let Travel { distance_km, speed_kmh } =
            travel(&attempt(Some(LONDON), "GB"), 7 * 3_600, &last).unwrap();

        assert!((5_690.0..5_730.0).contains(&distance_km), "{distance_km}");
        assert!((812.0..820.0).contains(&speed_kmh), "{speed_kmh}");
    }

    #[test]
    fn between_countries_their_size_is_allowed_for() {
        let canada = Country::parse("CA").unwrap();
        let last = Whereabouts { place: None, country: Some((0, canada)) };

        assert_eq!(travel(&attempt(None, "US"), 600, &last).unwrap().distance_km, 0.0, "they are neighbours");
        assert_eq!(travel(&attempt(Some(TORONTO), "CA"), 600, &last).unwrap().distance_km, 0.0, "at home");
        assert!(travel(&attempt(None, "JP"), 600, &last).unwrap().speed_kmh > 900.0);
        assert_eq!(travel(&attempt(None, ""), 600, &last), None);
    }

    #[test]
    fn the_hour_is_that_of_the_place() {
        assert_eq!(local_hour(&attempt(Some(TORONTO), "CA"), 3 * 3_600), 22);
        assert_eq!(local_hour(&attempt(None, "JP"), 20 * 3_600), 5);
        assert_eq!(local_hour(&attempt(None, ""), 20 * 3_600), 20);
    }
}
