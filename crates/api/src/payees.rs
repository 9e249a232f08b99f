//! Payees: billers, accounts here, and bank accounts elsewhere.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::PayeeId;
use florin_payments::{NewPayee, Payable, Payee, PayeeChange};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::{ListView, PageQuery};
use crate::payment_methods::BankAccountBody;
use crate::payments::id;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change, remove))
}

/// Somebody to pay.
#[derive(Debug, Serialize, ToSchema)]
struct PayeeView {
    /// The identifier.
    id: String,
    /// What the payer calls it.
    name: String,
    /// `biller`, `account` or `bank_account`.
    kind: &'static str,
    /// The biller.
    biller_id: Option<String>,
    /// The payer's number with the biller, masked.
    reference: Option<String>,
    /// The account here.
    account_id: Option<String>,
    /// Where the bank account is: `US` or `CA`.
    country: Option<&'static str>,
    /// `checking` or `savings`.
    account_type: Option<&'static str>,
    /// The bank's number, masked.
    bank_number: Option<String>,
    /// The bank account's number, masked.
    #[schema(example = "****5678")]
    account_number: Option<String>,
    /// Whose bank account it is.
    holder_name: Option<String>,
    /// To be sent back with a change.
    version: i64,
    /// When it was made known.
    created_at: String,
}

impl From<Payee> for PayeeView {
    fn from(payee: Payee) -> Self {
        let kind = payee.payable.kind();
        let mut view = Self {
            id: payee.id.to_string(),
            name: payee.name,
            kind,
            biller_id: None,
            reference: None,
            account_id: None,
            country: None,
            account_type: None,
            bank_number: None,
            account_number: None,
            holder_name: None,
            version: payee.version,
            created_at: payee.created_at.to_string(),
        };
        match payee.payable {
            Payable::Biller { biller, masked } => {
                view.biller_id = Some(biller.to_string());
                view.reference = Some(masked);
            }
            Payable::Account(account) => view.account_id = Some(account.to_string()),
            Payable::Bank { country, account_type, masked_bank, masked, holder } => {
                view.country = Some(country);
                view.account_type = Some(account_type);
                view.bank_number = Some(masked_bank);
                view.account_number = Some(masked);
                view.holder_name = Some(holder);
            }
        }
        view
    }
}

/// Which payees are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PayeesQuery {
    /// Whose, for staff; one's own when left out.
    customer_id: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List payees.
#[utoipa::path(get, path = "/payees", tag = "Payments", security(("bearer" = [])), params(PayeesQuery),
    responses((status = 200, body = ListView<PayeeView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<PayeesQuery>,
) -> Result<Json<ListView<PayeeView>>, Problem> {
    let customer = query.customer_id.as_deref().map(|text| id(text, "customer_id")).transpose()?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.payees.list(&actor, customer, &page).await?;
    let data = found.rows.into_iter().map(Into::into).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Somebody to make known: a biller with one's number there, an account here, or a bank account elsewhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PayeeBody {
    /// What to call it, up to 100 characters.
    name: String,
    /// The biller.
    biller_id: Option<String>,
    /// One's number with the biller.
    reference: Option<String>,
    /// The account here.
    account_id: Option<String>,
    /// The bank account elsewhere.
    bank_account: Option<BankAccountBody>,
}

impl PayeeBody {
    fn new_payee(self) -> Result<NewPayee, Problem> {
        let refused = |field, code, why: &str| Problem::of(codes::VALIDATION_FAILED).field(field, code, why);
        let Self { name, biller_id, reference, account_id, bank_account } = self;
        match (biller_id, account_id, bank_account) {
            (Some(biller), None, None) => {
                let wanted = || refused("reference", "required", "the number with the biller is wanted");
                let reference = reference.ok_or_else(wanted)?.into();
                Ok(NewPayee::Biller { name, biller: id(&biller, "biller_id")?, reference })
            }
            (None, Some(account), None) if reference.is_none() => {
                Ok(NewPayee::Account { name, account: id(&account, "account_id")? })
            }
            (None, None, Some(account)) if reference.is_none() => {
                Ok(NewPayee::Bank { name, account: account.form() })
            }
            (None, None, None) => {
                Err(refused("biller_id", "required", "biller_id, account_id or bank_account is wanted"))
            }
            _ => Err(refused(
                "biller_id",
                "exclusive",
                "one of biller_id, account_id and bank_account is wanted",
            )),
        }
    }
}

/// Make somebody known to be paid.
#[utoipa::path(post, path = "/payees", tag = "Payments", security(("bearer" = [])), request_body = PayeeBody,
    responses((status = 201, body = PayeeView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<PayeeBody>,
) -> Result<(StatusCode, Json<PayeeView>), Problem> {
    Ok((StatusCode::CREATED, Json(app.payees.create(&actor, body.new_payee()?).await?.into())))
}

/// What to call a payee from now on. Where its money goes is never changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PayeeChangeBody {
    /// The version that was read.
    version: i64,
    /// What to call it.
    name: String,
}

/// Call a payee something else.
#[utoipa::path(patch, path = "/payees/{id}", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = PayeeChangeBody,
    responses((status = 200, body = PayeeView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn change(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<PayeeId>,
    Json(body): Json<PayeeChangeBody>,
) -> Result<Json<PayeeView>, Problem> {
    let change = PayeeChange { version: body.version, name: body.name };
    Ok(Json(app.payees.change(&actor, id, change).await?.into()))
}

/// Forget a payee.
#[utoipa::path(delete, path = "/payees/{id}", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn remove(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<PayeeId>,
) -> Result<StatusCode, Problem> {
    app.payees.remove(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
