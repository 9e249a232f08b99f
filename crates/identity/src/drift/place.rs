//! Where a request comes from, and how far that is from another place.

use std::net::IpAddr;

use florin_kernel::Origin;

/// What each difference weighs, and how much is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriftSettings {
    /// From which score on a factor is asked for; 0 for never.
    pub threshold: u32,
    /// What another client weighs.
    pub agent: u32,
    /// What another network weighs.
    pub network: u32,
    /// What another country weighs.
    pub country: u32,
}

impl Default for DriftSettings {
    fn default() -> Self {
        Self { threshold: 60, agent: 50, network: 20, country: 40 }
    }
}

/// Where a request comes from, as coarsely as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The words of what the client calls itself; empty when it calls itself nothing.
    pub agent: String,
    /// The network, where the address is known.
    pub network: Option<String>,
    /// The country, where it is told.
    pub country: Option<String>,
}

impl Place {
    pub(crate) fn of(origin: &Origin) -> Self {
        let letters = |agent: &str| agent.chars().filter(|c| c.is_alphabetic()).collect();
        Self {
            agent: origin.user_agent.as_deref().map(letters).unwrap_or_default(),
            network: origin.ip.map(network),
            country: origin.country.map(|code| code.iter().map(|&letter| char::from(letter)).collect()),
        }
    }
}

/// The first 24 bits of an IPv4 address, or 48 of an IPv6 one.
fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

impl DriftSettings {
    /// How far `here` is from where it `began`: the weights of what differs. A network or a country that is not known on
    /// both sides differs from nothing; a client that calls itself nothing differs from one that does.
    pub(crate) fn score(&self, began: &Place, here: &Place) -> u32 {
        let differ = |one: &Option<String>, other: &Option<String>| matches!((one, other), (Some(a), Some(b)) if a != b);
        let weigh = |differs: bool, weight: u32| if differs { weight } else { 0 };
        weigh(began.agent != here.agent, self.agent)
            .saturating_add(weigh(differ(&began.network, &here.network), self.network))
            .saturating_add(weigh(differ(&began.country, &here.country), self.country))
    }

    /// Whether this much is too much.
    pub(crate) fn is_too_far(&self, score: u32) -> bool {
        self.threshold > 0 && score >= self.threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(agent: &str, ip: &str, country: Option<[u8; 2]>) -> Place {
        Place::of(&Origin {
            user_agent: Some(agent.into()),
            ip: Some(ip.parse().unwrap()),
            country,
            ..Origin::default()
        })
    }

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";

    #[test]
    fn what_differs_is_weighed_and_an_update_or_another_lease_is_no_difference() {
        let settings = DriftSettings::default();
        let began = place(FIREFOX, "203.0.113.7", Some(*b"CA"));
        for (name, here, score) in [
            ("the same", began.clone(), 0),
            ("an update", place(&FIREFOX.replace("131", "140"), "203.0.113.7", Some(*b"CA")), 0),
            ("another lease", place(FIREFOX, "203.0.113.250", Some(*b"CA")), 0),
            ("the same address, mapped", place(FIREFOX, "::ffff:203.0.113.7", Some(*b"CA")), 0),
            ("another network", place(FIREFOX, "203.0.114.7", Some(*b"CA")), 20),
            ("IPv6 from now on", place(FIREFOX, "2001:db8:1::7", Some(*b"CA")), 20),
            ("another client", place("curl/8", "203.0.113.7", Some(*b"CA")), 50),
            ("another country", place(FIREFOX, "198.51.100.7", Some(*b"NG")), 60),
            ("all at once", place("curl/8", "198.51.100.7", Some(*b"NG")), 110),
            ("a country that is not told any more", place(FIREFOX, "203.0.113.7", None), 0),
        ] {
            assert_eq!(settings.score(&began, &here), score, "{name}");
            assert_eq!(settings.score(&here, &began), score, "{name}, the other way round");
        }
    }

    #[test]
    fn leaving_out_what_the_client_is_called_is_a_difference() {
        let began = place(FIREFOX, "203.0.113.7", None);
        let nameless = Place { agent: String::new(), ..began.clone() };

        assert_eq!(DriftSettings::default().score(&began, &nameless), 50);
    }

    #[test]
    fn ipv6_is_compared_by_its_first_48_bits() {
        let settings = DriftSettings::default();
        let began = place("a", "2001:db8:1:2::7", None);

        assert_eq!(settings.score(&began, &place("a", "2001:db8:1:ffff::9", None)), 0);
        assert_eq!(settings.score(&began, &place("a", "2001:db8:2:2::7", None)), 20);
    }

    #[test]
    fn the_threshold_is_reached_by_what_lies_on_it_and_0_is_never() {
        let settings = DriftSettings::default();
        assert!(settings.is_too_far(60) && !settings.is_too_far(59));
        assert!(!DriftSettings { threshold: 0, ..settings }.is_too_far(u32::MAX));
    }

    #[test]
    fn weights_that_are_absurd_do_not_overflow() {
        let settings = DriftSettings { agent: u32::MAX, network: u32::MAX, ..DriftSettings::default() };

        assert_eq!(
            settings.score(&place("a", "203.0.113.7", None), &place("b", "198.51.100.7", None)),
            u32::MAX
        );
    }
}
