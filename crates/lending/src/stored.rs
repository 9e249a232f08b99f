//! How sums and currencies are written down in stored terms: `[1000000, "USD"]`, in minor units.

/// A currency, by its code.
pub(crate) mod currency {
    use florin_kernel::Currency;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    pub(crate) fn serialize<S: Serializer>(currency: &Currency, serializer: S) -> Result<S::Ok, S::Error> {
        currency.code().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        Currency::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A sum of money.
pub(crate) mod money {
    use florin_kernel::{Currency, Money};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
        (money.minor(), money.currency().code()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        let (minor, code) = <(i64, String)>::deserialize(deserializer)?;
        Ok(Money::new(minor, Currency::parse(&code).map_err(D::Error::custom)?))
    }
}

/// A sum above zero.
pub(crate) mod amount {
    use florin_kernel::Amount;
    use serde::de::Error;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
        super::money::serialize(&amount.money(), serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        Amount::new(super::money::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
