//! Drift: how far a sign-in is used from where it was begun, by what the server itself sees of it.
//!
//! Three things are looked at, each of which a thief can only copy by knowing it: what the client calls itself, without
//! its version numbers, so that an update is no drift; the network it comes from, as the first 24 bits of an IPv4
//! address and 48 of an IPv6 one, so that a lease that changes is none; and the country, where a trusted proxy tells it.
//! Each that differs adds its weight. At the threshold the sign-in *drifted*: its owner gets a letter, once, and before
//! money moves or anything is changed a factor has to be proved once more, wherever the request comes from. Proving it
//! makes the place of that request the one that is compared with.
//!
//! With the usual weights another network alone asks for nothing (people travel, and telephones change theirs every
//! hour), nor does another client on the same network; both together do, and so does another country.

mod place;
mod rows;
mod watch;

pub use place::DriftSettings;
pub(crate) use place::Place;
pub(crate) use rows::settle;
