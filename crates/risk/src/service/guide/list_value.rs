//! What can be listed of each dimension, and what of an attempt it meets.

use florin_kernel::{Fault, Uuid};
use ipnet::IpNet;

use super::error::text;
use crate::attempt::{Country, Token};
use crate::engine::ListValue;
use crate::ruling::ListDimension;

/// How many characters a value has at most.
const VALUE_CHARS_MAX: usize = 320;
/// The shortest networks that may be listed: shorter ones are whole parts of the world.
const PREFIX_MIN: (u8, u8) = (8, 16);

/// A value as it is shown, and what it meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) value: String,
    pub(super) meets: ListValue,
}

/// Reads a value of this dimension.
pub(super) fn read(dimension: ListDimension, given: &str) -> Result<Listing, Fault> {
    let given = text("value", given, VALUE_CHARS_MAX)?;
    let wrong = |message: &str| Fault::invalid("value", message);
    let meets = match dimension {
        ListDimension::User | ListDimension::Account | ListDimension::Counterparty | ListDimension::Card => {
            let id = Uuid::parse_str(&given).map_err(|_| wrong("the identifier is wanted, a UUID"))?;
            return Ok(Listing { value: id.to_string(), meets: ListValue::Token(id.into()) });
        }
        ListDimension::Ip => {
            let network = network(&given)?;
            return Ok(Listing { value: shown(network), meets: ListValue::Network(network) });
        }
        ListDimension::Country => {
            let code = given.to_ascii_uppercase();
            let country = Country::parse(&code).ok().filter(|country| country.exists());
            let country = country.ok_or_else(|| wrong("a country of ISO 3166 is wanted, such as CA"))?;
            return Ok(Listing { value: code, meets: ListValue::Country(country) });
        }
        ListDimension::Email => {
            let sound = given.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty()
                    && !host.is_empty()
                    && !host.contains('@')
                    && !given.contains(char::is_whitespace)
            });
            if !sound {
                return Err(wrong("an email address is wanted"));
            }
            Token::of_email(&given)
        }
        ListDimension::Device => Token::of_device(&given),
        ListDimension::Merchant => Token::of_merchant(&given),
        ListDimension::Terminal => Token::of_terminal(&given),
    };
    Ok(Listing { value: given, meets: ListValue::Token(meets) })
}

/// A network as CIDR, or one address; not one so large that it is no suspicion any more.
fn network(given: &str) -> Result<IpNet, Fault> {
    let wrong = || Fault::invalid("value", "an address or a network is wanted, such as 203.0.113.0/24");
    let network = match given.parse::<std::net::IpAddr>() {
        Ok(address) => IpNet::from(address.to_canonical()),
        Err(_) => given.parse::<IpNet>().map_err(|_| wrong())?.trunc(),
    };
    let least = if network.addr().is_ipv4() { PREFIX_MIN.0 } else { PREFIX_MIN.1 };
    if network.prefix_len() < least {
        let message = format!("a network of at least /{least} is wanted");
        return Err(Fault::new("value", "too_large", message));
    }
    Ok(network)
}

fn shown(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
}

/// What is met, as text that is the same for the same.
pub(super) fn to_text(meets: ListValue) -> String {
    match meets {
        ListValue::Token(token) => Uuid::from_u128(token.bits()).to_string(),
        ListValue::Country(country) => country.to_string(),
        ListValue::Network(network) => network.to_string(),
    }
}

/// The reverse.
pub(super) fn of_text(dimension: ListDimension, meets: &str) -> Option<ListValue> {
    Some(match dimension {
        ListDimension::Ip => ListValue::Network(meets.parse().ok()?),
        ListDimension::Country => ListValue::Country(Country::parse(meets).ok()?),
        _ => ListValue::Token(Uuid::parse_str(meets).ok()?.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(dimension: ListDimension, given: &str) -> &'static str {
        read(dimension, given).unwrap_err().code
    }

    #[test]
    fn a_value_is_of_the_kind_that_its_dimension_asks_for() {
        let id = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b";
        for dimension in ListDimension::ALL {
            let good = match dimension {
                ListDimension::Ip => "203.0.113.0/24",
                ListDimension::Country => "kp",
                ListDimension::Email => "Eve@Example.org",
                ListDimension::User
                | ListDimension::Account
                | ListDimension::Counterparty
                | ListDimension::Card => id,
                ListDimension::Merchant | ListDimension::Terminal | ListDimension::Device => "Shop 7",
            };
            let listing = read(dimension, good).unwrap();
            assert_eq!(of_text(dimension, &to_text(listing.meets)), Some(listing.meets), "{dimension:?}");
            assert_eq!(code(dimension, " "), "missing");
        }
        assert_eq!(code(ListDimension::User, "ada"), "invalid");
        assert_eq!(code(ListDimension::Country, "XX"), "invalid");
        assert_eq!(code(ListDimension::Email, "eve"), "invalid");
        assert_eq!(code(ListDimension::Ip, "0.0.0.0/0"), "too_large");
        assert_eq!(code(ListDimension::Ip, "example.org"), "invalid");
    }

    #[test]
    fn the_same_written_otherwise_meets_the_same() {
        let meets = |dimension, given| read(dimension, given).unwrap().meets;
        assert_eq!(
            meets(ListDimension::Email, "Eve@Example.org"),
            meets(ListDimension::Email, "eve@example.ORG ")
        );
        assert_eq!(meets(ListDimension::Ip, "::ffff:203.0.113.9"), meets(ListDimension::Ip, "203.0.113.9"));
        assert_eq!(meets(ListDimension::Ip, "203.0.113.9/24"), meets(ListDimension::Ip, "203.0.113.0/24"));
        assert_eq!(read(ListDimension::Ip, "203.0.113.9").unwrap().value, "203.0.113.9");
    }
}
