//! Where refusals about lists, rules and models become answers.

use florin_risk::service::GuideError;

use crate::Problem;
use crate::codes;

impl From<GuideError> for Problem {
    fn from(error: GuideError) -> Self {
        match error {
            GuideError::Denied(denied) => denied.into(),
            GuideError::NotFound(_) => Self::of(codes::NOT_FOUND).because(&error),
            GuideError::Conflict(_) => Self::of(codes::CONFLICT).because(&error),
            GuideError::Invalid(faults) => {
                faults.iter().fold(Self::of(codes::VALIDATION_FAILED), |problem, fault| {
                    problem.field(fault.field, fault.code, &fault.message)
                })
            }
            GuideError::Rules(fault) => {
                let problem = Self::of(codes::VALIDATION_FAILED).field("toml", "invalid", fault.to_string());
                match fault.at {
                    Some(at) => problem.with("line", at.line).with("column", at.column),
                    None => problem,
                }
            }
            GuideError::Page(source) => source.into(),
            GuideError::Db(source) => source.into(),
        }
    }
}
