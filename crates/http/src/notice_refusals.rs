//! Where refusals of notices become answers.

use florin_notify::NoticeError;

use crate::{Problem, codes};

impl From<NoticeError> for Problem {
    fn from(error: NoticeError) -> Self {
        match error {
            NoticeError::Denied(denied) => denied.into(),
            NoticeError::Invalid(faults) => {
                faults.into_iter().fold(Self::of(codes::VALIDATION_FAILED), |problem, fault| {
                    problem.field(fault.field, fault.code, fault.message)
                })
            }
            NoticeError::Page(source) => source.into(),
            NoticeError::Db(source) => source.into(),
        }
    }
}
