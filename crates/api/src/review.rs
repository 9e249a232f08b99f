//! The access review: what every role and department may do, and who of the staff has them.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use florin_access::matrix_rows;
use florin_http::{App, Json, Problem, Query, SignedIn, codes};
use florin_identity::{PeopleQuery, Person};
use florin_kernel::{Action, Actor, Department, PageRequest, Resource, Role, UserId};
use florin_parties::EmployeeQuery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use florin_documents::Csv;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(review))
}

/// In which form the review is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReviewQuery {
    /// `json`, which is meant when it is left out, or `csv`: the people alone, a line each.
    format: Option<String>,
}

/// What the roles and departments may do, and who has them.
#[derive(Serialize, ToSchema)]
struct ReviewView {
    /// Each action, on what is nobody's, one's own and others', with the roles and departments that may do it.
    permissions: Vec<PermissionView>,
    /// Everybody who has a role of staff, or works in a department.
    people: Vec<ReviewedView>,
}

/// An action and who may do it.
#[derive(Serialize, ToSchema)]
struct PermissionView {
    /// The action.
    #[schema(example = "transfer.create")]
    action: &'static str,
    /// `own`, `others` or `nobodys`.
    whose: &'static str,
    /// The roles that may, each for itself.
    roles: Vec<&'static str>,
    /// The departments whose people may without any role.
    departments: Vec<&'static str>,
}

/// Somebody of the staff.
#[derive(Serialize, ToSchema)]
struct ReviewedView {
    /// The identifier.
    id: String,
    /// Where mail reaches them.
    email: String,
    /// What they are called.
    full_name: String,
    /// Where they work, if they do.
    department: Option<&'static str>,
    /// As what.
    title: Option<String>,
    /// Their roles.
    roles: Vec<&'static str>,
    /// `active`, or `suspended`: who is suspended cannot sign in.
    status: &'static str,
    /// Whether the email is proved.
    is_verified: bool,
    /// Whether a second factor is on.
    mfa_enabled: bool,
    /// Since when they are known.
    created_at: String,
    /// When a sign-in of theirs was used last.
    last_activity_at: Option<String>,
}

impl ReviewedView {
    fn of(person: Person, title: Option<String>) -> Self {
        let Person { profile, suspended, last_seen_at } = person;
        Self {
            id: profile.id.to_string(),
            email: profile.email.as_str().to_owned(),
            full_name: profile.full_name.as_str().to_owned(),
            department: profile.department.map(Department::code),
            title,
            roles: profile.roles.iter().map(|role| role.code()).collect(),
            status: if suspended { "suspended" } else { "active" },
            is_verified: profile.verified,
            mfa_enabled: profile.mfa,
            created_at: profile.created_at.to_string(),
            last_activity_at: last_seen_at.map(|at| at.to_string()),
        }
    }
}

/// What every role and department may do, and everybody of the staff with theirs and their last activity.
#[utoipa::path(get, path = "/access/review", tag = "Staff", security(("bearer" = [])), params(ReviewQuery),
    responses((status = 200, content((ReviewView = "application/json"), (String = "text/csv"))),
              (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn review(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ReviewQuery>,
) -> Result<Response, Problem> {
    actor.permit(Action::ListUsers, Resource::kind("user"))?;
    let as_csv = match query.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => {
            let problem = Problem::of(codes::VALIDATION_FAILED);
            return Err(problem.field("format", "unknown", "`json` or `csv` is wanted"));
        }
    };
    let mut titles = titles(&app, &actor).await?;
    let people: Vec<ReviewedView> = staff(&app, &actor)
        .await?
        .into_iter()
        .map(|person| {
            let title = titles.remove(&person.profile.id);
            ReviewedView::of(person, title)
        })
        .collect();
    if as_csv {
        return Ok(table(&people));
    }
    let permissions = matrix_rows(&app.access).into_iter().map(|row| PermissionView {
        action: row.action.code(),
        whose: row.whose,
        roles: row.roles,
        departments: row.departments,
    });
    Ok(Json(ReviewView { permissions: permissions.collect(), people }).into_response())
}

/// Everybody who has a role of staff or works in a department, in the order in which they became known.
async fn staff(app: &App, actor: &Actor) -> Result<Vec<Person>, Problem> {
    let all = PeopleQuery { limit: usize::from(u16::MAX), ..PeopleQuery::default() };
    let by_role = Role::ALL.into_iter().filter(|role| role.is_staff());
    let by_role = by_role.map(|role| PeopleQuery { role: Some(role), ..all.clone() });
    let by_department = Department::ALL.into_iter();
    let by_department = by_department.map(|one| PeopleQuery { department: Some(one), ..all.clone() });
    let mut people = Vec::new();
    for query in by_role.chain(by_department) {
        people.extend(app.identity.people(actor, query).await?);
    }
    people.sort_unstable_by_key(|person: &Person| person.profile.id);
    people.dedup_by_key(|person| person.profile.id);
    Ok(people)
}

/// The titles of all employees; of nobody for whoever may not read who works here.
async fn titles(app: &App, actor: &Actor) -> Result<HashMap<UserId, String>, Problem> {
    let mut titles = HashMap::new();
    if actor.permit(Action::ReadEmployee, Resource::kind("employee")).is_err() {
        return Ok(titles);
    }
    let mut cursor = None;
    loop {
        let page = PageRequest::try_new(Some(PageRequest::LIMIT_MAX), cursor)?;
        let found = app.employees.list(actor, EmployeeQuery::default(), &page).await?;
        titles.extend(found.rows.into_iter().map(|employee| (employee.id, employee.post.title)));
        cursor = found.next_cursor;
        if cursor.is_none() {
            return Ok(titles);
        }
    }
}

fn table(people: &[ReviewedView]) -> Response {
    let mut csv = Csv::default();
    csv.line([
        "id",
        "email",
        "full_name",
        "department",
        "title",
        "roles",
        "status",
        "is_verified",
        "mfa_enabled",
        "created_at",
        "last_activity_at",
    ]);
    let truth = |is: bool| if is { "true" } else { "false" };
    for person in people {
        csv.line([
            person.id.as_str(),
            &person.email,
            &person.full_name,
            person.department.unwrap_or_default(),
            person.title.as_deref().unwrap_or_default(),
            &person.roles.join(" "),
            person.status,
            truth(person.is_verified),
            truth(person.mfa_enabled),
            &person.created_at,
            person.last_activity_at.as_deref().unwrap_or_default(),
        ]);
    }
    let mut response = csv.finish().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(Csv::MEDIA_TYPE));
    let attachment = HeaderValue::from_static("attachment; filename=\"access-review.csv\"");
    headers.insert(CONTENT_DISPOSITION, attachment);
    response
}
