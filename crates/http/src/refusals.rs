//! Where refusals of the domains become answers: every variant is named, so that a new one does not
//! compile until somebody decides what the world sees of it.

use florin_db::DbError;
use florin_kernel::{Denied, MoneyError, PageError};
use florin_ledger::rules::{Code as Outcome, Group};
use florin_payments::Error as PaymentError;
use secrecy::ExposeSecret as _;

use crate::codes::{self, Code};
use crate::{Problem, problem};

/// The title of the codes that are the ledger's own.
pub(crate) const LEDGER_REFUSED: &str = "The ledger refused";
/// After how many seconds a client that met too much work may try again.
const RETRY_SECONDS: u64 = 1;

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match &error {
            DbError::Overloaded | DbError::Contended(_) => {
                Self::of(codes::OVERLOADED).retry_after(RETRY_SECONDS)
            }
            DbError::Unavailable(_) | DbError::CommitUnknown(_) | DbError::DiskFull => {
                problem::caused(Self::of(codes::OVERLOADED).retry_after(RETRY_SECONDS), &error)
            }
            DbError::Unique { .. }
            | DbError::Corrupt(_)
            | DbError::SchemaNewer(_)
            | DbError::AlreadyServed(_)
            | DbError::Broken(_)
            | DbError::Other(_) => Self::internal(&error),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated => Self::of(codes::UNAUTHENTICATED),
            Denied::EmailUnverified => Self::of(codes::EMAIL_UNVERIFIED),
            Denied::MfaEnrolmentRequired => Self::of(codes::MFA_ENROLMENT_REQUIRED),
            Denied::StepUpRequired => Self::of(codes::STEP_UP_REQUIRED),
            Denied::Forbidden { .. } => Self::of(codes::FORBIDDEN),
        }
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        let field = match error {
            PageError::Limit => "limit",
            PageError::Cursor => "cursor",
        };
        Self::of(codes::VALIDATION_FAILED).field(field, "invalid", error.to_string())
    }
}

/// An amount that cannot be used, as the field that it stands in.
pub fn unusable_amount(error: MoneyError) -> Problem {
    match error {
        MoneyError::CurrencyMismatch(..) => Problem::of(codes::CURRENCY_MISMATCH).because(&error),
        MoneyError::Overflow => {
            Problem::of(codes::VALIDATION_FAILED).field("amount", "too_large", error.to_string())
        }
        MoneyError::NotPositive => {
            Problem::of(codes::VALIDATION_FAILED).field("amount", "not_positive", error.to_string())
        }
        MoneyError::Malformed => {
            Problem::of(codes::VALIDATION_FAILED).field("amount", "malformed", error.to_string())
        }
        MoneyError::Precision { .. } => {
            Problem::of(codes::VALIDATION_FAILED).field("amount", "precision", error.to_string())
        }
    }
}

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Self {
        crate::payment_refusals::of_payment(error)
    }
}

/// The status and code by which the world sees a refusal of the ledger: a few well-known codes of the
/// contract stand for several of the ledger's own.
pub fn outcome_code(outcome: Outcome) -> (u16, &'static str) {
    let known: &Code = match outcome {
        Outcome::DebitAccountNotFound
        | Outcome::CreditAccountNotFound
        | Outcome::PendingNotFound
        | Outcome::ReversesNotFound => codes::NOT_FOUND,
        Outcome::DebitAccountClosed | Outcome::CreditAccountClosed => codes::ACCOUNT_CLOSED,
        Outcome::DebitAccountFrozen | Outcome::CreditAccountFrozen => codes::ACCOUNT_FROZEN,
        Outcome::CurrencyMismatch => codes::CURRENCY_MISMATCH,
        Outcome::InsufficientFunds => codes::INSUFFICIENT_FUNDS,
        Outcome::DeclinedByRisk => codes::DECLINED_BY_RISK,
        other => {
            // A hold that is resolved is a conflict with what was done, not something that is not there.
            let status = if other.group() == Group::Lookup { 409 } else { other.status() };
            return (status, other.as_str());
        }
    };
    (known.status.as_u16(), known.name)
}

/// The problem of a refused outcome, in the bytes that are frozen with it.
pub fn outcome_problem(outcome: Outcome, request_id: Option<&str>) -> (u16, Vec<u8>) {
    let (status, code) = outcome_code(outcome);
    let title = Code::find(code).map_or(LEDGER_REFUSED, |known| known.title);
    let status_code = axum::http::StatusCode::from_u16(status).unwrap_or(axum::http::StatusCode::CONFLICT);
    let problem = Problem::new(status_code, code, title).detail(outcome.doc());
    (status, problem.to_bytes(request_id))
}

/// A password that was not taken, in the field that it stands in, with an estimate of how hard it is to guess.
pub fn weak_password(weak: &florin_identity::WeakPassword, field: &'static str) -> Problem {
    let problem = weak.weaknesses.iter().fold(Problem::of(codes::VALIDATION_FAILED), |problem, weakness| {
        problem.field(field, weakness.code(), weakness.to_string())
    });
    let florin_identity::Strength { score, warning, suggestions } = &weak.strength;
    let strength = serde_json::json!({ "score": score, "warning": warning, "suggestions": suggestions });
    problem.with("password_strength", strength)
}

/// The first factor was right: the answer tells what to show as the second, and for which sign-in.
fn mfa_required(challenge: &florin_identity::MfaChallenge) -> Problem {
    let methods: Vec<&str> = challenge.methods.iter().map(|method| method.code()).collect();
    Problem::of(codes::MFA_REQUIRED)
        .with("mfa_token", challenge.token.expose_secret())
        .with("expires_in", challenge.expires_in_seconds)
        .with("methods", methods)
}

impl From<florin_app::StaffError> for Problem {
    fn from(error: florin_app::StaffError) -> Self {
        use florin_app::StaffError as Staff;
        match error {
            Staff::Identity(source) => source.into(),
            Staff::Approval(source) => source.into(),
            Staff::Db(source) => source.into(),
        }
    }
}

impl From<florin_app::AdministrationError> for Problem {
    fn from(error: florin_app::AdministrationError) -> Self {
        use florin_app::AdministrationError as Administration;
        match error {
            Administration::Denied(denied) => denied.into(),
            Administration::JobNotFound(_) => Self::of(codes::NOT_FOUND).because(&error),
            Administration::Keys(_) => Self::internal(&error),
            Administration::Db(source) => source.into(),
        }
    }
}

impl From<florin_access::ApprovalError> for Problem {
    fn from(error: florin_access::ApprovalError) -> Self {
        use florin_access::ApprovalError as Approval;
        match error {
            Approval::Denied(denied) => denied.into(),
            Approval::NotFound => Self::of(codes::NOT_FOUND).because(&error),
            Approval::OwnRequest => Self::of(codes::FORBIDDEN).because(&error),
            Approval::NotWaiting | Approval::CannotBeDone(_) => Self::of(codes::CONFLICT).because(&error),
            Approval::Note => Self::of(codes::VALIDATION_FAILED).field("note", "invalid", error.to_string()),
            Approval::Db(source) => source.into(),
        }
    }
}

impl From<florin_parties::Error> for Problem {
    fn from(error: florin_parties::Error) -> Self {
        use florin_parties::Error as Party;
        match error {
            Party::Denied(denied) => denied.into(),
            Party::Invalid(faults) => {
                faults.into_iter().fold(Self::of(codes::VALIDATION_FAILED), |problem, fault| {
                    problem.field(fault.field, fault.code, fault.message)
                })
            }
            Party::Page(source) => source.into(),
            Party::PersonNotFound => {
                Self::of(codes::VALIDATION_FAILED).field("user_id", "unknown", error.to_string())
            }
            Party::CustomerNotFound | Party::EmployeeNotFound => Self::of(codes::NOT_FOUND).because(&error),
            Party::OwnEmployment => Self::of(codes::FORBIDDEN).because(&error),
            Party::EmailTaken
            | Party::TaxIdTaken
            | Party::Changed { .. }
            | Party::AlreadyEmployed
            | Party::Suspended
            | Party::Left => Self::of(codes::CONFLICT).because(&error),
            Party::Vault(_) => Self::internal(&error),
            Party::Db(source) => source.into(),
        }
    }
}

impl From<florin_audit::Error> for Problem {
    fn from(error: florin_audit::Error) -> Self {
        use florin_audit::Error as Audit;
        match error {
            Audit::Denied(denied) => denied.into(),
            Audit::RecordNotFound => Self::of(codes::NOT_FOUND).because(&error),
            Audit::NotSealed => Self::of(codes::CONFLICT).because(&error).retry_after(RETRY_SECONDS),
            Audit::Broken(_) => Self::of(codes::CONFLICT).because(&error),
            Audit::Busy => Self::of(codes::OVERLOADED).because(&error).retry_after(RETRY_SECONDS),
            Audit::TooMuch(_) => {
                Self::of(codes::VALIDATION_FAILED).field("from", "too_much", error.to_string())
            }
            Audit::Key(_) | Audit::Write { .. } => Self::internal(&error),
            Audit::Db(source) => source.into(),
        }
    }
}

impl From<florin_identity::Error> for Problem {
    fn from(error: florin_identity::Error) -> Self {
        use florin_identity::Error as Identity;
        let unusable =
            |field: &str| Self::of(codes::VALIDATION_FAILED).field(field, "invalid", error.to_string());
        match &error {
            Identity::InvalidCredentials => Self::of(codes::INVALID_CREDENTIALS),
            Identity::RefusedByRisk => Self::of(codes::DECLINED_BY_RISK),
            Identity::DeviceMismatch => Self::of(codes::DEVICE_MISMATCH),
            Identity::OwnStanding => Self::of(codes::FORBIDDEN).because(&error),
            Identity::InvalidAccessToken(_) | Identity::InvalidApiKey(_) | Identity::InvalidCookie => {
                Self::of(codes::UNAUTHENTICATED)
            }
            Identity::SessionEnded | Identity::InvalidRefreshToken => Self::of(codes::TOKEN_REVOKED),
            Identity::InvalidVerification | Identity::InvalidReset => unusable("token"),
            Identity::InvalidPasskey => unusable("credential"),
            Identity::InvalidPasskeyName => unusable("name"),
            Identity::UnusableApiKey(why) => {
                Self::of(codes::VALIDATION_FAILED).field(why.field(), "invalid", why.to_string())
            }
            Identity::OtherFactor(field) => {
                Self::of(codes::VALIDATION_FAILED).field(*field, "required", error.to_string())
            }
            Identity::ProviderNotFound => Self::of(codes::NOT_FOUND),
            Identity::ProviderUnavailable => Self::of(codes::PROVIDER_UNAVAILABLE),
            Identity::UnknownNext => unusable("next"),
            Identity::OauthFailed => Self::of(codes::OAUTH_FAILED),
            Identity::LinkFirst => Self::of(codes::OAUTH_LINK_REQUIRED),
            Identity::WeakPassword(weak) => weak_password(weak, "password"),
            Identity::MfaRequired(challenge) => mfa_required(challenge),
            Identity::Locked { retry_after_seconds } => {
                Self::of(codes::ACCOUNT_LOCKED).retry_after(*retry_after_seconds)
            }
            Identity::QuotaUsedUp { seconds } => Self::of(codes::RATE_LIMITED).retry_after(*seconds),
            Identity::ApiKeysTooMany
            | Identity::EmailTaken
            | Identity::IdentityTaken
            | Identity::IdentitiesTooMany
            | Identity::LastWayIn
            | Identity::MfaAlreadyOn
            | Identity::NoEnrolment
            | Identity::PasskeysTooMany
            | Identity::PasskeysUnavailable => Self::of(codes::CONFLICT).because(&error),
            Identity::SignInNotFound
            | Identity::DeviceNotFound
            | Identity::IdentityNotFound
            | Identity::ApiKeyNotFound
            | Identity::PasskeyNotFound
            | Identity::UserNotFound(_) => Self::of(codes::NOT_FOUND).because(&error),
            Identity::Overloaded => Self::of(codes::OVERLOADED).retry_after(RETRY_SECONDS),
            Identity::Randomness
            | Identity::NoSigningKey
            | Identity::Unhashable
            | Identity::Settings(_)
            | Identity::Sealed(_) => Self::internal(&error),
            Identity::Denied(_) | Identity::Db(_) => match error {
                Identity::Denied(denied) => denied.into(),
                Identity::Db(source) => source.into(),
                other => Self::internal(&other),
            },
        }
    }
}
