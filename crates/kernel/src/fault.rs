//! What is wrong with what somebody filled in.

use std::fmt::Display;

/// What is wrong with one field of a form; it never quotes what was filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The path of the field, such as `address.postal_code`.
    pub field: &'static str,
    /// A stable name of what is wrong.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

impl Fault {
    /// A fault of this field.
    pub fn new(field: &'static str, code: &'static str, message: impl Display) -> Self {
        Self { field, code, message: message.to_string() }
    }

    /// A value of another form than is wanted.
    pub fn invalid(field: &'static str, message: impl Display) -> Self {
        Self::new(field, "invalid", message)
    }

    /// A value that must be there.
    pub fn missing(field: &'static str) -> Self {
        Self::new(field, "missing", "a value is wanted")
    }
}
