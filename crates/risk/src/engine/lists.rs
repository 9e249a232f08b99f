//! Lists: who and what is blocked or allowed, and until when.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use florin_kernel::Uuid;
use foldhash::fast::RandomState;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::attempt::{Attempt, Country, Token};
use crate::ruling::{ListDimension, ListHit, Listed};

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Whatever it meets is refused.
    Block,
    /// Whatever it meets is let through, unless something blocks it or a rule has a floor.
    Allow,
}

impl Effect {
    /// Its name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Allow => "allow",
        }
    }

    /// The effect of this name.
    pub fn find(name: &str) -> Option<Self> {
        [Self::Block, Self::Allow].into_iter().find(|effect| effect.name() == name)
    }
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListValue {
    /// A person, account, card, merchant and so on.
    Token(Token),
    /// A country.
    Country(Country),
    /// A network, or one address as a network of its own.
    Network(IpNet),
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// Its identifier.
    pub id: Uuid,
    /// Of what it is.
    pub dimension: ListDimension,
    /// Which one.
    pub value: ListValue,
    /// What it does.
    pub effect: Effect,
    /// From when on it does nothing, in microseconds since 1970.
    #[serde(default)]
    pub expires_at_us: Option<i64>,
    /// Why it was made; told with decisions.
    pub reason: String,
}

/// All entries, found by what they meet. Made anew for each change, and swapped as a whole.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    entries: Vec<ListEntry>,
    tokens: HashMap<(ListDimension, u128), Vec<usize>, RandomState>,
    /// Networks of each length, by their first address; the older protocol apart.
    networks: BTreeMap<(bool, u8), HashMap<u128, Vec<usize>, RandomState>>,
}

impl Lists {
    /// Lists of these entries. One whose value is not of its dimension's kind meets nothing.
    pub fn new(entries: Vec<ListEntry>) -> Self {
        let mut lists = Self::default();
        for (place, entry) in entries.iter().enumerate() {
            match (entry.dimension, entry.value) {
                (ListDimension::Ip, ListValue::Network(network)) => {
                    let network = network.trunc();
                    let key = (network.addr().is_ipv4(), network.prefix_len());
                    lists
                        .networks
                        .entry(key)
                        .or_default()
                        .entry(bits(network.addr()))
                        .or_default()
                        .push(place);
                }
                (ListDimension::Country, ListValue::Country(country)) => {
                    lists.put(entry.dimension, of_country(country), place);
                }
                (ListDimension::Ip | ListDimension::Country, _)
                | (_, ListValue::Country(_) | ListValue::Network(_)) => {}
                (dimension, ListValue::Token(token)) => lists.put(dimension, token.bits(), place),
            }
        }
        lists.entries = entries;
        lists
    }

    fn put(&mut self, dimension: ListDimension, bits: u128, place: usize) {
        self.tokens.entry((dimension, bits)).or_default().push(place);
    }

    /// The entries.
    pub fn entries(&self) -> &[ListEntry] {
        &self.entries
    }

    /// What an attempt meets at its time.
    pub fn meet(&self, attempt: &Attempt) -> Listed {
        let mut listed = Listed::default();
        if self.entries.is_empty() {
            return listed;
        }
        for dimension in ListDimension::ALL {
            if dimension == ListDimension::Ip {
                attempt.ip.into_iter().for_each(|ip| self.meet_ip(ip, attempt.at_us, &mut listed));
            } else if let Some(bits) = named(attempt, dimension)
                && let Some(places) = self.tokens.get(&(dimension, bits))
            {
                self.note(places, attempt.at_us, &mut listed);
            }
        }
        listed
    }

    fn meet_ip(&self, ip: IpAddr, at_us: i64, listed: &mut Listed) {
        let ip = ip.to_canonical();
        for ((four, length), networks) in self.networks.iter().filter(|((four, _), _)| *four == ip.is_ipv4())
        {
            let width = if *four { 32 } else { 128 };
            let rest = u32::from(width - length.min(&width));
            let first = bits(ip).checked_shr(rest).and_then(|kept| kept.checked_shl(rest)).unwrap_or(0);
            if let Some(places) = networks.get(&first) {
                self.note(places, at_us, listed);
            }
        }
    }

    fn note(&self, places: &[usize], at_us: i64, listed: &mut Listed) {
        for entry in places.iter().filter_map(|place| self.entries.get(*place)) {
            if entry.expires_at_us.is_some_and(|expires| expires <= at_us) {
                continue;
            }
            let hit = ListHit { entry: entry.id, dimension: entry.dimension, reason: entry.reason.clone() };
            match entry.effect {
                Effect::Block => listed.blocks.push(hit),
                Effect::Allow => listed.allows.push(hit),
            }
        }
    }
}

fn named(attempt: &Attempt, dimension: ListDimension) -> Option<u128> {
    let token = match dimension {
        ListDimension::User => attempt.user,
        ListDimension::Account => attempt.account,
        ListDimension::Counterparty => attempt.counterparty,
        ListDimension::Card => attempt.card,
        ListDimension::Merchant => attempt.merchant,
        ListDimension::Terminal => attempt.terminal,
        ListDimension::Email => attempt.email,
        ListDimension::Device => attempt.device,
        ListDimension::Ip => None,
        ListDimension::Country => return attempt.country.map(of_country),
    };
    token.map(Token::bits)
}

fn of_country(country: Country) -> u128 {
    let [first, second] = country.letters();
    (u128::from(first) << 8) | u128::from(second)
}

fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(four) => u128::from(four.to_bits()),
        IpAddr::V6(six) => six.to_bits(),
    }
}
