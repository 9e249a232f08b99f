//! Where refusals about risk become answers.

use florin_risk::service::Error;

use crate::Problem;
use crate::codes;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(denied) => denied.into(),
            Error::NotFound => Self::of(codes::NOT_FOUND),
            Error::Known => Self::of(codes::CONFLICT).because(&error),
            Error::Rules(_) => {
                Self::of(codes::VALIDATION_FAILED).field("rules", "invalid", error.to_string())
            }
            Error::Db(source) => source.into(),
        }
    }
}
