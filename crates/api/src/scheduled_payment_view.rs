//! Scheduled payments as they are answered.

use florin_kernel::Timestamp;
use florin_payments::{From as Giver, Run, ScheduleDetail, ScheduledPayment, Whom};
use serde::Serialize;
use utoipa::ToSchema;

use crate::money::MoneyView;

/// How many occurrences to come are told.
const UPCOMING: u32 = 5;

/// A payment that is made by a schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduledPaymentView {
    /// The identifier.
    id: String,
    /// `active`, `paused`, `ended` or `cancelled`.
    state: &'static str,
    /// Why the program paused it; a stable code.
    state_reason: Option<String>,
    /// The account that the money comes from.
    from_account_id: Option<String>,
    /// The saved bank account or card that it comes from.
    payment_method_id: Option<String>,
    /// The payee that it goes to.
    payee_id: Option<String>,
    /// The loan that it goes to.
    loan_id: Option<String>,
    /// The account that it goes to.
    to_account_id: Option<String>,
    /// Whether a loan's principal alone is lowered.
    principal_only: bool,
    /// `fixed`, or of a loan `instalment_due` or `payoff`.
    amount_kind: &'static str,
    /// How much, where it is the same each time.
    amount: Option<MoneyView>,
    /// What it is paid in.
    currency: String,
    /// What the payer writes.
    description: Option<String>,
    /// How often.
    rhythm: &'static str,
    /// The first day.
    #[schema(example = "2026-01-31")]
    first_on: String,
    /// The time of the day.
    #[schema(example = "09:00")]
    time_of_day: String,
    /// The time zone of that.
    #[schema(example = "America/New_York")]
    time_zone: String,
    /// Whose bank holidays count: `none`, `weekdays`, `us_fed` or `canada`.
    calendar: &'static str,
    /// Where a payment goes that falls on a closed day.
    convention: &'static str,
    /// How often at most.
    end_after: Option<u32>,
    /// The last day.
    end_on: Option<String>,
    /// How often a refusal that may pass is tried again.
    retry_times: i64,
    /// How many hours apart.
    retry_hours: i64,
    /// How many days before each payment its payer is told.
    notice_days: Option<i64>,
    /// Whether they are told of each payment that was made.
    notice_made: bool,
    /// When the next one is due.
    next_at: Option<String>,
    /// To be sent back with a change.
    version: i64,
    /// When it was set up.
    created_at: String,
}

impl From<&ScheduledPayment> for ScheduledPaymentView {
    fn from(schedule: &ScheduledPayment) -> Self {
        let (account, method) = match schedule.from {
            Giver::Account(account) => (Some(account.to_string()), None),
            Giver::Method(method) => (None, Some(method.to_string())),
        };
        let (payee, to_account, loan, principal_only) = match schedule.whom {
            Whom::Payee(payee) => (Some(payee.to_string()), None, None, false),
            Whom::Account(account) => (None, Some(account.to_string()), None, false),
            Whom::Loan(loan, principal_only) => (None, None, Some(loan.to_string()), principal_only),
        };
        let when = &schedule.when;
        Self {
            id: schedule.id.to_string(),
            state: schedule.state.code(),
            state_reason: schedule.state_reason.clone(),
            from_account_id: account,
            payment_method_id: method,
            payee_id: payee,
            loan_id: loan,
            to_account_id: to_account,
            principal_only,
            amount_kind: schedule.sum.code(),
            amount: schedule.sum.fixed().map(Into::into),
            currency: schedule.currency.code().to_owned(),
            description: schedule.description.clone(),
            rhythm: when.rhythm,
            first_on: when.first_on.to_string(),
            time_of_day: when.time_of_day(),
            time_zone: when.zone.clone(),
            calendar: when.calendar,
            convention: when.convention,
            end_after: when.end_after,
            end_on: when.end_on.map(|day| day.to_string()),
            retry_times: schedule.retries.times,
            retry_hours: schedule.retries.hours,
            notice_days: schedule.notices.days_before,
            notice_made: schedule.notices.when_made,
            next_at: schedule.upcoming(1).first().map(|(_, at)| at.to_string()),
            version: schedule.version,
            created_at: schedule.created_at.to_string(),
        }
    }
}

/// An occurrence to come.
#[derive(Debug, Serialize, ToSchema)]
struct OccurrenceView {
    /// Its number, from 1.
    number: u32,
    /// When it is due.
    at: String,
}

/// What came of an occurrence.
#[derive(Debug, Serialize, ToSchema)]
struct RunView {
    /// Its number, from 1.
    number: u32,
    /// `made`, `failed`, `skipped` or `retrying`.
    state: &'static str,
    /// How often it was tried.
    attempts: i64,
    /// The latest payment that was made for it, or refused.
    payment_id: Option<String>,
    /// Why it was not made; a stable code.
    reason: Option<String>,
    /// When it was due.
    due_at: String,
    /// When it is tried again.
    retry_at: Option<String>,
    /// When it came to this.
    changed_at: String,
}

impl From<&Run> for RunView {
    fn from(run: &Run) -> Self {
        Self {
            number: run.n.saturating_add(1),
            state: run.state.code(),
            attempts: run.attempts,
            payment_id: run.payment.map(|id| id.to_string()),
            reason: run.reason.clone(),
            due_at: run.due_at.to_string(),
            retry_at: run.retry_at.as_ref().map(Timestamp::to_string),
            changed_at: run.changed_at.to_string(),
        }
    }
}

/// A scheduled payment with what is to come, and what came.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduledPaymentDetailView {
    /// The scheduled payment.
    #[serde(flatten)]
    schedule: ScheduledPaymentView,
    /// The next five occurrences; none while it is paused.
    upcoming: Vec<OccurrenceView>,
    /// The last hundred occurrences, the latest first.
    runs: Vec<RunView>,
}

impl From<&ScheduleDetail> for ScheduledPaymentDetailView {
    fn from(detail: &ScheduleDetail) -> Self {
        let upcoming = detail.schedule.upcoming(UPCOMING).into_iter();
        Self {
            schedule: (&detail.schedule).into(),
            upcoming: upcoming
                .map(|(n, at)| OccurrenceView { number: n.saturating_add(1), at: at.to_string() })
                .collect(),
            runs: detail.runs.iter().map(Into::into).collect(),
        }
    }
}
