//! People who can sign in, and their roles.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_app::Change;
use florin_http::{App, Path, Problem, Query, codes};
use florin_identity::{PeopleQuery, Person};
use florin_kernel::{Role, UserId};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{admin, sign_ins};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Facts, Field, Table};
use crate::values::{page_of, parsed, words};
use crate::visit::Visit;

const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/people", get(list))
        .route("/staff/people/{id}", get(show))
        .route("/staff/people/{id}/roles", post(change_roles))
        .route("/staff/people/{id}/suspend", post(suspend))
        .route("/staff/people/{id}/reinstate", post(reinstate))
        .route("/staff/people/{id}/unlock", post(unlock))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    cursor: Option<String>,
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let role =
        if wanted.role.is_empty() { None } else { Some(parsed::<Role>(&wanted.role, "role", "a role")?) };
    let query = PeopleQuery {
        search: Some(wanted.q.clone()).filter(|text| !text.is_empty()),
        role,
        department: None,
        after: page.cursor_as::<UserId>()?,
        limit: page.limit().saturating_add(1),
    };
    let found = app.identity.people(&visit.actor, query).await?;
    let found = page.page(found, |person| person.profile.id.to_string());
    let all = std::iter::once((String::new(), "All".to_owned()));
    let roles = all.chain(Role::ALL.map(|role| (role.code().to_owned(), words(role.code()))));
    let body = html! {
        h1 { "People and roles" }
        form.row method="get" action="/staff/people" role="search" data-swap {
            (Field::search("q", "Name or email").value(&wanted.q))
            (Field::select("role", "Role", roles).value(&wanted.role).filter())
            button type="submit" { "Show" }
        }
        (table(&visit, &found.rows))
        (ui::pager("/staff/people", &[("q", &wanted.q), ("role", &wanted.role)],
            wanted.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("People and roles", &body))
}

fn table(visit: &Visit, people: &[Person]) -> Markup {
    let columns = [
        Column::text("Name"),
        Column::text("Email"),
        Column::text("Roles"),
        Column::text("Second factor"),
        Column::text("Last seen"),
        Column::text("State"),
    ];
    let mut table = Table::new("People", columns).or_empty(ui::empty(
        "Nobody found",
        "Try less of the name.",
        Markup::default(),
    ));
    for person in people {
        let profile = &person.profile;
        table.row([
            html! { a href={ "/staff/people/" (profile.id) } { (profile.full_name.as_str()) } },
            html! { (profile.email.as_str()) },
            html! { (roles_of(person)) },
            html! { @if profile.mfa { "On" } @else { "Off" } },
            html! { @if let Some(at) = person.last_seen_at { (ui::moment(at, &visit.zone)) } @else { "Never" } },
            ui::status(if person.suspended { "suspended" } else { "active" }),
        ]);
    }
    html! { (table) }
}

fn roles_of(person: &Person) -> String {
    let roles: Vec<String> = person.profile.roles.iter().map(|role| words(role.code())).collect();
    if roles.is_empty() { "None".to_owned() } else { roles.join(", ") }
}

/// One person of the list.
async fn find(app: &App, visit: &Visit, id: UserId) -> Result<Person, Problem> {
    let profile = app.identity.profile(&visit.actor, id).await?;
    let query =
        PeopleQuery { search: Some(profile.email.as_str().to_owned()), limit: 10, ..PeopleQuery::default() };
    let found = app.identity.people(&visit.actor, query).await?;
    found.into_iter().find(|person| person.profile.id == id).ok_or_else(|| Problem::of(codes::NOT_FOUND))
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<UserId>) -> Result<Response, Problem> {
    let person = find(&app, &visit, id).await?;
    let profile = &person.profile;
    let facts = Facts::new()
        .fact("State", ui::status(if person.suspended { "suspended" } else { "active" }))
        .fact("Email", profile.email.as_str())
        .fact("Address confirmed", if profile.verified { "Yes" } else { "No" })
        .fact("Second factor", if profile.mfa { "On" } else { "Off" })
        .maybe("Department", profile.department.map(|one| words(one.code())))
        .fact("Registered", ui::day(profile.created_at, &visit.zone))
        .maybe("Last seen", person.last_seen_at.map(|at| ui::moment(at, &visit.zone)))
        .fact("Identifier", html! { span.mono { (profile.id) } });
    let body = html! {
        h1 { (profile.full_name.as_str()) }
        div.two {
            (ui::card("Roles", roles_form(&visit, &person)))
            (ui::card("Person", facts))
        }
        (standing(&visit, &person))
        (sign_ins::of_person(&app, &visit, id).await?)
        (admin::api_keys_of(&app, &visit, id).await?)
    };
    Ok(visit.page(profile.full_name.as_str(), &body))
}

fn roles_form(visit: &Visit, person: &Person) -> Markup {
    if person.profile.id == visit.user {
        return html! { p { (roles_of(person)) } p.muted { "Nobody changes their own roles." } };
    }
    ui::post_form(
        visit,
        &format!("/staff/people/{}/roles", person.profile.id),
        &html! {
            p.hint { "Taking a role away counts with the next request. Where the house asks for it, a second person approves first." }
            fieldset.field {
                legend { "Roles" }
                @for role in Role::ALL {
                    div.choice {
                        input type="checkbox" id={ "role-" (role.code()) } name="roles" value=(role.code()) checked[person.profile.roles.contains(&role)];
                        label for={ "role-" (role.code()) } { (words(role.code())) }
                    }
                }
            }
            div.actions { button.primary type="submit" { "Save the roles" } }
        },
    )
}

fn standing(visit: &Visit, person: &Person) -> Markup {
    let path = format!("/staff/people/{}", person.profile.id);
    let none = Markup::default();
    html! {
        div.actions {
            @if person.suspended {
                (ui::confirm(visit, &format!("{path}/reinstate"), "Reinstate", "They can sign in again.", &none))
            } @else {
                (ui::confirm(visit, &format!("{path}/suspend"), "Suspend",
                    "They are signed out everywhere at once, and cannot sign in until they are reinstated.", &none))
            }
            (ui::confirm(visit, &format!("{path}/unlock"), "Unlock",
                "Wrong passwords that were counted are forgotten, and they can try again at once.", &none))
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Chosen {
    #[serde(default)]
    roles: Vec<String>,
}

async fn change_roles(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Chosen>,
) -> Result<Response, Problem> {
    let roles = form.typed.roles.iter().map(|text| parsed::<Role>(text, "roles", "roles"));
    let roles = roles.collect::<Result<Vec<_>, _>>()?;
    let said = match app.staff.change_roles(&form.visit.actor, id, &roles).await? {
        Change::Made => Flash::done("The roles are changed."),
        Change::Held(_) => Flash::notice("A second person must approve it."),
    };
    Ok(go_saying(&app, &format!("/staff/people/{id}"), &said))
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn suspend(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.identity.suspend(&form.visit.actor, id).await?;
    Ok(go_saying(&app, &format!("/staff/people/{id}"), &Flash::done("Suspended, and signed out everywhere.")))
}

async fn reinstate(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.identity.reinstate(&form.visit.actor, id).await?;
    Ok(go_saying(&app, &format!("/staff/people/{id}"), &Flash::done("They can sign in again.")))
}

async fn unlock(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    let was_locked = app.identity.unlock(&form.visit.actor, id).await?;
    let said = if was_locked { "Unlocked." } else { "Nothing was locked." };
    Ok(go_saying(&app, &format!("/staff/people/{id}"), &Flash::done(said)))
}
