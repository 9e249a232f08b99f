//! Employees: hired, moved, suspended, gone.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{Department, PageRequest, Role, UserId};
use florin_parties::{ChangeEmployee, Employee, EmployeeQuery, EmployeeStatus, Hired, NewEmployee, Whom};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::ListView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, hire))
        .routes(routes!(read, change))
        .routes(routes!(suspend))
        .routes(routes!(reinstate))
}

/// Which employees are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EmployeesQuery {
    /// `hr`, `accounts`, `loans` or `customer_service`.
    department: Option<String>,
    /// `active`, `suspended` or `left`.
    status: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Somebody who is to work here: a person who is known, by `user_id`, or another, by name and email.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmployeeBody {
    /// Somebody who is known: a customer, or who worked here before. Name and email are left out then.
    user_id: Option<String>,
    /// What they are called.
    #[schema(example = "Grace Hopper")]
    full_name: Option<String>,
    /// Where mail reaches them: they are written a letter to choose a password.
    #[schema(example = "grace@bank.example")]
    email: Option<String>,
    /// `hr`, `accounts`, `loans` or `customer_service`.
    #[schema(example = "accounts")]
    department: String,
    /// As what they work.
    #[schema(example = "Head of accounts")]
    title: String,
    /// Whom they report to: an employee.
    manager_id: Option<String>,
    /// Since when they work here: today, which is meant when it is left out, or a day before it.
    #[schema(example = "2026-01-31")]
    hired_on: Option<String>,
    /// The roles that are asked for them; a second person must approve them, unless an administrator hires and the
    /// configuration says otherwise.
    #[serde(default)]
    #[schema(example = json!(["teller"]))]
    roles: Vec<String>,
}

/// What to change of an employment; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmployeeChangeBody {
    /// The `version` that was read.
    #[schema(example = 1)]
    version: u32,
    /// Another department.
    department: Option<String>,
    /// Another title.
    title: Option<String>,
    /// Another manager; an empty text is nobody.
    manager_id: Option<String>,
    /// The day on which they left: today or before. All roles of staff and the department go with it.
    left_on: Option<String>,
}

/// An employee.
#[derive(Serialize, ToSchema)]
struct EmployeeView {
    /// The identifier: the person's own.
    id: String,
    /// What they are called.
    full_name: String,
    /// Where mail reaches them.
    email: String,
    /// Where they work.
    department: &'static str,
    /// As what.
    title: String,
    /// Whom they report to.
    manager_id: Option<String>,
    /// `active`, `suspended` or `left`.
    status: &'static str,
    /// Since when.
    hired_on: String,
    /// Until when.
    left_on: Option<String>,
    /// Their roles.
    roles: Vec<&'static str>,
    /// Whether they may sign in: not while they are suspended, as an employee or as a person.
    can_sign_in: bool,
    /// When a sign-in of theirs was used last.
    last_activity_at: Option<String>,
    /// What the next change must name.
    version: u32,
    /// When the record was made.
    created_at: String,
    /// When it was changed last.
    changed_at: String,
}

impl From<Employee> for EmployeeView {
    fn from(employee: Employee) -> Self {
        let post = employee.post;
        Self {
            id: employee.id.to_string(),
            full_name: employee.full_name,
            email: employee.email,
            department: post.department.code(),
            title: post.title,
            manager_id: post.manager.map(|manager| manager.to_string()),
            status: post.status.code(),
            hired_on: post.hired_on.to_string(),
            left_on: post.left_on.map(|day| day.to_string()),
            roles: employee.roles.iter().map(|role| role.code()).collect(),
            can_sign_in: employee.can_sign_in,
            last_activity_at: employee.last_seen_at.map(|at| at.to_string()),
            version: post.version,
            created_at: post.created_at.to_string(),
            changed_at: post.changed_at.to_string(),
        }
    }
}

/// Somebody who was hired.
#[derive(Serialize, ToSchema)]
struct HiredView {
    /// The employee, as they are now.
    #[serde(flatten)]
    employee: EmployeeView,
    /// The request for their roles that waits for a second person, if it does.
    approval_id: Option<String>,
}

/// A field that is read by its type.
fn field<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Problem>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| {
        Problem::of(codes::VALIDATION_FAILED).field(name.to_owned(), "invalid", error.to_string())
    })
}

fn optional<T: std::str::FromStr>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem>
where
    T::Err: std::fmt::Display,
{
    text.map(|text| field(name, text)).transpose()
}

impl EmployeeBody {
    fn read(self) -> Result<NewEmployee, Problem> {
        let refused = |name: &str, code: &'static str, why: &str| {
            Err(Problem::of(codes::VALIDATION_FAILED).field(name.to_owned(), code, why))
        };
        let whom = match (self.user_id.as_deref(), self.full_name, self.email) {
            (Some(id), None, None) => Whom::Known(field("user_id", id)?),
            (Some(_), ..) => {
                return refused(
                    "user_id",
                    "conflicting",
                    "a person who is known, or a name and an email are wanted, not both",
                );
            }
            (None, Some(full_name), Some(email)) => Whom::New { full_name, email },
            (None, None, _) => return refused("full_name", "missing", "a value is wanted"),
            (None, _, None) => return refused("email", "missing", "a value is wanted"),
        };
        let numbered = self.roles.iter().enumerate();
        let roles = numbered.map(|(at, text)| field::<Role>(&format!("roles[{at}]"), text));
        Ok(NewEmployee {
            whom,
            department: field::<Department>("department", &self.department)?,
            title: self.title,
            manager: optional::<UserId>("manager_id", self.manager_id.as_deref())?,
            hired_on: self.hired_on,
            roles: roles.collect::<Result<Vec<_>, _>>()?,
        })
    }
}

impl EmployeeChangeBody {
    fn read(self) -> Result<ChangeEmployee, Problem> {
        let manager = match self.manager_id.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(id) => Some(Some(field::<UserId>("manager_id", id)?)),
        };
        let department = optional::<Department>("department", self.department.as_deref())?;
        Ok(ChangeEmployee { department, title: self.title, manager, left_on: self.left_on })
    }
}

/// List employees, in the order in which they became known.
#[utoipa::path(get, path = "/employees", tag = "Staff", security(("bearer" = [])), params(EmployeesQuery),
    responses((status = 200, body = ListView<EmployeeView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<EmployeesQuery>,
) -> Result<Json<ListView<EmployeeView>>, Problem> {
    let page = PageRequest::try_new(query.limit, query.cursor)?;
    let wanted = EmployeeQuery {
        department: optional::<Department>("department", query.department.as_deref())?,
        status: optional::<EmployeeStatus>("status", query.status.as_deref())?,
    };
    let found = app.employees.list(&actor, wanted, &page).await?;
    let data = found.rows.into_iter().map(EmployeeView::from).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Hire somebody; the roles asked for wait for a second person.
#[utoipa::path(post, path = "/employees", tag = "Staff", security(("bearer" = [])), request_body = EmployeeBody,
    responses((status = 201, body = HiredView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn hire(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<EmployeeBody>,
) -> Result<(StatusCode, Json<HiredView>), Problem> {
    let Hired { employee, approval } = app.employees.hire(&actor, body.read()?).await?;
    let view = HiredView { employee: employee.into(), approval_id: approval.map(|id| id.to_string()) };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Read an employee.
#[utoipa::path(get, path = "/employees/{id}", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = EmployeeView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
) -> Result<Json<EmployeeView>, Problem> {
    Ok(Json(app.employees.find(&actor, id).await?.into()))
}

/// Change an employment, or note that somebody left.
#[utoipa::path(patch, path = "/employees/{id}", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = EmployeeChangeBody,
    responses((status = 200, body = EmployeeView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn change(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
    Json(body): Json<EmployeeChangeBody>,
) -> Result<Json<EmployeeView>, Problem> {
    let version = body.version;
    Ok(Json(app.employees.change(&actor, id, version, body.read()?).await?.into()))
}

/// Keep an employee from working; every sign-in and API key of theirs is over at once.
#[utoipa::path(post, path = "/employees/{id}/suspend", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = EmployeeView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn suspend(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
) -> Result<Json<EmployeeView>, Problem> {
    Ok(Json(app.employees.suspend(&actor, id).await?.into()))
}

/// Let a suspended employee work again.
#[utoipa::path(post, path = "/employees/{id}/reinstate", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = EmployeeView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn reinstate(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
) -> Result<Json<EmployeeView>, Problem> {
    Ok(Json(app.employees.reinstate(&actor, id).await?.into()))
}
