//! Where refusals of documents become answers.

use florin_app::DocumentError;
use florin_documents::Error as NoDocument;

use crate::{Problem, codes};

/// After how many seconds a client that met too much work may try again.
const RETRY_SECONDS: u64 = 2;

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        let field = |field: &'static str, code: &'static str| {
            Self::of(codes::VALIDATION_FAILED).field(field, code, error.to_string())
        };
        match error {
            DocumentError::Payments(source) => source.into(),
            DocumentError::Lending(source) => source.into(),
            DocumentError::NoSuch(_) => Self::of(codes::NOT_FOUND).because(&error),
            DocumentError::Parties(source) => source.into(),
            DocumentError::Backwards => field("to", "before_start"),
            DocumentError::TooLong => field("from", "too_long"),
            DocumentError::Future => field("to", "in_future"),
            DocumentError::Busy => Self::of(codes::OVERLOADED).retry_after(RETRY_SECONDS),
            DocumentError::Document(NoDocument::NotInThisFormat { .. }) => field("format", "not_available"),
            DocumentError::Document(
                NoDocument::DoesNotTie(_)
                | NoDocument::Period
                | NoDocument::Money(_)
                | NoDocument::Typesetting(_),
            )
            | DocumentError::Broken => Self::internal(&error),
        }
    }
}
