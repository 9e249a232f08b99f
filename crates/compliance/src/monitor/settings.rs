//! What monitoring goes by: every number of every detector, as data.
//!
//! Sums are minor units of the monitor's currency, spans are days or hours, shares are per cent.

use std::collections::BTreeMap;

use florin_kernel::Currency;
use serde::Deserialize;
use thiserror::Error;

use super::Country;

/// Why settings were refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("the settings of monitoring cannot be read: {0}")]
    Malformed(String),
    /// A number outside of what makes sense.
    #[error("the settings of monitoring: `{0}` must be between {1} and {2}")]
    OutOfRange(&'static str, i64, i64),
    /// Text that is not a currency or a country.
    #[error("the settings of monitoring: `{0}` is no code of a {1}")]
    UnknownCode(String, &'static str),
}

/// Declares a section: its fields, what each means, its default, and between what it may be.
macro_rules! sections {
    ($($(#[doc = $about:literal])+ $name:ident = $key:literal {
        $($(#[doc = $doc:literal])+ $field:ident = $value:literal in $least:literal ..= $most:literal,)+
    })+) => {$(
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: i64,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $value,)+ }
            }
        }

        impl $name {
            fn check(&self) -> Result<(), SettingsError> {
                $(if !($least..=$most).contains(&self.$field) {
                    return Err(SettingsError::OutOfRange(
                        concat!($key, ".", stringify!($field)), $least, $most,
                    ));
                })+
                Ok(())
            }

            fn describe(text: &mut String) {
                $(text.push_str(concat!("#", $about, "\n"));)+
                text.push_str(concat!("[", $key, "]\n"));
                $($(text.push_str(concat!("#", $doc, "\n"));)+
                text.push_str(concat!(stringify!($field), " = ", stringify!($value), "\n"));)+
                text.push('\n');
            }
        }
    )+};
}

sections! {
    /// What is usual, and what stands out.
    Usual = "usual" {
        /// Payments of a pair of accounts from which on they are a habit, if they also span `recurring_days`.
        recurring_count = 3 in 2..=100,
        /// Days that a habit's payments span at least; longer than schemes last.
        recurring_days = 24 in 1..=365,
        /// Two payments that far apart are a habit if the larger is at most this percentage of the smaller: rents, fees.
        same_sum_percent = 105 in 100..=200,
        /// Habitual payees that are paid on one day to make it a pay day of the payer.
        pay_day_payees = 3 in 2..=100,
        /// Other payments of a pay day up to this percentage of its largest habitual one belong to it: people newly hired.
        pay_day_reach_percent = 130 in 100..=1_000,
        /// Transfers below this sum are never looked at.
        plain_minor = 20_000 in 1..=1_000_000_000,
        /// How many robust standard deviations (of logarithms, in hundredths) above the peers' median an amount stands out.
        stand_out_hundredths = 200 in 50..=600,
        /// An amount above this stands out among peers whatever they are paid.
        stand_out_minor = 100_000 in 1..=1_000_000_000,
        /// Payments that a payee must have received to be held against its own past as well.
        own_past_count = 20 in 5..=1_000,
        /// Movements of one account that a window looks at, at most; bounds the time for accounts with very many.
        window_movements = 512 in 16..=100_000,
    }
    /// Cash under the limit of reports.
    Structuring = "structuring" {
        /// The limit above which cash is reported: 10,000.00 (31 CFR 1010.311).
        limit_minor = 1_000_000 in 1..=1_000_000_000,
        /// The least deposit that counts, as a percentage of the limit.
        near_percent = 30 in 1..=99,
        /// Deposits, over all accounts of the customer.
        deposits = 3 in 2..=100,
        /// Within this many days.
        days = 14 in 1..=90,
        /// Deposits of a single day must come to this percentage of the limit: what is little above it is reported, not avoided.
        one_day_percent = 150 in 100..=1_000,
        /// A business must keep this percentage of its deposits above `near_percent` under the limit to be said to avoid it.
        under_percent = 90 in 50..=100,
    }
    /// People who pay in cash and pass it on to one collector.
    Smurfing = "smurfing" {
        /// Different people.
        people = 3 in 2..=100,
        /// Within this many days.
        days = 14 in 1..=90,
        /// Days between cash and transfer.
        lag_days = 4 in 1..=30,
        /// The least transfer that counts.
        transfer_minor = 50_000 in 1..=1_000_000_000,
        /// The cash that is found near a transfer is at least this percentage of it.
        cash_percent = 85 in 1..=100,
    }
    /// Many payers of one account, or many payees.
    Fans = "fans" {
        /// Different counterparties.
        counterparties = 5 in 3..=1_000,
        /// Within this many days.
        days = 14 in 1..=90,
        /// That together pay or are paid at least this.
        sum_minor = 400_000 in 1..=1_000_000_000_000,
        /// Payers of one and the same amount, each once, that make a fan-in however slow.
        same_amount_payers = 10 in 3..=1_000,
    }
    /// A hub that gathers and then scatters.
    GatherScatter = "gather_scatter" {
        /// Different payers, and as many different payees.
        counterparties = 3 in 2..=1_000,
        /// Payers and payees together.
        together = 7 in 4..=1_000,
        /// Within this many days.
        days = 21 in 1..=90,
        /// What is paid on is at least this percentage of what came in.
        passed_percent = 50 in 1..=100,
    }
    /// One source, many in the middle, one sink.
    ScatterGather = "scatter_gather" {
        /// Accounts in the middle.
        middles = 3 in 2..=1_000,
        /// Days from the first payment to the last.
        days = 18 in 1..=90,
        /// Days that one in the middle keeps the money.
        lag_days = 8 in 1..=60,
        /// One in the middle passes on at least this percentage.
        passed_percent = 65 in 1..=100,
        /// The sum that leaves the source.
        sum_minor = 300_000 in 1..=1_000_000_000_000,
    }
    /// Money that comes back.
    RoundTrip = "round_trip" {
        /// Hops, at least.
        hops_min = 3 in 3..=8,
        /// Hops, at most.
        hops_max = 8 in 3..=8,
        /// Days from the first hop to the last.
        days = 30 in 1..=90,
        /// A hop is at least this percentage of the one before.
        step_min_percent = 75 in 1..=100,
        /// A hop is at most this percentage of the one before.
        step_max_percent = 103 in 100..=200,
        /// The least hop that counts.
        hop_minor = 50_000 in 1..=1_000_000_000,
        /// Steps of the search from one first hop, at most.
        budget = 20_000 in 100..=100_000_000,
    }
    /// Money that comes in and leaves: rapid movement, accounts that were asleep, new accounts of mules.
    Through = "through" {
        /// Sums that come in and leave, at least.
        passes = 2 in 1..=100,
        /// Within this many days.
        days = 21 in 1..=90,
        /// Hours from coming in to having left.
        hours = 48 in 1..=336,
        /// The percentage that leaves, at least.
        passed_percent = 75 in 1..=100,
        /// The least sum in that counts for an account that is neither new nor was asleep.
        in_minor = 200_000 in 1..=1_000_000_000,
        /// The least sum in that counts for an account that is new or was asleep.
        weak_in_minor = 30_000 in 1..=1_000_000_000,
        /// Days after which an account is asleep on which its holder moved nothing: card payments, or sums of `awake_minor`.
        asleep_days = 30 in 1..=3_650,
        /// The least sum that shows that an account is used: interest and fees do not.
        awake_minor = 5_000 in 1..=1_000_000_000,
        /// Days from opening during which an account is new.
        new_days = 30 in 1..=365,
    }
    /// Cash in, many times, and out again.
    Funnel = "funnel" {
        /// Deposits of cash.
        deposits = 6 in 3..=1_000,
        /// On this many different days.
        on_days = 3 in 1..=90,
        /// Within this many days.
        days = 14 in 1..=90,
        /// The least deposit that counts.
        deposit_minor = 40_000 in 1..=1_000_000_000,
        /// Of what was paid in leaves in cash, by wire or to an exchange, in per cent.
        passed_percent = 45 in 1..=100,
    }
    /// Groups that pay groups.
    Layers = "layers" {
        /// The least number of accounts on either side.
        side = 2 in 2..=100,
        /// Accounts of both sides together, where there is no further layer.
        together = 5 in 4..=1_000,
        /// Of all pairs that could have paid, in per cent, did.
        density_percent = 60 in 1..=100,
        /// Days that one layer's payments take.
        days = 14 in 1..=90,
        /// Payers of one account within the days that are compared in pairs, at most.
        payers_max = 64 in 4..=1_000,
    }
    /// Countries that call for it.
    Geography = "geography" {
        /// The sum to and from such countries.
        sum_minor = 300_000 in 1..=1_000_000_000_000,
        /// Within this many days.
        days = 30 in 1..=365,
    }
}

/// All settings. [`Settings::default`] is for dollars; [`Settings::parse`] reads TOML in which every key is optional.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The currency of all sums here and in findings, by its code.
    pub currency: String,
    /// What one minor unit of another currency is worth, in millionths of a minor unit of `currency`.
    /// Rates for monitoring may be rough and old; a currency that is missing counts one to one.
    pub rates_millionths: BTreeMap<String, i64>,
    /// Countries whose movements are told: those on which the Financial Action Task Force calls for action.
    pub high_risk_countries: Vec<String>,
    /// What is usual, and what stands out.
    pub usual: Usual,
    /// Cash under the limit of reports.
    pub structuring: Structuring,
    /// People who pay in cash and pass it on to one collector.
    pub smurfing: Smurfing,
    /// Many payers of one account, or many payees.
    pub fans: Fans,
    /// A hub that gathers and then scatters.
    pub gather_scatter: GatherScatter,
    /// One source, many in the middle, one sink.
    pub scatter_gather: ScatterGather,
    /// Money that comes back.
    pub round_trip: RoundTrip,
    /// Money that comes in and leaves.
    pub through: Through,
    /// Cash in, many times, and out again.
    pub funnel: Funnel,
    /// Groups that pay groups.
    pub layers: Layers,
    /// Countries that call for it.
    pub geography: Geography,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            currency: "USD".to_owned(),
            rates_millionths: BTreeMap::new(),
            high_risk_countries: ["IR", "KP", "MM"].map(str::to_owned).to_vec(),
            usual: Usual::default(),
            structuring: Structuring::default(),
            smurfing: Smurfing::default(),
            fans: Fans::default(),
            gather_scatter: GatherScatter::default(),
            scatter_gather: ScatterGather::default(),
            round_trip: RoundTrip::default(),
            through: Through::default(),
            funnel: Funnel::default(),
            layers: Layers::default(),
            geography: Geography::default(),
        }
    }
}

impl Settings {
    /// Reads settings from TOML; what is not told is as by default.
    pub fn parse(toml: &str) -> Result<Self, SettingsError> {
        let settings: Self =
            toml::from_str(toml).map_err(|error| SettingsError::Malformed(error.message().to_owned()))?;
        settings.check()?;
        Ok(settings)
    }

    /// The default settings as TOML, each with what it means.
    pub fn document() -> String {
        let mut text = String::from(
            "# Sums are minor units of `currency`, shares per cent.\n\n\
             # The currency of all sums here and in findings.\ncurrency = \"USD\"\n\
             # Countries whose movements are told: the Financial Action Task Force's call for action.\n\
             high_risk_countries = [\"IR\", \"KP\", \"MM\"]\n\n\
             # What a minor unit of another currency is worth, in millionths of one of `currency`: EUR = 1_080_000.\n\
             [rates_millionths]\n\n",
        );
        Usual::describe(&mut text);
        Structuring::describe(&mut text);
        Smurfing::describe(&mut text);
        Fans::describe(&mut text);
        GatherScatter::describe(&mut text);
        ScatterGather::describe(&mut text);
        RoundTrip::describe(&mut text);
        Through::describe(&mut text);
        Funnel::describe(&mut text);
        Layers::describe(&mut text);
        Geography::describe(&mut text);
        text
    }

    /// Whether every number makes sense; the first that does not is told.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.usual.check()?;
        self.structuring.check()?;
        self.smurfing.check()?;
        self.fans.check()?;
        self.gather_scatter.check()?;
        self.scatter_gather.check()?;
        self.round_trip.check()?;
        self.through.check()?;
        self.funnel.check()?;
        self.layers.check()?;
        self.geography.check()?;
        for (code, rate) in std::iter::once((&self.currency, &1)).chain(&self.rates_millionths) {
            Currency::parse(code).map_err(|_| SettingsError::UnknownCode(code.clone(), "currency"))?;
            if *rate <= 0 {
                return Err(SettingsError::OutOfRange("rates_millionths", 1, i64::MAX));
            }
        }
        for code in &self.high_risk_countries {
            Country::parse(code).ok_or_else(|| SettingsError::UnknownCode(code.clone(), "country"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_settings_are_the_default_ones() {
        assert_eq!(Settings::parse(&Settings::document()), Ok(Settings::default()));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_name() {
        assert_eq!(
            Settings::parse("[round_trip]\nhops_max = 9"),
            Err(SettingsError::OutOfRange("round_trip.hops_max", 3, 8))
        );
        assert!(matches!(Settings::parse("[fans]\nday = 3"), Err(SettingsError::Malformed(_))));
        assert_eq!(
            Settings::parse("high_risk_countries = [\"Iran\"]"),
            Err(SettingsError::UnknownCode("Iran".to_owned(), "country"))
        );
        assert_eq!(
            Settings::parse("[rates_millionths]\nEUR = 0"),
            Err(SettingsError::OutOfRange("rates_millionths", 1, i64::MAX))
        );
    }
}
