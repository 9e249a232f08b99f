//! The devices that a person signs in from, and the sign-ins on them, as the person sees and ends them.
//!
//! - A *device* is what a client calls itself with `X-Device-Fingerprint`; where it calls itself nothing, it is the words
//!   of its user agent without their version numbers, so that an update makes no new device.
//! - A sign-in that began with a fingerprint is *bound* to it: its tokens are taken with no other. Whoever shows one
//!   from elsewhere stole it, so the sign-in ends and its owner is told.
//! - A sign-in from a device that its owner never used before is told to them, unless it is their first at all.

mod binding;
mod desk;
mod everywhere;
mod schema;
mod store;

use florin_db::Tx;
use florin_kernel::{DeviceId, Origin, SessionId, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::{Error, Letters, Profile, SignInNews};

pub(crate) use binding::end_stolen;
pub use everywhere::{InvalidReason, SignOutReason};
pub(crate) use schema::MIGRATION;

/// How many devices of a person are kept; the longest unseen go first.
const DEVICES_MAX: u32 = 50;

/// Where somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The client's address, as far as trusted proxies tell.
    pub ip: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

impl Whereabouts {
    pub(crate) fn of(origin: &Origin) -> Self {
        Self {
            ip: origin.ip.map(|ip| ip.to_string()),
            user_agent: origin.user_agent.as_deref().map(str::to_owned),
        }
    }
}

/// A device that somebody signed in from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The identifier.
    pub id: DeviceId,
    /// Where it was seen last.
    pub place: Whereabouts,
    /// When it was seen first.
    pub first_seen_at: Timestamp,
    /// When somebody signed in from it last.
    pub last_seen_at: Timestamp,
    /// Whether the request comes from it.
    pub current: bool,
}

/// A sign-in that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The identifier.
    pub id: SessionId,
    /// Whether the request belongs to it.
    pub current: bool,
    /// Where it began.
    pub place: Whereabouts,
    /// What was proved, as RFC 8176 names it, separated by spaces.
    pub amr: String,
    /// Whether its tokens are taken from one device alone.
    pub bound: bool,
    /// Whether a browser keeps it, by a cookie.
    pub browser: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used last, to within a minute or two.
    pub last_seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A sign-in of the past or of now, as its owner looks back at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastSignIn {
    /// The identifier.
    pub id: SessionId,
    /// Where it began.
    pub place: Whereabouts,
    /// What was proved, as RFC 8176 names it, separated by spaces.
    pub amr: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended, if somebody or something ended it.
    pub ended_at: Option<Timestamp>,
}

/// The fingerprint that a sign-in from here is bound to.
pub(crate) fn fingerprint(origin: &Origin) -> Option<[u8; 32]> {
    origin.device.as_deref().map(|told| hash(b"florin device binding 1", told))
}

/// What tells the device from others of the same person.
fn recognised(origin: &Origin) -> Option<[u8; 32]> {
    fingerprint(origin).or_else(|| {
        let words: String = origin.user_agent.as_deref()?.chars().filter(|c| c.is_alphabetic()).collect();
        Some(hash(b"florin device agent 1", &words))
    })
}

fn hash(label: &[u8], told: &str) -> [u8; 32] {
    Sha256::new_with_prefix(label).chain_update([0]).chain_update(told).finalize().into()
}

/// Remembers where a sign-in came from; its owner gets a letter when that is new, unless everything is.
pub(crate) fn remember(
    tx: &mut Tx<'_>,
    owner: &Profile,
    origin: &Origin,
    id: DeviceId,
    now: Timestamp,
    letters: &dyn Letters,
) -> Result<(), Error> {
    let Some(device) = recognised(origin) else { return Ok(()) };
    let place = Whereabouts::of(origin);
    if store::touch(tx, owner.id, device, &place, now)? {
        return Ok(());
    }
    let known = store::count(tx, owner.id)?;
    store::insert(tx, id, owner.id, device, &place, now)?;
    store::keep_newest(tx, owner.id, DEVICES_MAX)?;
    if known > 0 {
        letters.sign_in_news(tx, &owner.email, &owner.full_name, SignInNews::NewDevice, &place)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(agent: Option<&str>, device: Option<&str>) -> Origin {
        Origin { user_agent: agent.map(Into::into), device: device.map(Into::into), ..Origin::default() }
    }

    #[test]
    fn an_update_makes_no_new_device_and_another_program_does() {
        let firefox =
            |version| recognised(&origin(Some(&format!("Mozilla/5.0 (X11) Firefox/{version}")), None));

        assert_eq!(firefox("131.0"), firefox("132.0.1"));
        assert_ne!(firefox("131.0"), recognised(&origin(Some("curl/8.1"), None)));
        assert_eq!(recognised(&origin(None, None)), None);
    }

    #[test]
    fn a_fingerprint_tells_more_than_the_agent() {
        let with = |agent, device| recognised(&origin(Some(agent), Some(device)));

        assert_eq!(with("a", "one"), with("b", "one"));
        assert_ne!(with("a", "one"), with("a", "two"));
        assert_eq!(fingerprint(&origin(Some("a"), None)), None);
    }
}
