//! Making customers known, and changing what is known of them.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Path, Problem};
use florin_kernel::UserId;
use florin_parties::{AddressForm, ChangeCustomer, Customer, NewCustomer};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/customers/new", get(new).post(create))
        .route("/staff/customers/{id}/change", get(edit).post(change))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    version: u32,
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    date_of_birth: String,
    #[serde(default)]
    ssn: String,
    #[serde(default)]
    sin: String,
    #[serde(default)]
    line1: String,
    #[serde(default)]
    line2: String,
    #[serde(default)]
    city: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    postal_code: String,
    #[serde(default)]
    country: String,
}

fn given(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

impl Typed {
    fn address(&self) -> AddressForm {
        AddressForm {
            line1: self.line1.clone(),
            line2: given(&self.line2),
            city: self.city.clone(),
            region: given(&self.region),
            postal_code: given(&self.postal_code),
            country: self.country.to_ascii_uppercase(),
        }
    }

    fn new_customer(&self) -> NewCustomer {
        NewCustomer {
            full_name: self.full_name.clone(),
            email: self.email.clone(),
            phone: self.phone.replace([' ', '-', '(', ')'], ""),
            date_of_birth: self.date_of_birth.clone(),
            ssn: given(&self.ssn),
            sin: given(&self.sin),
            address: self.address(),
        }
    }

    /// What is left empty stays as it is: what is masked is not typed again.
    fn changes(&self) -> ChangeCustomer {
        ChangeCustomer {
            full_name: given(&self.full_name),
            phone: given(&self.phone.replace([' ', '-', '(', ')'], "")),
            date_of_birth: given(&self.date_of_birth),
            ssn: given(&self.ssn).map(Some),
            sin: given(&self.sin).map(Some),
            address: (!self.line1.is_empty()).then(|| self.address()),
        }
    }

    fn of(customer: &Customer) -> Self {
        let address = customer.address.clone();
        let mut typed =
            Self { version: customer.version, full_name: customer.full_name.clone(), ..Self::default() };
        if let Some(address) = address {
            typed.line1 = address.line1;
            typed.line2 = address.line2.unwrap_or_default();
            typed.city = address.city;
            typed.region = address.region.unwrap_or_default();
            typed.postal_code = address.postal_code.unwrap_or_default();
            typed.country = address.country;
        }
        typed
    }
}

/// The faults of an address are told at `address.line1`; the form's fields have no such prefix.
fn at_fields(problem: Problem) -> Problem {
    let faults = problem.errors().to_vec();
    if !faults.iter().any(|fault| fault.field.starts_with("address.")) {
        return problem;
    }
    faults.into_iter().fold(problem.without_errors(), |problem, fault| {
        let field = fault.field.strip_prefix("address.").unwrap_or(&fault.field).to_owned();
        problem.field(field, fault.code, fault.message)
    })
}

async fn new(visit: Visit) -> Result<Response, Problem> {
    Ok(form_page(&visit, None, &Typed::default(), None))
}

async fn edit(State(app): State<App>, visit: Visit, Path(id): Path<UserId>) -> Result<Response, Problem> {
    let customer = app.customers.find(&visit.actor, id).await?;
    Ok(form_page(&visit, Some(id), &Typed::of(&customer), None))
}

fn form_page(visit: &Visit, id: Option<UserId>, typed: &Typed, problem: Option<&Problem>) -> Response {
    let (title, action) = match id {
        None => ("New customer", "/staff/customers/new".to_owned()),
        Some(id) => ("Change a customer", format!("/staff/customers/{id}/change")),
    };
    let body = html! {
        h1 { (title) }
        (ui::errors(problem))
        (ui::post_form(visit, &action, &fields(id.is_none(), typed, problem)))
    };
    visit.form_page(title, problem, &body)
}

fn fields(new: bool, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let kept =
        |field: Field| if new { field } else { field.optional().hint("Left empty it stays as it is.") };
    html! {
        input type="hidden" name="version" value=(typed.version);
        (Field::text("full_name", "Full name").value(&typed.full_name).faults(problem))
        @if new { (Field::email("email", "Email").value(&typed.email).faults(problem)) }
        (kept(Field::phone("phone", "Telephone").value(&typed.phone).faults(problem)))
        (kept(Field::date("date_of_birth", "Born").value(&typed.date_of_birth).faults(problem)))
        (Field::text("ssn", "Social security number (US)").value(&typed.ssn).optional().narrow().faults(problem))
        (Field::text("sin", "Social insurance number (Canada)").value(&typed.sin).optional().narrow().faults(problem))
        fieldset.field {
            legend { "Address" }
            (Field::text("line1", "Street and number").value(&typed.line1).faults(problem))
            (Field::text("line2", "More of the address").value(&typed.line2).optional().faults(problem))
            (Field::text("city", "City").value(&typed.city).faults(problem))
            (Field::text("region", "State or province").value(&typed.region).optional().narrow().faults(problem))
            (Field::text("postal_code", "Postal code").value(&typed.postal_code).optional().narrow().faults(problem))
            (Field::text("country", "Country").value(&typed.country).hint("Its two letters, such as US").narrow().at_most(2).faults(problem))
        }
        div.actions { button.primary type="submit" { @if new { "Make known" } @else { "Save" } } }
    }
}

async fn create(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    match app.customers.create(&form.visit.actor, form.typed.new_customer()).await.map_err(Problem::from) {
        Ok(customer) => {
            let said = Flash::done(format!(
                "{} is known now, and gets a mail to set a password.",
                customer.full_name
            ));
            Ok(go_saying(&app, &format!("/staff/customers/{}", customer.id), &said))
        }
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => Ok(form_page(&form.visit, None, &form.typed, Some(&at_fields(problem)))),
    }
}

async fn change(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let typed = &form.typed;
    match app
        .customers
        .change(&form.visit.actor, id, typed.version, typed.changes())
        .await
        .map_err(Problem::from)
    {
        Ok(_) => Ok(go_saying(&app, &format!("/staff/customers/{id}"), &Flash::done("The change is made."))),
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => Ok(form_page(&form.visit, Some(id), typed, Some(&at_fields(problem)))),
    }
}
