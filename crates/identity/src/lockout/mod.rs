//! Bounds on guessing: who may try a password, and when.
//!
//! Failures are counted by email, whether anybody has it or not, so that a lock tells nothing; and apart for
//!
//! - *strangers*, wherever they are: too many in a window close the account to all of them for a while,
//! - each *address* that strangers try from: after a few, every further try waits twice as long as the one before,
//! - each *device* that the account signed in from before, which strangers cannot lock out,
//! - whoever is *signed in* and is asked for the password once more.
//!
//! While it is closed, no password is checked: a right one and a wrong one get the same answer after the same work.
//! A sign-in sets back what it was counted under. Within a process one email is guessed at one password at a time, so
//! that many guesses at once are counted before the next is checked.

mod rules;
mod store;
mod suspicion;

use std::net::IpAddr;
use std::time::Duration;

use florin_db::Tx;
use florin_kernel::{Origin, Timestamp, UserId};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, MutexGuard};

pub use rules::Lockout;
pub use suspicion::Suspicion;

pub(crate) use suspicion::Suspects;

use crate::store::Source;
use crate::{Error, Letters, Profile};

/// How long a device counts as known after the last sign-in from it, in seconds: 90 days.
const DEVICE_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How many devices of a person are known.
const DEVICES_MAX: u32 = 20;

/// What is guessed at, by its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subject([u8; 32]);

impl Subject {
    /// The email, as it is compared or, when it is none, as it was typed.
    pub(crate) fn of(email: &str) -> Self {
        Self(hash(b"florin lockout 1", &[email.as_bytes()]))
    }
}

/// Under what a try is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    Strangers,
    Address([u8; 32]),
    Device([u8; 32]),
    SignedIn,
}

impl Scope {
    fn bytes(self) -> Vec<u8> {
        let (tag, hash) = match self {
            Self::Strangers => (0, None),
            Self::Address(hash) => (1, Some(hash)),
            Self::Device(hash) => (2, Some(hash)),
            Self::SignedIn => (3, None),
        };
        std::iter::once(tag).chain(hash.into_iter().flatten()).collect()
    }
}

/// The address as it is counted: of IPv6 the network of 64 bits, of which one household or server has all.
pub(crate) fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// The device that a request says it is from, at the address that it is from; `None` when either is not told.
pub(crate) fn device(origin: &Origin) -> Option<[u8; 32]> {
    let (ip, device) = (origin.ip?, origin.device.as_deref()?);
    Some(hash(b"florin device 1", &[network(ip).as_bytes(), device.as_bytes()]))
}

fn hash(label: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(label);
    for part in parts {
        hash.update([0]);
        hash.update(part);
    }
    hash.finalize().into()
}

/// One try, and what it is counted under.
#[derive(Clone, Debug)]
pub(crate) struct Guess {
    subject: Subject,
    scopes: Vec<Scope>,
    lockout: Lockout,
}

impl Guess {
    /// A try by whoever is at `origin`; `known` says that the account signed in from that device before.
    pub(crate) fn new(subject: Subject, origin: &Origin, known: bool, lockout: &Lockout) -> Self {
        let scopes = if let Some(device) = device(origin).filter(|_| known) {
            vec![Scope::Device(device)]
        } else {
            let address = origin.ip.map(|ip| hash(b"florin address 1", &[network(ip).as_bytes()]));
            std::iter::once(Scope::Strangers).chain(address.map(Scope::Address)).collect()
        };
        Self { subject, scopes, lockout: lockout.clone() }
    }

    /// A try by somebody who is signed in.
    pub(crate) fn signed_in(subject: Subject, lockout: &Lockout) -> Self {
        Self { subject, scopes: vec![Scope::SignedIn], lockout: lockout.clone() }
    }

    /// Until when no password is checked, if so at `now`.
    pub(crate) fn closed_until(
        &self,
        source: &mut dyn Source,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        let mut latest = None;
        for scope in &self.scopes {
            let count = store::count(source, self.subject, *scope)?;
            latest = latest.max(count.and_then(|count| count.closed_at(now)));
        }
        Ok(latest)
    }

    /// Counts a failure; when it closes the account, its owner gets a letter of it. Says whether it does.
    ///
    /// A try that was not even `checked` makes no address wait longer.
    pub(crate) fn failed(
        &self,
        tx: &mut Tx<'_>,
        checked: bool,
        owner: Option<&Profile>,
        letters: &dyn Letters,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut locks = false;
        for &scope in self.scopes.iter().filter(|scope| checked || !matches!(scope, Scope::Address(_))) {
            let before = store::lock_count(tx, self.subject, scope, now)?;
            let (after, closed) = self.lockout.failed(scope, before, now);
            store::write_count(tx, self.subject, scope, &after)?;
            if let (true, Some(until)) = (closed, after.closed_until) {
                locks = true;
                tx.note("locked_until", &until);
                if let Some(owner) = owner {
                    letters.locked_out(tx, &owner.email, &owner.full_name, until)?;
                }
            }
        }
        Ok(locks)
    }

    /// Forgets the failures that a success makes up for.
    pub(crate) fn passed(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        for &scope in &self.scopes {
            store::forget_count(tx, self.subject, scope)?;
        }
        Ok(())
    }

    fn gate(&self) -> (Subject, Option<Scope>) {
        (self.subject, self.scopes.first().copied())
    }
}

/// Opens the account to everybody again; says whether it was closed to anybody.
pub(crate) fn open(tx: &mut Tx<'_>, subject: Subject, now: Timestamp) -> Result<bool, Error> {
    let closed = store::any_closed(tx, subject, now)?;
    store::forget_counts(tx, subject)?;
    Ok(closed)
}

/// Whether the person with this email signed in from this device lately.
pub(crate) fn knows_device(
    source: &mut dyn Source,
    email_key: &str,
    device: [u8; 32],
    now: Timestamp,
) -> Result<bool, Error> {
    Ok(store::knows_device(source, email_key, device, crate::identity::later(now, -DEVICE_SECONDS))?)
}

/// Remembers that a person signed in from the device at `origin`, if it says which one it is.
pub(crate) fn remember_device(
    tx: &mut Tx<'_>,
    user: UserId,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(device) = device(origin) {
        store::remember_device(tx, user, device, now, DEVICES_MAX)?;
    }
    Ok(())
}

/// Forgets the devices of a person: their next sign-in counts as a stranger's.
pub(crate) fn forget_devices(tx: &mut Tx<'_>, user: UserId) -> Result<(), Error> {
    Ok(store::forget_devices(tx, user)?)
}

/// Forgets counts that count for nothing any more, at most a thousand; says how many.
pub(crate) fn sweep(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, Error> {
    Ok(store::sweep(tx, crate::identity::later(now, -rules::FORGOTTEN_SECONDS), now)?)
}

/// One gate for each thing that is guessed at, so that one guess is counted before the next is checked.
pub(crate) struct Gates {
    gates: Vec<Mutex<()>>,
    /// Which gate is whose cannot be foreseen, so that nobody stands in another's way on purpose.
    seed: foldhash::fast::RandomState,
}

/// How many gates there are; two who meet at one wait for each other and notice nothing else.
const GATES: usize = 4_096;

impl Gates {
    pub(crate) fn new() -> Self {
        Self {
            gates: std::iter::repeat_with(Mutex::default).take(GATES).collect(),
            seed: foldhash::fast::RandomState::default(),
        }
    }

    /// Waits for whoever guesses at the same, for `wait_max` at most.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when that was too long.
    pub(crate) async fn enter(&self, guess: &Guess, wait_max: Duration) -> Result<MutexGuard<'_, ()>, Error> {
        use std::hash::BuildHasher as _;
        let [low, high, ..] = self.seed.hash_one(guess.gate()).to_le_bytes();
        let index = usize::from(u16::from_le_bytes([low, high])) % GATES;
        let gate = self.gates.get(index).ok_or(Error::Overloaded)?;
        tokio::time::timeout(wait_max, gate.lock()).await.map_err(|_| Error::Overloaded)
    }
}
