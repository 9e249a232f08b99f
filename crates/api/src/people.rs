//! Who there is, what roles they have, and what waits for a second person.

use axum::extract::State;
use axum::http::StatusCode;
use florin_access::Approval;
use florin_app::Change;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_identity::{PeopleQuery, Person, SignOutReason};
use florin_kernel::{ApprovalId, Department, PageRequest, Role, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::ListView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(users))
        .routes(routes!(change_roles))
        .routes(routes!(suspend))
        .routes(routes!(reinstate))
        .routes(routes!(sign_out))
        .routes(routes!(approvals))
        .routes(routes!(approve))
        .routes(routes!(reject))
}

/// Which people are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    /// Part of a name, or how an email begins.
    search: Option<String>,
    /// A role that they have.
    role: Option<String>,
    /// The department that they work in.
    department: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Somebody as staff see them.
#[derive(Debug, Serialize, ToSchema)]
struct PersonView {
    /// The identifier.
    id: String,
    /// Where mail reaches them.
    email: String,
    /// What they are called.
    full_name: String,
    /// Their roles.
    roles: Vec<&'static str>,
    /// Where they work, if they do.
    department: Option<&'static str>,
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

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        let Person { profile, suspended, last_seen_at } = person;
        Self {
            id: profile.id.to_string(),
            email: profile.email.as_str().to_owned(),
            full_name: profile.full_name.as_str().to_owned(),
            roles: profile.roles.iter().map(|role| role.code()).collect(),
            department: profile.department.map(Department::code),
            status: if suspended { "suspended" } else { "active" },
            is_verified: profile.verified,
            mfa_enabled: profile.mfa,
            created_at: profile.created_at.to_string(),
            last_activity_at: last_seen_at.map(|at| at.to_string()),
        }
    }
}

/// The roles that somebody is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RolesBody {
    /// All of them; those that are left out are taken away.
    #[schema(example = json!(["teller"]))]
    roles: Vec<String>,
}

/// What became of a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeView {
    /// What happened, for people.
    pub message: &'static str,
    /// The request that waits for a second person, if it does.
    pub approval_id: Option<String>,
}

/// Which requests are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ApprovalsQuery {
    /// `waiting`, which is meant when it is left out, or `all`.
    state: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What whoever decides notes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    /// Up to 500 characters.
    note: Option<String>,
}

/// A request for a second person.
#[derive(Debug, Serialize, ToSchema)]
struct ApprovalView {
    /// The identifier.
    id: String,
    /// What is to be done.
    #[schema(example = "user.change_roles")]
    kind: String,
    /// What it is about.
    subject_id: String,
    /// All else that it needs.
    #[schema(value_type = Object, example = json!({"roles": ["teller"]}))]
    details: serde_json::Value,
    /// `waiting`, `approved`, `rejected` or `expired`.
    state: &'static str,
    /// Who asked.
    asked_by: String,
    /// When.
    asked_at: String,
    /// Until when it waits.
    expires_at: String,
    /// Who decided.
    decided_by: Option<String>,
    /// When.
    decided_at: Option<String>,
    /// What they noted.
    note: Option<String>,
}

impl From<Approval> for ApprovalView {
    fn from(approval: Approval) -> Self {
        Self {
            id: approval.id.to_string(),
            kind: approval.held.kind,
            subject_id: approval.held.subject.to_string(),
            details: approval.held.payload,
            state: approval.state.code(),
            asked_by: approval.asked_by.to_string(),
            asked_at: approval.asked_at.to_string(),
            expires_at: approval.expires_at.to_string(),
            decided_by: approval.decided_by.map(|by| by.to_string()),
            decided_at: approval.decided_at.map(|at| at.to_string()),
            note: approval.note,
        }
    }
}

fn role(text: &str, field: &str) -> Result<Role, Problem> {
    text.parse().map_err(|error: String| {
        Problem::of(codes::VALIDATION_FAILED).field(field.to_owned(), "invalid", error)
    })
}

fn department(text: &str) -> Result<Department, Problem> {
    text.parse()
        .map_err(|error: String| Problem::of(codes::VALIDATION_FAILED).field("department", "invalid", error))
}

/// List people, in the order in which they became known.
#[utoipa::path(get, path = "/users", tag = "Staff", security(("bearer" = [])), params(UsersQuery),
    responses((status = 200, body = ListView<PersonView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn users(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<UsersQuery>,
) -> Result<Json<ListView<PersonView>>, Problem> {
    let page = PageRequest::try_new(query.limit, query.cursor)?;
    let wanted = PeopleQuery {
        search: query.search,
        role: query.role.map(|text| role(&text, "role")).transpose()?,
        department: query.department.map(|text| department(&text)).transpose()?,
        after: page.cursor_as::<UserId>()?,
        limit: page.limit().saturating_add(1),
    };
    let found = app.identity.people(&actor, wanted).await?;
    let page = page.page(found, |person| person.profile.id.to_string());
    Ok(Json(ListView {
        data: page.rows.into_iter().map(PersonView::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Give somebody these roles and no others; by default a second person must approve it.
#[utoipa::path(post, path = "/users/{id}/roles", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)), request_body = RolesBody,
    responses((status = 200, body = ChangeView), (status = 202, description = "It waits for a second person", body = ChangeView),
              (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn change_roles(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
    Json(body): Json<RolesBody>,
) -> Result<(StatusCode, Json<ChangeView>), Problem> {
    let numbered = body.roles.iter().enumerate();
    let roles =
        numbered.map(|(at, text)| role(text, &format!("roles[{at}]"))).collect::<Result<Vec<_>, _>>()?;
    Ok(match app.staff.change_roles(&actor, id, &roles).await? {
        Change::Made => {
            (StatusCode::OK, Json(ChangeView { message: "The roles are changed.", approval_id: None }))
        }
        Change::Held(approval) => {
            let approval_id = Some(approval.to_string());
            (
                StatusCode::ACCEPTED,
                Json(ChangeView { message: "A second person must approve it.", approval_id }),
            )
        }
    })
}

/// Keep somebody from signing in; every sign-in and API key of theirs is over at once.
#[utoipa::path(post, path = "/users/{id}/suspend", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn suspend(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    app.identity.suspend(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let somebody sign in again.
#[utoipa::path(post, path = "/users/{id}/reinstate", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn reinstate(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    app.identity.reinstate(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why somebody is signed out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignOutBody {
    /// Up to 200 characters, for the audit trail.
    #[schema(example = "A lost telephone")]
    reason: String,
}

/// What signing somebody out did.
#[derive(Debug, Serialize, ToSchema)]
struct SignedOutView {
    /// How many sign-ins ended.
    ended: usize,
}

/// End every sign-in of somebody else. They can sign in again at once, and their API keys stay.
#[utoipa::path(post, path = "/users/{id}/sign-out", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)), request_body = SignOutBody,
    responses((status = 200, body = SignedOutView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn sign_out(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
    Json(body): Json<SignOutBody>,
) -> Result<Json<SignedOutView>, Problem> {
    let reason = body.reason.parse::<SignOutReason>().map_err(|error| {
        Problem::of(codes::VALIDATION_FAILED).field("reason", "invalid", error.to_string())
    })?;
    Ok(Json(SignedOutView { ended: app.identity.end_sign_ins_of(&actor, id, reason).await? }))
}

/// List what waits for a second person, the newest first.
#[utoipa::path(get, path = "/approvals", tag = "Staff", security(("bearer" = [])), params(ApprovalsQuery),
    responses((status = 200, body = ListView<ApprovalView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn approvals(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ApprovalsQuery>,
) -> Result<Json<ListView<ApprovalView>>, Problem> {
    let waiting = match query.state.as_deref() {
        None | Some("waiting") => true,
        Some("all") => false,
        Some(_) => {
            let problem = Problem::of(codes::VALIDATION_FAILED);
            return Err(problem.field("state", "invalid", "`waiting` or `all` is wanted"));
        }
    };
    let page = PageRequest::try_new(query.limit, query.cursor)?;
    let before = page.cursor_as::<ApprovalId>()?;
    let found = app.approvals.list(&actor, waiting, before, page.limit().saturating_add(1)).await?;
    let page = page.page(found, |approval| approval.id.to_string());
    Ok(Json(ListView {
        data: page.rows.into_iter().map(ApprovalView::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Approve what somebody else asked for; it is done in the same commit.
#[utoipa::path(post, path = "/approvals/{id}/approve", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)), request_body = NoteBody,
    responses((status = 200, body = ApprovalView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn approve(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ApprovalId>,
    Json(body): Json<NoteBody>,
) -> Result<Json<ApprovalView>, Problem> {
    Ok(Json(app.approvals.approve(&actor, id, body.note.as_deref()).await?.into()))
}

/// Reject what somebody else asked for; it will not be done.
#[utoipa::path(post, path = "/approvals/{id}/reject", tag = "Staff", security(("bearer" = [])), params(("id" = String, Path)), request_body = NoteBody,
    responses((status = 200, body = ApprovalView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn reject(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ApprovalId>,
    Json(body): Json<NoteBody>,
) -> Result<Json<ApprovalView>, Problem> {
    Ok(Json(app.approvals.reject(&actor, id, body.note.as_deref()).await?.into()))
}
