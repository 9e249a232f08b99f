//! Saved bank accounts and cards.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::PaymentMethodId;
use florin_payments::checks::{BankAccountForm, CardForm};
use florin_payments::{KeptCardForm, MethodView, NewMethod, PaymentMethod};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::{ListView, PageQuery};
use crate::payments::id;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, save)).routes(routes!(remove))
}

/// A bank account elsewhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BankAccountBody {
    /// Where it is: `US` or `CA`.
    #[schema(example = "US")]
    country: String,
    /// The bank's nine digits, in the United States.
    routing_number: Option<String>,
    /// The institution's three digits, in Canada.
    institution_number: Option<String>,
    /// The branch's five digits, in Canada.
    transit_number: Option<String>,
    /// The account's number.
    account_number: String,
    /// `checking` or `savings`.
    account_type: String,
    /// Whose account it is.
    holder_name: String,
}

impl BankAccountBody {
    pub fn form(self) -> BankAccountForm {
        BankAccountForm {
            country: self.country,
            routing_number: self.routing_number,
            institution_number: self.institution_number,
            transit_number: self.transit_number,
            account_number: self.account_number.into(),
            account_type: self.account_type,
            holder: self.holder_name,
        }
    }
}

/// A card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CardBody {
    /// Its number.
    number: String,
    /// The month that it expires in, from 1 to 12.
    expiry_month: i64,
    /// The year, of four digits.
    expiry_year: i64,
    /// The name on it.
    holder_name: String,
}

/// A card that a processor keeps, which was given its number: charged by that processor alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeptCardBody {
    /// The processor.
    #[schema(example = "stripe")]
    processor: String,
    /// What the processor knows the card by.
    #[schema(example = "pm_1MqLiJLkdIwHu7ixUEgbFdYF")]
    reference: String,
    /// What the processor knows its holder by; must be whom the processor keeps it for. Without one the processor may
    /// charge it once.
    customer: Option<String>,
    /// The name on it.
    holder_name: String,
}

/// A bank account or a card to save.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MethodBody {
    /// The bank account.
    bank_account: Option<BankAccountBody>,
    /// The card.
    card: Option<CardBody>,
    /// The card, which a processor keeps.
    kept_card: Option<KeptCardBody>,
}

/// A saved bank account or card.
#[derive(Debug, Serialize, ToSchema)]
struct MethodBodyView {
    /// The identifier.
    id: String,
    /// `bank_account` or `card`.
    kind: &'static str,
    /// Whose name is on it.
    holder_name: String,
    /// Its number, masked.
    #[schema(example = "****5678")]
    number: String,
    /// Where the bank account is: `US` or `CA`.
    country: Option<&'static str>,
    /// `checking` or `savings`.
    account_type: Option<&'static str>,
    /// The bank's number, masked.
    bank_number: Option<String>,
    /// The card's network.
    brand: Option<String>,
    /// The processor that keeps the card, if one does.
    processor: Option<String>,
    /// The month that the card expires in.
    expiry_month: Option<i8>,
    /// The year.
    expiry_year: Option<i16>,
    /// When it was saved.
    created_at: String,
}

impl From<PaymentMethod> for MethodBodyView {
    fn from(method: PaymentMethod) -> Self {
        let mut view = Self {
            id: method.id.to_string(),
            kind: method.view.kind(),
            holder_name: method.holder,
            number: String::new(),
            country: None,
            account_type: None,
            bank_number: None,
            brand: None,
            processor: None,
            expiry_month: None,
            expiry_year: None,
            created_at: method.created_at.to_string(),
        };
        match method.view {
            MethodView::Bank { country, account_type, masked_bank, masked } => {
                view.number = masked;
                (view.country, view.account_type) = (Some(country), Some(account_type));
                view.bank_number = Some(masked_bank);
            }
            MethodView::Card { brand, masked, expires_month, expires_year, kept_by } => {
                view.number = masked;
                view.processor = kept_by;
                view.brand = Some(brand);
                (view.expiry_month, view.expiry_year) = (Some(expires_month), Some(expires_year));
            }
        }
        view
    }
}

/// Which methods are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MethodsQuery {
    /// Whose, for staff; one's own when left out.
    customer_id: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List saved bank accounts and cards.
#[utoipa::path(get, path = "/payment-methods", tag = "Payments", security(("bearer" = [])), params(MethodsQuery),
    responses((status = 200, body = ListView<MethodBodyView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<MethodsQuery>,
) -> Result<Json<ListView<MethodBodyView>>, Problem> {
    let customer = query.customer_id.as_deref().map(|text| id(text, "customer_id")).transpose()?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.payment_methods.list(&actor, customer, &page).await?;
    let data = found.rows.into_iter().map(Into::into).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Save a bank account or a card.
#[utoipa::path(post, path = "/payment-methods", tag = "Payments", security(("bearer" = [])), request_body = MethodBody,
    responses((status = 201, body = MethodBodyView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn save(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<MethodBody>,
) -> Result<(StatusCode, Json<MethodBodyView>), Problem> {
    let new = match (body.bank_account, body.card, body.kept_card) {
        (Some(account), None, None) => NewMethod::Bank(account.form()),
        (None, None, Some(card)) => NewMethod::Kept(KeptCardForm {
            processor: card.processor,
            reference: card.reference,
            customer: card.customer,
            holder: card.holder_name,
        }),
        (None, Some(card), None) => NewMethod::Card(CardForm {
            number: card.number.into(),
            month: card.expiry_month,
            year: card.expiry_year,
            holder: card.holder_name,
        }),
        (bank, card, kept) => {
            let (code, why) = match (bank, card, kept) {
                (None, None, None) => ("required", "bank_account, card or kept_card is wanted"),
                _ => ("exclusive", "one of bank_account, card and kept_card is wanted"),
            };
            return Err(Problem::of(codes::VALIDATION_FAILED).field("bank_account", code, why));
        }
    };
    Ok((StatusCode::CREATED, Json(app.payment_methods.save(&actor, new).await?.into())))
}

/// Forget a bank account or a card.
#[utoipa::path(delete, path = "/payment-methods/{id}", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn remove(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<PaymentMethodId>,
) -> Result<StatusCode, Problem> {
    app.payment_methods.remove(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
