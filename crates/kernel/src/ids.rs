//! Typed identifiers: each a UUID that cannot stand where another is wanted.

use thiserror::Error;

/// Text that is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not an identifier: a UUID such as 0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b is wanted")]
pub struct InvalidId;

/// Declares one identifier type per name, each a newtype over [`uuid::Uuid`].
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::Uuid);

        impl $name {
            /// The identifier with this UUID.
            pub const fn from_uuid(uuid: $crate::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID beneath.
            pub const fn uuid(self) -> $crate::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::Uuid::try_parse(text).map(Self).map_err(|_| $crate::InvalidId)
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use crate::{AccountId, InvalidId};

    #[test]
    fn an_identifier_reads_back_as_written() {
        let text = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b";

        let id: AccountId = text.parse().unwrap();

        assert_eq!(id.to_string(), text);
        assert_eq!("17".parse::<AccountId>(), Err(InvalidId));
    }
}
