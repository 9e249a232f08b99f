//! Choosing, checking, changing and resetting passwords.

mod change;
mod checking;
mod common;
mod generator;
mod policy;
mod repetition;
mod reset;
mod schema;
mod store;
mod strength;
mod unlock;

pub use generator::generate_password;
pub use policy::{Owner, PasswordPolicy, Weakness};
pub use reset::SendResets;
pub use strength::{Strength, WeakPassword};
pub use unlock::ForgetFailures;

pub(crate) use checking::Checked;
pub(crate) use reset::insert_invitation;
pub(crate) use schema::MIGRATION;
