//! Where refusals of cases, of monitoring and of consents become answers.

use florin_app::DecideError;
use florin_compliance::alerts::Error as AlertError;
use florin_compliance::cases::Error as CaseError;
use florin_compliance::consents::Error as ConsentError;
use florin_monitoring::alerts::Error as MonitoringError;

use crate::{Problem, codes};

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::Denied(denied) => denied.into(),
            CaseError::Invalid(faults) => {
                faults.into_iter().fold(Self::of(codes::VALIDATION_FAILED), |problem, fault| {
                    problem.field(fault.field, fault.code, fault.message)
                })
            }
            CaseError::Page(source) => source.into(),
            CaseError::NotFound => Self::of(codes::NOT_FOUND).because(&error),
            CaseError::Changed { .. } | CaseError::Closed | CaseError::BeingDecided(_) => {
                Self::of(codes::CONFLICT).because(&error)
            }
            CaseError::OwnCase => Self::of(codes::FORBIDDEN).because(&error),
            CaseError::WrongDecision(_) => {
                Self::of(codes::VALIDATION_FAILED).field("decision", "wrong_kind", error.to_string())
            }
            CaseError::Db(source) => source.into(),
        }
    }
}

impl From<DecideError> for Problem {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Case(source) => source.into(),
            DecideError::Payment(source) => source.into(),
            DecideError::ByScreening(_) => Self::of(codes::CONFLICT).because(&error),
            DecideError::NotStaff => {
                Self::of(codes::VALIDATION_FAILED).field("assignee_id", "not_staff", error.to_string())
            }
            DecideError::Unknown => {
                Self::of(codes::VALIDATION_FAILED).field("subject_id", "unknown", error.to_string())
            }
            DecideError::Db(source) => source.into(),
        }
    }
}

impl From<ConsentError> for Problem {
    fn from(error: ConsentError) -> Self {
        match error {
            ConsentError::Denied(denied) => denied.into(),
            ConsentError::Invalid(faults) => {
                faults.into_iter().fold(Self::of(codes::VALIDATION_FAILED), |problem, fault| {
                    problem.field(fault.field, fault.code, fault.message)
                })
            }
            ConsentError::NotFound => Self::of(codes::NOT_FOUND).because(&error),
            ConsentError::Required => Self::of(codes::CONFLICT).because(&error),
            ConsentError::Db(source) => source.into(),
        }
    }
}

impl From<MonitoringError> for Problem {
    fn from(error: MonitoringError) -> Self {
        match error {
            MonitoringError::Denied(denied) => denied.into(),
            MonitoringError::Page(source) => source.into(),
            MonitoringError::NotFound => Self::of(codes::NOT_FOUND).because(&error),
            MonitoringError::Resolved => Self::of(codes::CONFLICT).because(&error),
            MonitoringError::Invalid(faults) => {
                faults.into_iter().fold(Self::of(codes::VALIDATION_FAILED), |problem, fault| {
                    problem.field(fault.field, fault.code, fault.message)
                })
            }
            MonitoringError::Db(source) => source.into(),
        }
    }
}

impl From<AlertError> for Problem {
    fn from(error: AlertError) -> Self {
        match error {
            AlertError::Denied(denied) => denied.into(),
            AlertError::Page(source) => source.into(),
            AlertError::NotFound => Self::of(codes::NOT_FOUND).because(&error),
            AlertError::TooLarge(_) | AlertError::UnderWay => Self::of(codes::CONFLICT).because(&error),
            AlertError::Case(source) => source.into(),
            AlertError::Book(_) | AlertError::CutOff => Self::internal(&error),
            AlertError::Db(source) => source.into(),
        }
    }
}
