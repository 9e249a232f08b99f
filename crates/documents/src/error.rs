//! Why there is no document.

use florin_kernel::MoneyError;
use thiserror::Error;

use crate::Format;

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The figures contradict each other.
    #[error("the document does not tie: {0}")]
    DoesNotTie(&'static str),
    /// The kind of document does not exist in that format.
    #[error("a {document} is not made as {format}")]
    NotInThisFormat {
        /// What kind of document was asked for.
        document: &'static str,
        /// In which format.
        format: Format,
    },
    /// A period that ends before it begins.
    #[error("the period ends before it begins")]
    Period,
    /// A sum that does not fit, or two currencies in one.
    #[error("the figures of the document cannot be added")]
    Money(#[from] MoneyError),
    /// The typesetter refused; nothing that a caller can mend.
    #[error("the document cannot be set: {0}")]
    Typesetting(String),
}
