//! Customers: made known by staff, looked for, read with masks, changed.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::UserId;
use florin_parties::{Address, AddressForm, ChangeCustomer, Customer, NewCustomer, Reveal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(read, change)).routes(routes!(search))
}

/// The paths that the bank's own system has.
pub fn bank_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_as_the_bank)).routes(routes!(search_as_the_bank))
}

/// Where somebody lives.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddressBody {
    /// Street and house, 100 characters at most.
    #[schema(example = "1 Main Street")]
    line1: String,
    /// More of the same.
    line2: Option<String>,
    /// The town.
    #[schema(example = "San Francisco")]
    city: String,
    /// The state, province or region; wanted in the USA and in Canada.
    #[schema(example = "CA")]
    region: Option<String>,
    /// The postal code; wanted in the USA and in Canada.
    #[schema(example = "94105")]
    postal_code: Option<String>,
    /// The country, by its two capital letters of ISO 3166-1.
    #[schema(example = "US")]
    country: String,
}

impl From<AddressBody> for AddressForm {
    fn from(body: AddressBody) -> Self {
        let AddressBody { line1, line2, city, region, postal_code, country } = body;
        Self { line1, line2, city, region, postal_code, country }
    }
}

/// A customer as staff fill them in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerBody {
    /// What they are called.
    #[schema(example = "Ada Lovelace")]
    full_name: String,
    /// Where mail reaches them: they are written a letter to choose a password.
    #[schema(example = "ada@example.org")]
    email: String,
    /// Their telephone, in the form of E.164.
    #[schema(example = "+14155550123")]
    phone: String,
    /// The day of birth.
    #[schema(example = "1990-05-17")]
    date_of_birth: String,
    /// Their Social Security Number (USA), if they have one.
    #[schema(example = "123-45-6789")]
    ssn: Option<String>,
    /// Their Social Insurance Number (Canada), if they have one; not both.
    sin: Option<String>,
    /// Where they live.
    address: AddressBody,
}

impl From<CustomerBody> for NewCustomer {
    fn from(body: CustomerBody) -> Self {
        let CustomerBody { full_name, email, phone, date_of_birth, ssn, sin, address } = body;
        Self { full_name, email, phone, date_of_birth, ssn, sin, address: address.into() }
    }
}

/// What to change of a customer; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerChangeBody {
    /// The `version` that was read; 0 for somebody who registered by themselves and has no record yet, which must then
    /// be given whole.
    #[schema(example = 1)]
    version: u32,
    /// Another name.
    full_name: Option<String>,
    /// Another telephone.
    phone: Option<String>,
    /// Another day of birth.
    date_of_birth: Option<String>,
    /// A Social Security Number in the place of the number that there is; an empty text takes it away.
    ssn: Option<String>,
    /// A Social Insurance Number in the place of the number that there is; an empty text takes it away.
    sin: Option<String>,
    /// Another address, whole.
    address: Option<AddressBody>,
}

impl From<CustomerChangeBody> for ChangeCustomer {
    fn from(body: CustomerChangeBody) -> Self {
        let number = |text: Option<String>| text.map(|text| Some(text).filter(|text| !text.is_empty()));
        Self {
            full_name: body.full_name,
            phone: body.phone,
            date_of_birth: body.date_of_birth,
            ssn: number(body.ssn),
            sin: number(body.sin),
            address: body.address.map(Into::into),
        }
    }
}

/// Where somebody lives.
#[derive(Serialize, ToSchema)]
struct AddressView {
    /// Street and house.
    line1: String,
    /// More of the same.
    line2: Option<String>,
    /// The town.
    city: String,
    /// The state, province or region.
    region: Option<String>,
    /// The postal code.
    postal_code: Option<String>,
    /// The country.
    country: String,
}

impl From<Address> for AddressView {
    fn from(address: Address) -> Self {
        let Address { line1, line2, city, region, postal_code, country } = address;
        Self { line1, line2, city, region, postal_code, country }
    }
}

/// A customer, masked.
#[derive(Serialize, ToSchema)]
struct CustomerView {
    /// The identifier: the person's own.
    id: String,
    /// What they are called.
    full_name: String,
    /// Where mail reaches them.
    email: String,
    /// The telephone, but for its last four digits hidden.
    #[schema(example = "****0123")]
    phone: Option<String>,
    /// The year of birth; the whole day for the customer, and for whoever may change it.
    #[schema(example = "1990")]
    date_of_birth: Option<String>,
    /// The Social Security Number, but for its last four digits hidden.
    #[schema(example = "***-**-6789")]
    ssn: Option<String>,
    /// The Social Insurance Number, but for its last three digits hidden.
    #[schema(example = "***-***-286")]
    sin: Option<String>,
    /// Where they live.
    address: Option<AddressView>,
    /// `active`, or `suspended`: who is suspended cannot sign in.
    status: &'static str,
    /// Whether the email is proved.
    is_verified: bool,
    /// What the next change must name; 0 while nothing is known but a name and an email.
    version: u32,
    /// When the record was made.
    created_at: Option<String>,
    /// When it was changed last.
    changed_at: Option<String>,
}

impl From<Customer> for CustomerView {
    fn from(customer: Customer) -> Self {
        Self {
            id: customer.id.to_string(),
            full_name: customer.full_name,
            email: customer.email,
            phone: customer.phone,
            date_of_birth: customer.date_of_birth,
            ssn: customer.ssn,
            sin: customer.sin,
            address: customer.address.map(Into::into),
            status: if customer.suspended { "suspended" } else { "active" },
            is_verified: customer.verified,
            version: customer.version,
            created_at: customer.created_at.map(|at| at.to_string()),
            changed_at: customer.changed_at.map(|at| at.to_string()),
        }
    }
}

/// What is wanted of a customer.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CustomerQuery {
    /// What is to be shown without its mask, divided by commas: `ssn`, `sin`, `phone`, `date_of_birth`. It takes the
    /// permission `customer.reveal` and a fresh factor, and is written down.
    reveal: Option<String>,
}

/// Whom to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerSearchBody {
    /// How the words of a name or an email begin (two letters at least), a whole phone number with its plus sign, a
    /// whole SSN or SIN, or its last four digits.
    #[schema(example = "ada love")]
    search_term: String,
    /// How many at most, from 1 to 50; 20 when left out.
    limit: Option<u16>,
}

/// Those who were found.
#[derive(Serialize, ToSchema)]
struct CustomersFoundView {
    /// They, as many as were wanted at most.
    data: Vec<CustomerView>,
}

fn reveals(text: &str) -> Result<Vec<Reveal>, Problem> {
    let mut wanted = Vec::new();
    for name in text.split(',') {
        let one = Reveal::parse(name.trim()).ok_or_else(|| {
            let known = Reveal::ALL.map(Reveal::code).join(", ");
            let problem = Problem::of(codes::VALIDATION_FAILED);
            problem.field(
                "reveal",
                "unknown",
                format!("one of {known} is wanted, or several divided by commas"),
            )
        })?;
        if !wanted.contains(&one) {
            wanted.push(one);
        }
    }
    Ok(wanted)
}

async fn made(
    app: &App,
    actor: &florin_kernel::Actor,
    body: CustomerBody,
) -> Result<(StatusCode, Json<CustomerView>), Problem> {
    let customer = app.customers.create(actor, body.into()).await?;
    Ok((StatusCode::CREATED, Json(customer.into())))
}

async fn found(
    app: &App,
    actor: &florin_kernel::Actor,
    body: CustomerSearchBody,
) -> Result<Json<CustomersFoundView>, Problem> {
    let found = app.customers.search(actor, &body.search_term, body.limit).await?;
    Ok(Json(CustomersFoundView { data: found.into_iter().map(Into::into).collect() }))
}

/// Make a customer known; they are written a letter to choose a password.
#[utoipa::path(post, path = "/customers", tag = "Customers", security(("bearer" = [])), request_body = CustomerBody,
    responses((status = 201, body = CustomerView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<CustomerBody>,
) -> Result<(StatusCode, Json<CustomerView>), Problem> {
    made(&app, &actor, body).await
}

/// Make a customer known, by the bank's own path.
#[utoipa::path(post, path = "/customers/create", tag = "Customers", security(("bearer" = [])), request_body = CustomerBody,
    responses((status = 201, body = CustomerView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create_as_the_bank(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<CustomerBody>,
) -> Result<(StatusCode, Json<CustomerView>), Problem> {
    made(&app, &actor, body).await
}

/// Read a customer, masked: oneself, or any for staff.
#[utoipa::path(get, path = "/customers/{id}", tag = "Customers", security(("bearer" = [])), params(("id" = String, Path), CustomerQuery),
    responses((status = 200, body = CustomerView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
    Query(query): Query<CustomerQuery>,
) -> Result<Json<CustomerView>, Problem> {
    let customer = match query.reveal {
        Some(text) => app.customers.reveal(&actor, id, reveals(&text)?).await?,
        None => app.customers.find(&actor, id).await?,
    };
    Ok(Json(customer.into()))
}

/// Change a customer, or complete somebody who registered by themselves.
#[utoipa::path(patch, path = "/customers/{id}", tag = "Customers", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = CustomerChangeBody,
    responses((status = 200, body = CustomerView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn change(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
    Json(body): Json<CustomerChangeBody>,
) -> Result<Json<CustomerView>, Problem> {
    let version = body.version;
    Ok(Json(app.customers.change(&actor, id, version, body.into()).await?.into()))
}

/// Look for customers; what is looked for is in the body, and so in no log.
#[utoipa::path(post, path = "/customers/search", tag = "Customers", security(("bearer" = [])), request_body = CustomerSearchBody,
    responses((status = 200, body = CustomersFoundView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn search(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<CustomerSearchBody>,
) -> Result<Json<CustomersFoundView>, Problem> {
    found(&app, &actor, body).await
}

/// Look for customers, by the bank's own path.
#[utoipa::path(post, path = "/customers/search", tag = "Customers", security(("bearer" = [])), request_body = CustomerSearchBody,
    responses((status = 200, body = CustomersFoundView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn search_as_the_bank(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<CustomerSearchBody>,
) -> Result<Json<CustomersFoundView>, Problem> {
    found(&app, &actor, body).await
}
