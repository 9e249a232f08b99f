//! Who may do what: policies as data, one place that decides.
//!
//! Policies are written in Cedar. The shipped ones (`policies/*.cedar`) express the institution's table of roles; a
//! directory of the operator's may replace or add files. What the crate promises:
//!
//! - Nothing is allowed unless a policy permits it; a `forbid` overrides every `permit`; an error while a policy is
//!   evaluated refuses.
//! - Policies are checked strictly against the schema before the first decision, and one that does not fit stops the
//!   program from starting.
//! - A policy sees a [`Question`]: roles, whether the email is proved, the action, the kind of resource and whether it
//!   is one's own. It sees no identifiers, so that equal questions have equal answers and each is asked of Cedar once.
//!
//! Words: a *question* is what policies are asked; an [`Explanation`] is the answer with the policies that gave it.

mod access;
mod approvals;
mod matrix;
mod policies;
mod question;

pub use access::{Access, Explanation};
pub use approvals::{Afterwards, Approval, ApprovalError, Approvals, Held, HeldCommand, MIGRATIONS, State};
pub use matrix::{MatrixRow, kind_of, matrix, matrix_rows};
pub use policies::{Policies, PolicyError};
pub use question::{Ownership, Question, Standing};
