//! Where refusals of screening become answers.

use florin_compliance::screening::Error;

use crate::{Problem, codes};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(denied) => denied.into(),
            Error::Invalid(faults) => {
                faults.into_iter().fold(Self::of(codes::VALIDATION_FAILED), |problem, fault| {
                    problem.field(fault.field, fault.code, fault.message)
                })
            }
            Error::Page(source) => source.into(),
            Error::NotFound => Self::of(codes::NOT_FOUND).because(&error),
            Error::OwnScreening | Error::SamePerson => Self::of(codes::FORBIDDEN).because(&error),
            Error::NotOpen(_) | Error::Shrunk { .. } => Self::of(codes::CONFLICT).because(&error),
            Error::Parts(_) => {
                Self::of(codes::VALIDATION_FAILED).field("files", "incomplete", error.to_string())
            }
            Error::TooLarge(_) => Self::of(codes::PAYLOAD_TOO_LARGE).because(&error),
            Error::List(_) | Error::Repeated(_) | Error::Io(_) => {
                Self::of(codes::SANCTIONS_LIST_UNREADABLE).because(&error)
            }
            Error::Case(_) | Error::Vault(_) => Self::internal(&error),
            Error::Db(source) => source.into(),
        }
    }
}
