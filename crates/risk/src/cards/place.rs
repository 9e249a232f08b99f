//! Where a payment was made.

use super::float;

/// The mean radius of the earth in kilometres (IUGG).
const EARTH_KM: f64 = 6_371.008_8;

/// A place, in millionths of whatever its map is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// On a plane.
    Plane {
        /// Across.
        x: i64,
        /// Along.
        y: i64,
    },
    /// On the earth, in millionths of a degree.
    Earth {
        /// Latitude.
        lat: i64,
        /// Longitude.
        lon: i64,
    },
}

impl Place {
    fn parts(self) -> (i64, i64) {
        match self {
            Self::Plane { x, y } => (x, y),
            Self::Earth { lat, lon } => (lat, lon),
        }
    }

    /// How far it is: in kilometres on the earth, in units of the plane there; `NaN` between maps.
    pub fn distance(self, other: Self) -> f64 {
        let millionth = |n: i64| float(n) / 1e6;
        match (self, other) {
            (Self::Plane { x, y }, Self::Plane { x: x2, y: y2 }) => {
                millionth(x - x2).hypot(millionth(y - y2))
            }
            (Self::Earth { lat, lon }, Self::Earth { lat: lat2, lon: lon2 }) => {
                great_circle([lat, lon, lat2, lon2].map(|part| millionth(part).to_radians()))
            }
            _ => f64::NAN,
        }
    }

    /// The place in the middle of these: the median of either part. None of none.
    pub(super) fn middle(places: &(impl Iterator<Item = Self> + Clone)) -> Option<Self> {
        let median = |part: fn((i64, i64)) -> i64| {
            let mut parts: Vec<i64> = places.clone().map(|place| part(place.parts())).collect();
            let half = parts.len() / 2;
            (half < parts.len()).then(|| *parts.select_nth_unstable(half).1)
        };
        let (first, second) = (median(|(first, _)| first)?, median(|(_, second)| second)?);
        Some(match places.clone().next()? {
            Self::Plane { .. } => Self::Plane { x: first, y: second },
            Self::Earth { .. } => Self::Earth { lat: first, lon: second },
        })
    }
}

/// The haversine formula over latitudes and longitudes in radians.
fn great_circle([lat, lon, lat2, lon2]: [f64; 4]) -> f64 {
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let a = half(lat2 - lat) + lat.cos() * lat2.cos() * half(lon2 - lon);
    2.0 * EARTH_KM * a.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_on_the_earth_and_on_a_plane() {
        let berlin = Place::Earth { lat: 52_520_000, lon: 13_405_000 };
        let paris = Place::Earth { lat: 48_856_600, lon: 2_352_200 };
        assert!((berlin.distance(paris) - 877.5).abs() < 1.0);
        let (a, b) = (Place::Plane { x: 0, y: 0 }, Place::Plane { x: 3_000_000, y: 4_000_000 });
        assert!((a.distance(b) - 5.0).abs() < 1e-12 && a.distance(berlin).is_nan());
    }

    #[test]
    fn the_middle_of_places_heeds_no_single_journey() {
        let places = [(1, 1), (2, 2), (900, -900)].map(|(x, y)| Place::Plane { x, y });
        assert_eq!(Place::middle(&places.into_iter()), Some(Place::Plane { x: 2, y: 1 }));
        assert_eq!(Place::middle(&std::iter::empty()), None);
    }
}
