//! The middle of each country, and about how far its land reaches from there.
//!
//! Coarse on purpose, in whole degrees: it tells continents apart, and nobody is accused of a trip within a country. The
//! radius covers the land and a hundred kilometres more.

use crate::attempt::Country;

/// A country's middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Middle {
    code: [u8; 2],
    pub(super) latitude: i16,
    pub(super) longitude: i16,
    pub(super) radius_km: u16,
}

/// The middle of a country; none if there is no such country.
pub(super) fn find(country: Country) -> Option<&'static Middle> {
    let at = MIDDLES.binary_search_by_key(&country.letters(), |middle| middle.code).ok()?;
    MIDDLES.get(at)
}

const fn at(code: [u8; 2], latitude: i16, longitude: i16, radius_km: u16) -> Middle {
    Middle { code, latitude, longitude, radius_km }
}

#[rustfmt::skip]
static MIDDLES: [Middle; 245] = [
    at(*b"AD", 43, 2, 110), at(*b"AE", 24, 54, 340), at(*b"AF", 34, 66, 810),
    at(*b"AG", 17, -62, 110), at(*b"AI", 18, -63, 110), at(*b"AL", 41, 20, 230),
    at(*b"AM", 40, 45, 240), at(*b"AO", -12, 18, 1090), at(*b"AQ", -80, 0, 3460),
    at(*b"AR", -35, -65, 2000), at(*b"AS", -14, -171, 110), at(*b"AT", 48, 14, 340),
    at(*b"AU", -25, 134, 2400), at(*b"AW", 13, -70, 110), at(*b"AX", 60, 20, 120),
    at(*b"AZ", 40, 48, 350), at(*b"BA", 44, 18, 280), at(*b"BB", 13, -60, 110),
    at(*b"BD", 24, 90, 430), at(*b"BE", 51, 5, 240), at(*b"BF", 12, -2, 550),
    at(*b"BG", 43, 25, 380), at(*b"BH", 26, 51, 110), at(*b"BI", -3, 30, 230),
    at(*b"BJ", 10, 2, 390), at(*b"BL", 18, -63, 110), at(*b"BM", 32, -65, 110),
    at(*b"BN", 5, 115, 150), at(*b"BO", -17, -65, 1030), at(*b"BQ", 12, -68, 110),
    at(*b"BR", -10, -52, 2600), at(*b"BS", 24, -77, 190), at(*b"BT", 27, 90, 260),
    at(*b"BW", -22, 24, 770), at(*b"BY", 53, 28, 490), at(*b"BZ", 17, -89, 220),
    at(*b"CA", 58, -98, 3500), at(*b"CC", -12, 97, 110), at(*b"CD", -3, 24, 1460),
    at(*b"CF", 7, 21, 790), at(*b"CG", -1, 15, 610), at(*b"CH", 47, 8, 260),
    at(*b"CI", 8, -6, 590), at(*b"CK", -21, -160, 800), at(*b"CL", -33, -71, 2300),
    at(*b"CM", 6, 13, 700), at(*b"CN", 36, 104, 2800), at(*b"CO", 4, -73, 1200),
    at(*b"CR", 10, -84, 500), at(*b"CU", 22, -79, 380), at(*b"CV", 16, -24, 140),
    at(*b"CW", 12, -69, 110), at(*b"CX", -10, 106, 110), at(*b"CY", 35, 33, 170),
    at(*b"CZ", 50, 15, 330), at(*b"DE", 51, 10, 620), at(*b"DJ", 12, 43, 220),
    at(*b"DK", 56, 10, 500), at(*b"DM", 15, -61, 110), at(*b"DO", 19, -71, 280),
    at(*b"DZ", 28, 3, 1470), at(*b"EC", -1, -79, 1200), at(*b"EE", 59, 26, 270),
    at(*b"EG", 27, 30, 980), at(*b"EH", 24, -13, 500), at(*b"ER", 15, 39, 390),
    at(*b"ES", 40, -4, 1800), at(*b"ET", 9, 40, 1030), at(*b"FI", 64, 26, 600),
    at(*b"FJ", -18, 178, 500), at(*b"FK", -52, -59, 180), at(*b"FM", 7, 158, 1500),
    at(*b"FO", 62, -7, 110), at(*b"FR", 46, 2, 700), at(*b"GA", -1, 12, 550),
    at(*b"GB", 54, -2, 750), at(*b"GD", 12, -62, 110), at(*b"GE", 42, 43, 320),
    at(*b"GF", 4, -53, 340), at(*b"GG", 49, -3, 110), at(*b"GH", 8, -1, 520),
    at(*b"GI", 36, -5, 110), at(*b"GL", 72, -40, 1410), at(*b"GM", 13, -15, 170),
    at(*b"GN", 10, -11, 530), at(*b"GP", 16, -62, 120), at(*b"GQ", 2, 10, 230),
    at(*b"GR", 39, 22, 550), at(*b"GT", 15, -90, 380), at(*b"GU", 13, 145, 110),
    at(*b"GW", 12, -15, 250), at(*b"GY", 5, -59, 500), at(*b"HK", 22, 114, 110),
    at(*b"HN", 15, -86, 380), at(*b"HR", 45, 16, 300), at(*b"HT", 19, -72, 230),
    at(*b"HU", 47, 19, 360), at(*b"ID", -2, 118, 2800), at(*b"IE", 53, -8, 320),
    at(*b"IL", 31, 35, 210), at(*b"IM", 54, -5, 110), at(*b"IN", 22, 79, 1900),
    at(*b"IO", -6, 72, 110), at(*b"IQ", 33, 44, 680), at(*b"IR", 32, 54, 1240),
    at(*b"IS", 65, -18, 370), at(*b"IT", 43, 12, 750), at(*b"JE", 49, -2, 110),
    at(*b"JM", 18, -77, 170), at(*b"JO", 31, 36, 350), at(*b"JP", 37, 138, 1500),
    at(*b"KE", 1, 38, 770), at(*b"KG", 41, 75, 480), at(*b"KH", 13, 105, 460),
    at(*b"KI", 1, 173, 2200), at(*b"KM", -12, 43, 120), at(*b"KN", 17, -63, 110),
    at(*b"KP", 40, 127, 390), at(*b"KR", 36, 128, 370), at(*b"KW", 29, 48, 200),
    at(*b"KY", 19, -81, 110), at(*b"KZ", 48, 67, 1570), at(*b"LA", 18, 104, 520),
    at(*b"LB", 34, 36, 170), at(*b"LC", 14, -61, 110), at(*b"LI", 47, 10, 110),
    at(*b"LK", 8, 81, 310), at(*b"LR", 6, -9, 380), at(*b"LS", -30, 28, 240),
    at(*b"LT", 55, 24, 310), at(*b"LU", 50, 6, 130), at(*b"LV", 57, 25, 310),
    at(*b"LY", 27, 18, 1280), at(*b"MA", 32, -6, 680), at(*b"MC", 44, 7, 110),
    at(*b"MD", 47, 28, 250), at(*b"ME", 43, 19, 190), at(*b"MF", 18, -63, 110),
    at(*b"MG", -19, 47, 770), at(*b"MH", 7, 171, 800), at(*b"MK", 42, 22, 230),
    at(*b"ML", 17, -4, 1090), at(*b"MM", 21, 96, 820), at(*b"MN", 47, 104, 1210),
    at(*b"MO", 22, 114, 110), at(*b"MP", 15, 146, 110), at(*b"MQ", 15, -61, 110),
    at(*b"MR", 20, -10, 1000), at(*b"MS", 17, -62, 110), at(*b"MT", 36, 14, 110),
    at(*b"MU", -20, 58, 700), at(*b"MV", 3, 73, 110), at(*b"MW", -13, 34, 390),
    at(*b"MX", 24, -102, 1350), at(*b"MY", 4, 109, 1100), at(*b"MZ", -17, 35, 890),
    at(*b"NA", -22, 17, 900), at(*b"NC", -21, 165, 200), at(*b"NE", 17, 9, 1100),
    at(*b"NF", -29, 168, 110), at(*b"NG", 10, 8, 950), at(*b"NI", 13, -85, 410),
    at(*b"NL", 52, 5, 260), at(*b"NO", 65, 14, 1100), at(*b"NP", 28, 84, 430),
    at(*b"NR", -1, 167, 110), at(*b"NU", -19, -170, 110), at(*b"NZ", -42, 172, 1200),
    at(*b"OM", 21, 56, 580), at(*b"PA", 9, -80, 330), at(*b"PE", -9, -75, 1100),
    at(*b"PF", -17, -149, 1300), at(*b"PG", -6, 145, 690), at(*b"PH", 12, 122, 1100),
    at(*b"PK", 30, 69, 930), at(*b"PL", 52, 19, 590), at(*b"PM", 47, -56, 110),
    at(*b"PN", -24, -128, 110), at(*b"PR", 18, -66, 170), at(*b"PS", 32, 35, 150),
    at(*b"PT", 40, -8, 1700), at(*b"PW", 7, 134, 110), at(*b"PY", -23, -58, 660),
    at(*b"QA", 25, 51, 180), at(*b"RE", -21, 56, 130), at(*b"RO", 46, 25, 520),
    at(*b"RS", 44, 21, 350), at(*b"RU", 60, 90, 4500), at(*b"RW", -2, 30, 230),
    at(*b"SA", 24, 45, 1400), at(*b"SB", -9, 160, 800), at(*b"SC", -5, 55, 800),
    at(*b"SD", 16, 30, 1320), at(*b"SE", 62, 16, 900), at(*b"SG", 1, 104, 110),
    at(*b"SH", -16, -6, 2500), at(*b"SI", 46, 15, 210), at(*b"SJ", 78, 20, 300),
    at(*b"SK", 49, 19, 280), at(*b"SL", 8, -12, 320), at(*b"SM", 44, 12, 110),
    at(*b"SN", 14, -14, 480), at(*b"SO", 6, 46, 800), at(*b"SR", 4, -56, 450),
    at(*b"SS", 7, 30, 790), at(*b"ST", 0, 7, 110), at(*b"SV", 14, -89, 210),
    at(*b"SX", 18, -63, 110), at(*b"SY", 35, 38, 470), at(*b"SZ", -27, 31, 200),
    at(*b"TC", 22, -72, 110), at(*b"TD", 15, 19, 1100), at(*b"TG", 9, 1, 300),
    at(*b"TH", 15, 101, 730), at(*b"TJ", 39, 71, 420), at(*b"TK", -9, -172, 110),
    at(*b"TL", -9, 126, 190), at(*b"TM", 39, 59, 710), at(*b"TN", 34, 10, 450),
    at(*b"TO", -21, -175, 110), at(*b"TR", 39, 35, 880), at(*b"TT", 11, -61, 140),
    at(*b"TV", -8, 179, 110), at(*b"TW", 24, 121, 250), at(*b"TZ", -6, 35, 960),
    at(*b"UA", 49, 32, 780), at(*b"UG", 1, 32, 520), at(*b"US", 40, -98, 5000),
    at(*b"UY", -33, -56, 460), at(*b"UZ", 41, 64, 680), at(*b"VA", 42, 12, 110),
    at(*b"VC", 13, -61, 110), at(*b"VE", 7, -66, 940), at(*b"VG", 18, -65, 110),
    at(*b"VI", 18, -65, 110), at(*b"VN", 16, 107, 1000), at(*b"VU", -16, 167, 180),
    at(*b"WF", -13, -176, 110), at(*b"WS", -14, -172, 130), at(*b"XK", 43, 21, 170),
    at(*b"YE", 16, 48, 740), at(*b"YT", -13, 45, 110), at(*b"ZA", -29, 25, 1100),
    at(*b"ZM", -14, 28, 860), at(*b"ZW", -19, 30, 640),
];

#[cfg(test)]
mod tests {
    use super::MIDDLES;

    #[test]
    fn countries_are_in_order_and_on_earth() {
        assert!(MIDDLES.is_sorted_by_key(|middle| middle.code));
        assert!(MIDDLES.iter().all(|middle| middle.latitude.abs() <= 90 && middle.longitude.abs() <= 180));
    }
}
