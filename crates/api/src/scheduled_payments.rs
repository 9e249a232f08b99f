//! Scheduled payments: setting them up, looking at them, changing them, taking them back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use florin_db::idempotency::Frozen;
use florin_http::{Answered, App, GivenKey, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::ScheduledPaymentId;
use florin_payments::{
    NewSchedule, Notices, Retries, ScheduleChange, ScheduleDetail, ScheduleState, WhenForm, Whom,
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::money::AmountBody;
use crate::paging::{ListView, PageQuery};
use crate::payments::{giver, id};
use crate::scheduled_payment_view::{ScheduledPaymentDetailView, ScheduledPaymentView};
use crate::transfers::text_within;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, change, cancel))
}

/// A payment to schedule: from one of the first two, to one of the next three.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ScheduledPaymentBody {
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
    /// Whether a loan's principal alone is to be lowered.
    principal_only: Option<bool>,
    /// `fixed`, which is meant when it is left out; of a loan also `instalment_due`, what is due by then or else the next
    /// instalment, or `payoff`, all that is owed.
    amount_kind: Option<String>,
    /// How much, where it is fixed.
    amount: Option<AmountBody>,
    /// The currency of a bare amount; that of what is paid when left out.
    currency: Option<String>,
    /// What the payer writes, up to 200 characters.
    description: Option<String>,
    /// `once`, `daily`, `weekly`, `bi_weekly`, `semi_monthly`, `monthly`, `last_day`, `quarterly`, `half_yearly` or `yearly`.
    #[schema(example = "monthly")]
    rhythm: String,
    /// The first day. A day that a month does not have is its last.
    #[schema(example = "2027-01-31")]
    first_on: String,
    /// The time of the day; 09:00 when left out.
    #[schema(example = "09:00")]
    time_of_day: Option<String>,
    /// The IANA time zone that it is a time in; the institution's when left out.
    #[schema(example = "America/New_York")]
    time_zone: Option<String>,
    /// Whose bank holidays count: `none`, which is meant when it is left out, `weekdays`, `us_fed` or `canada`.
    calendar: Option<String>,
    /// Where a payment goes that falls on a closed day: `following`, which is meant when it is left out,
    /// `modified_following`, `preceding`, `modified_preceding` or `unadjusted`.
    convention: Option<String>,
    /// How often at most.
    end_after: Option<u32>,
    /// The last day.
    end_on: Option<String>,
    /// How often a refusal that may pass is tried again, up to 10; 2 when left out.
    retry_times: Option<i64>,
    /// How many hours apart, up to 168; 24 when left out.
    retry_hours: Option<i64>,
    /// How many days before each payment to be told of it, up to 30; never when left out.
    notice_days: Option<i64>,
    /// Whether to be told of each payment that was made; no when left out.
    notice_made: Option<bool>,
}

impl ScheduledPaymentBody {
    fn whom(&self) -> Result<Whom, Problem> {
        let refused = |code, why: &str| Problem::of(codes::VALIDATION_FAILED).field("payee_id", code, why);
        if self.principal_only.is_some() && self.loan_id.is_none() {
            let problem = Problem::of(codes::VALIDATION_FAILED);
            return Err(problem.field("principal_only", "not_a_loan", "only a loan has principal"));
        }
        match (&self.payee_id, &self.loan_id, &self.to_account_id) {
            (Some(payee), None, None) => Ok(Whom::Payee(id(payee, "payee_id")?)),
            (None, Some(loan), None) => {
                Ok(Whom::Loan(id(loan, "loan_id")?, self.principal_only.unwrap_or(false)))
            }
            (None, None, Some(account)) => Ok(Whom::Account(id(account, "to_account_id")?)),
            (None, None, None) => Err(refused("required", "payee_id, loan_id or to_account_id is wanted")),
            _ => Err(refused("exclusive", "one of payee_id, loan_id and to_account_id is wanted")),
        }
    }

    fn new_schedule(self, zone: &str) -> Result<NewSchedule, Problem> {
        let whom = self.whom()?;
        let usual = Retries::default();
        let retries = Retries {
            times: self.retry_times.unwrap_or(usual.times),
            hours: self.retry_hours.unwrap_or(usual.hours),
        };
        Ok(NewSchedule {
            from: giver(self.from_account_id.as_deref(), self.payment_method_id.as_deref())?,
            whom,
            amount: self.amount.map(|amount| amount.asked(self.currency.as_deref())).transpose()?,
            amount_kind: self.amount_kind,
            description: text_within(self.description, "description")?,
            when: WhenForm {
                rhythm: self.rhythm,
                first_on: self.first_on,
                at: self.time_of_day,
                zone: self.time_zone.unwrap_or_else(|| zone.to_owned()),
                calendar: self.calendar,
                convention: self.convention,
                end_after: self.end_after,
                end_on: self.end_on,
            },
            retries,
            notices: Notices { days_before: self.notice_days, when_made: self.notice_made.unwrap_or(false) },
        })
    }
}

/// Schedule a payment. An idempotency key may come along.
#[utoipa::path(post, path = "/scheduled-payments", tag = "Payments", security(("bearer" = [])),
    params(("X-Idempotency-Key" = Option<String>, Header)), request_body = ScheduledPaymentBody,
    responses((status = 201, body = ScheduledPaymentDetailView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: Option<GivenKey>,
    Json(body): Json<ScheduledPaymentBody>,
) -> Result<Answered, Problem> {
    let key = key.map(|key| key.of(&actor, "POST /scheduled-payments", &body)).transpose()?;
    let new = body.new_schedule(&app.config.instance.time_zone)?;
    let render = Arc::new(|detail: &ScheduleDetail| {
        let view = ScheduledPaymentDetailView::from(detail);
        Frozen { status: 201, body: serde_json::to_vec(&view).unwrap_or_default() }
    });
    Ok(Answered(app.scheduled.create(&actor, key, new, render).await?))
}

/// Which scheduled payments are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ScheduledPaymentsQuery {
    /// Whose, for staff; one's own when left out.
    customer_id: Option<String>,
    /// In this state alone: `active`, `paused`, `ended` or `cancelled`.
    state: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List scheduled payments, the newest first.
#[utoipa::path(get, path = "/scheduled-payments", tag = "Payments", security(("bearer" = [])), params(ScheduledPaymentsQuery),
    responses((status = 200, body = ListView<ScheduledPaymentView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ScheduledPaymentsQuery>,
) -> Result<Json<ListView<ScheduledPaymentView>>, Problem> {
    let customer = query.customer_id.as_deref().map(|text| id(text, "customer_id")).transpose()?;
    let known = |text: &str| {
        let names = ScheduleState::ALL.map(ScheduleState::code).join(", ");
        let refused = || {
            Problem::of(codes::VALIDATION_FAILED).field(
                "state",
                "unknown",
                format!("one of {names} is wanted"),
            )
        };
        ScheduleState::find(text).ok_or_else(refused)
    };
    let state = query.state.as_deref().map(known).transpose()?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.scheduled.list(&actor, customer, state, &page).await?;
    let data = found.rows.iter().map(Into::into).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Read a scheduled payment with what is to come, and what came.
#[utoipa::path(get, path = "/scheduled-payments/{id}", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = ScheduledPaymentDetailView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ScheduledPaymentId>,
) -> Result<Json<ScheduledPaymentDetailView>, Problem> {
    Ok(Json((&app.scheduled.find(&actor, id).await?).into()))
}

/// Tells `null`, which takes something away, from what is left out, which stays.
#[expect(clippy::option_option, reason = "what is left out stays, and null takes it away")]
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// What is to be changed of a scheduled payment; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "what is left out stays, and null takes it away")]
struct ScheduledPaymentChangeBody {
    /// The version that was read.
    version: i64,
    /// How much from now on.
    amount: Option<AmountBody>,
    /// The currency of a bare amount.
    currency: Option<String>,
    /// What the payer writes; `null` for nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// `paused`, or `active` to go on: what fell due in between is left out.
    state: Option<String>,
    /// How often at most, counted from the first; `null` for no such end.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    end_after: Option<Option<u32>>,
    /// The last day; `null` for no such end.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    end_on: Option<Option<String>>,
    /// How often a refusal that may pass is tried again.
    retry_times: Option<i64>,
    /// How many hours apart.
    retry_hours: Option<i64>,
    /// How many days before to be told; `null` for never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    notice_days: Option<Option<i64>>,
    /// Whether to be told of each payment that was made.
    notice_made: Option<bool>,
}

/// Change a scheduled payment, pause it, or go on with it.
#[utoipa::path(patch, path = "/scheduled-payments/{id}", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = ScheduledPaymentChangeBody,
    responses((status = 200, body = ScheduledPaymentDetailView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn change(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ScheduledPaymentId>,
    Json(body): Json<ScheduledPaymentChangeBody>,
) -> Result<Json<ScheduledPaymentDetailView>, Problem> {
    let change = ScheduleChange {
        version: body.version,
        amount: body.amount.map(|amount| amount.asked(body.currency.as_deref())).transpose()?,
        description: body.description,
        state: body.state,
        end_after: body.end_after,
        end_on: body.end_on,
        retry_times: body.retry_times,
        retry_hours: body.retry_hours,
        notice_days: body.notice_days,
        notice_made: body.notice_made,
    };
    Ok(Json((&app.scheduled.change(&actor, id, change).await?).into()))
}

/// Cancel a scheduled payment: nothing more is made by it, and what was made stays.
#[utoipa::path(delete, path = "/scheduled-payments/{id}", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn cancel(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ScheduledPaymentId>,
) -> Result<StatusCode, Problem> {
    app.scheduled.cancel(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
