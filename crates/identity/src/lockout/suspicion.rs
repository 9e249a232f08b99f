//! What is thought of addresses, by the failures that come from them: for a monitor to read, and to block by.
//!
//! It is kept where instances share state that they may lose: losing it forgets some minutes of suspicion, and no lock
//! of an account, which is a row.

use std::net::IpAddr;
use std::time::Duration;

use florin_volatile::Volatile;

use super::{Lockout, Subject, network};

/// What is counted of one address in the present window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspicion {
    /// How many sign-ins failed.
    pub failures: u64,
    /// At how many different emails, existing or not: many with few failures each is stuffing, few with many is guessing.
    pub emails: u64,
    /// Whether nothing from there is checked now.
    pub blocked: bool,
}

/// The counters.
pub(crate) struct Suspects {
    volatile: Volatile,
    lockout: Lockout,
}

impl Suspects {
    pub(crate) fn new(volatile: Volatile, lockout: Lockout) -> Self {
        Self { volatile, lockout }
    }

    /// Whether nothing from this address is checked now.
    pub(crate) async fn blocked(&self, ip: Option<IpAddr>) -> bool {
        let Some(ip) = ip.filter(|_| self.lockout.ip_failures_max > 0) else { return false };
        !self.is_exempt(ip) && self.volatile.knows(&blocked_key(ip)).await
    }

    /// Counts a failed sign-in; the one that is too many blocks the address. Says at how many emails sign-ins from there failed,
    /// and gives a number in the place of the address.
    pub(crate) async fn failed(&self, ip: Option<IpAddr>, subject: Subject) -> Option<(u64, u64)> {
        let ip = ip?;
        let window = Duration::from_secs(self.lockout.ip_window_seconds.into());
        let seen = email_key(ip, subject);
        let emails = if self.volatile.knows(&seen).await {
            self.volatile.count(&emails_key(ip)).await
        } else {
            self.volatile.remember(&seen, window).await;
            self.volatile.hit(&emails_key(ip), window).await.hits
        };
        let count = self.volatile.hit(&failures_key(ip), window).await;
        let most = u64::from(self.lockout.ip_failures_max);
        if most > 0 && count.hits == most && !self.is_exempt(ip) {
            tracing::warn!(failures = count.hits, "too many sign-ins failed from one address: it is blocked");
        }
        if most > 0 && count.hits >= most && !self.is_exempt(ip) {
            let time = Duration::from_secs(self.lockout.ip_block_seconds.into());
            self.volatile.remember(&blocked_key(ip), time).await;
        }
        let hash = super::hash(b"florin address 1", &[network(ip).as_bytes()]);
        Some((hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)), emails))
    }

    /// What is thought of an address.
    pub(crate) async fn of(&self, ip: IpAddr) -> Suspicion {
        Suspicion {
            failures: self.volatile.count(&failures_key(ip)).await,
            emails: self.volatile.count(&emails_key(ip)).await,
            blocked: self.blocked(Some(ip)).await,
        }
    }

    fn is_exempt(&self, ip: IpAddr) -> bool {
        self.lockout.ip_exempt.iter().any(|exempt| exempt.to_canonical() == ip.to_canonical())
    }
}

fn failures_key(ip: IpAddr) -> String {
    format!("identity.failures:{}", network(ip))
}

fn emails_key(ip: IpAddr) -> String {
    format!("identity.failed-emails:{}", network(ip))
}

fn email_key(ip: IpAddr, subject: Subject) -> String {
    // Eight bytes tell one email from another well enough here.
    let short = subject.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    format!("identity.failed-email:{}:{short:016x}", network(ip))
}

fn blocked_key(ip: IpAddr) -> String {
    format!("identity.blocked:{}", network(ip))
}
