//! Sign-ins that a browser keeps: the same sign-ins as all, reached by an opaque cookie instead of tokens.
//!
//! - The cookie is 256 random bits. Kept is their SHA-256, and a browser never chooses it: each sign-in makes its own,
//!   and stepping up puts another in its place. The one before is worth nothing from the next request on; there is no
//!   grace for requests on their way, because a page that steps up has none that could not be sent again.
//! - It ends after a time without a request, and after a time in any case. Both follow from the roles that its person
//!   has now: staff are given less.
//! - The time of last use is known to the process that saw it, and noted for all about once a minute. So a sign-in is
//!   never used longer than its limit after its last request; after a crash, or in another process, it may end up to
//!   about a minute early.

mod csrf;
mod limits;
mod rows;
mod secret;
mod using;

pub(crate) use csrf::CsrfKey;
pub use limits::{BrowserLimits, BrowserSettings};
pub(crate) use rows::{is_kept, rotate, session_of};
pub(crate) use secret::{digest, is_browser_secret, secret};
pub use using::Hold;
