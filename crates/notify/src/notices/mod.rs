//! Notices: what somebody was told, kept where they can read it again.
//!
//! - Whatever is written to a person by [`tell`] is kept as a notice in the same commit, whether a mail is sent or not.
//! - A notice holds no secret: links are left out of it, and letters that carry a secret say so in other words.
//! - What concerns the safety of an account is always sent by mail too. Of other topics people say whether it is.
//! - Each reads and marks their own, and nobody else's.

mod error;
mod forget;
mod migrations;
mod notice;
mod service;
mod store;
mod tell;
mod topic;

pub use error::NoticeError;
pub use forget::ForgetNotices;
pub use migrations::MIGRATIONS;
pub use notice::{Notice, NoticeId};
pub use service::{Notices, Preference, Which};
pub use tell::tell;
pub use topic::Topic;
