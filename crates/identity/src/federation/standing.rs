//! What is to be done with somebody whom a provider vouches for.

use florin_kernel::UserId;

use super::exchange::Claimed;
use super::store as links;
use crate::store::{self, Source};
use crate::{Error, factors};

/// What they are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The identity is this person's.
    Linked(UserId),
    /// Somebody has the email that the provider verified.
    Known { user: UserId, verified: bool, second_factor: bool },
    /// The provider verified an email that nobody has.
    New,
    /// The provider verified no email.
    Nameless,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Sign this person in.
    SignIn(UserId),
    /// Link the identity to this person, and sign them in.
    Link(UserId),
    /// Make an account.
    Register,
    /// Ask them to sign in here first, and to link.
    AskLocal,
}

/// An account is linked unasked only where it and the provider have proved the same address, and nothing else guards
/// it. What a provider did not verify gets the same answer whether there is such an account or not.
pub(super) const fn decide(standing: Standing, register: bool) -> Step {
    match standing {
        Standing::Linked(user) => Step::SignIn(user),
        Standing::Known { user, verified: true, second_factor: false } => Step::Link(user),
        Standing::New if register => Step::Register,
        Standing::Known { .. } | Standing::New | Standing::Nameless => Step::AskLocal,
    }
}

impl Standing {
    /// What somebody is here.
    pub(super) fn of(source: &mut dyn Source, claimed: &Claimed) -> Result<Self, Error> {
        if let Some((user, _)) = links::owner(source, claimed)? {
            return Ok(Self::Linked(user));
        }
        let Some(email) = &claimed.email else { return Ok(Self::Nameless) };
        let Some(user) = store::user_by_key(source, email.key())? else { return Ok(Self::New) };
        let verified = store::profile(source, user)?.is_some_and(|profile| profile.verified);
        Ok(Self::Known { user, verified, second_factor: factors::is_on(source, user)? })
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::*;

    #[test]
    fn an_account_is_linked_unasked_only_where_both_sides_proved_the_address() {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let known = |verified, second_factor| Standing::Known { user, verified, second_factor };
        for (standing, register, step) in [
            (Standing::Linked(user), false, Step::SignIn(user)),
            (known(true, false), false, Step::Link(user)),
            (known(false, false), true, Step::AskLocal),
            (known(true, true), true, Step::AskLocal),
            (known(false, true), true, Step::AskLocal),
            (Standing::New, true, Step::Register),
            (Standing::New, false, Step::AskLocal),
            (Standing::Nameless, true, Step::AskLocal),
        ] {
            assert_eq!(decide(standing, register), step, "{standing:?}");
        }
    }
}
