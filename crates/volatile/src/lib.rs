//! State that instances share and may lose: counters, limits, and things remembered for a while.
//!
//! A [`Volatile`] keeps it in the process's memory, or in Redis so that instances share it. Its invariants:
//!
//! - Nothing here is the truth: losing it costs precision for minutes. Whoever keeps a filter here (of revoked
//!   tokens, say) has its truth in the database and refills it when [`Volatile::recovered`] tells.
//! - No call fails, and none waits for Redis longer than it was told to. When Redis does not answer, memory takes
//!   over at once; one warning tells of it, one line tells of the recovery, and [`Volatile::state`] shows it.
//! - What is remembered is kept in memory too, so that an outage of Redis forgets nothing this process was told.
//! - Memory is bounded: what has expired is swept, and counters are dropped before they pile up.

mod memory;
mod remote;
#[cfg(feature = "testing")]
pub mod testing;
mod volatile;
mod window;

pub use volatile::{Count, InvalidUrl, Volatile, VolatileState};
pub use window::{Admission, InvalidWindow, Window};
