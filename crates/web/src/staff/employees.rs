//! Employees: who works here, hiring, moving, suspending.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{Action, Department, Role, UserId};
use florin_parties::{ChangeEmployee, Employee, EmployeeQuery, EmployeeStatus, NewEmployee, Whom};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::may;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Facts, Field, Table};
use crate::values::{page_of, parsed, words};
use crate::visit::Visit;

const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/employees", get(list))
        .route("/staff/employees/new", get(new).post(hire))
        .route("/staff/employees/{id}", get(show).post(change))
        .route("/staff/employees/{id}/suspend", post(suspend))
        .route("/staff/employees/{id}/reinstate", post(reinstate))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    department: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    cursor: Option<String>,
}

/// A choice of a filter, or none.
fn chosen<T: std::str::FromStr<Err = String>>(text: &str, field: &'static str) -> Result<Option<T>, Problem> {
    if text.is_empty() { Ok(None) } else { parsed(text, field, "one of the list").map(Some) }
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let query = EmployeeQuery {
        department: chosen::<Department>(&wanted.department, "department")?,
        status: chosen::<EmployeeStatus>(&wanted.status, "status")?,
    };
    let found = app.employees.list(&visit.actor, query, &page_of(wanted.cursor.as_deref(), ROWS)?).await?;
    let columns =
        [Column::text("Name"), Column::text("Department"), Column::text("Title"), Column::text("State")];
    let mut table = Table::new("Employees", columns).or_empty(ui::empty(
        "Nobody found",
        "Whoever is hired appears here.",
        Markup::default(),
    ));
    for employee in &found.rows {
        table.row([
            html! { a href={ "/staff/employees/" (employee.id) } { (employee.full_name) } },
            html! { (words(employee.post.department.code())) },
            html! { (employee.post.title) },
            ui::status(employee.post.status.code()),
        ]);
    }
    let all = |label: &str| std::iter::once((String::new(), label.to_owned()));
    let departments = all("All").chain(Department::ALL.map(|one| (one.code().to_owned(), words(one.code()))));
    let statuses =
        all("All").chain(EmployeeStatus::ALL.map(|one| (one.code().to_owned(), words(one.code()))));
    let actions = html! { @if may(&visit, Action::CreateEmployee, "employee") { (ui::link_button("/staff/employees/new", "Hire somebody", true)) } };
    let body = html! {
        (ui::heading("Employees", actions))
        form.row method="get" action="/staff/employees" data-swap {
            (Field::select("department", "Department", departments).value(&wanted.department).filter())
            (Field::select("status", "State", statuses).value(&wanted.status).filter())
            button type="submit" { "Show" }
        }
        (table)
        (ui::pager("/staff/employees", &[("department", &wanted.department), ("status", &wanted.status)],
            wanted.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Employees", &body))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Hiring {
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    department: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    manager: String,
    #[serde(default)]
    hired_on: String,
    #[serde(default)]
    role: String,
}

impl Hiring {
    fn wanted(&self) -> Result<NewEmployee, Problem> {
        let roles = chosen::<Role>(&self.role, "role")?.into_iter().collect();
        Ok(NewEmployee {
            whom: Whom::New { full_name: self.full_name.clone(), email: self.email.clone() },
            department: parsed(&self.department, "department", "a department")?,
            title: self.title.clone(),
            manager: manager(&self.manager)?,
            hired_on: Some(self.hired_on.clone()).filter(|day| !day.is_empty()),
            roles,
        })
    }
}

fn manager(text: &str) -> Result<Option<UserId>, Problem> {
    if text.is_empty() { Ok(None) } else { parsed(text, "manager", "an employee's identifier").map(Some) }
}

async fn new(visit: Visit) -> Response {
    hire_page(&visit, &Hiring::default(), None)
}

fn hire_page(visit: &Visit, typed: &Hiring, problem: Option<&Problem>) -> Response {
    let departments = Department::ALL.map(|one| (one.code(), words(one.code())));
    let none = std::iter::once(("", "None besides the department's".to_owned()));
    let roles =
        Role::ALL.into_iter().filter(|role| role.is_staff()).map(|role| (role.code(), words(role.code())));
    let body = html! {
        h1 { "Hire somebody" }
        (ui::errors(problem))
        (ui::post_form(visit, "/staff/employees/new", &html! {
            (Field::text("full_name", "Full name").value(&typed.full_name).faults(problem))
            (Field::email("email", "Email").value(&typed.email).hint("An invitation with a link to set a password goes there.").faults(problem))
            (Field::select("department", "Department", departments).value(&typed.department).faults(problem))
            (Field::text("title", "Title").value(&typed.title).faults(problem))
            (Field::text("manager", "Manager").value(&typed.manager).optional().hint("The identifier on the manager's page.").faults(problem))
            (Field::date("hired_on", "First day").value(&typed.hired_on).optional().hint("Left empty, today.").faults(problem))
            (Field::select("role", "Role", none.chain(roles)).value(&typed.role).optional()
                .hint("A role may have to be approved by a second person first.").faults(problem))
            div.actions { button.primary type="submit" { "Hire" } }
        }))
    };
    visit.form_page("Hire somebody", problem, &body)
}

async fn hire(State(app): State<App>, form: Form<Hiring>) -> Result<Response, Problem> {
    let hiring = match form.typed.wanted() {
        Ok(wanted) => app.employees.hire(&form.visit.actor, wanted).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match hiring {
        Ok(hired) => {
            let name = &hired.employee.full_name;
            let said = if hired.approval.is_some() {
                Flash::notice(format!("{name} is hired. The role waits for a second person."))
            } else {
                Flash::done(format!("{name} is hired."))
            };
            Ok(go_saying(&app, &format!("/staff/employees/{}", hired.employee.id), &said))
        }
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => Ok(hire_page(&form.visit, &form.typed, Some(&problem))),
    }
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<UserId>) -> Result<Response, Problem> {
    let employee = app.employees.find(&visit.actor, id).await?;
    Ok(page(&visit, &employee, &Moving::of(&employee), None))
}

fn page(visit: &Visit, employee: &Employee, typed: &Moving, problem: Option<&Problem>) -> Response {
    let post = &employee.post;
    let roles: Vec<String> = employee.roles.iter().map(|role| words(role.code())).collect();
    let facts = Facts::new()
        .fact("State", ui::status(post.status.code()))
        .fact("Email", &employee.email)
        .fact("Roles", if roles.is_empty() { "None".to_owned() } else { roles.join(", ") })
        .fact("Can sign in", if employee.can_sign_in { "Yes" } else { "No" })
        .maybe("Last seen", employee.last_seen_at.map(|at| ui::moment(at, &visit.zone)))
        .fact("First day", ui::date(post.hired_on))
        .maybe("Last day", post.left_on.map(ui::date))
        .fact("Identifier", html! { span.mono { (employee.id) } });
    let body = html! {
        h1 { (employee.full_name) }
        (ui::errors(problem))
        div.two {
            @if may(visit, Action::ChangeEmployee, "employee") { (ui::card("Post", move_form(visit, employee, typed, problem))) }
            (ui::card("Person", facts))
        }
        @if may(visit, Action::SuspendEmployee, "employee") { (standing(visit, employee)) }
    };
    visit.form_page(&employee.full_name, problem, &body)
}

fn move_form(visit: &Visit, employee: &Employee, typed: &Moving, problem: Option<&Problem>) -> Markup {
    let departments = Department::ALL.map(|one| (one.code(), words(one.code())));
    ui::post_form(
        visit,
        &format!("/staff/employees/{}", employee.id),
        &html! {
            input type="hidden" name="version" value=(typed.version);
            (Field::select("department", "Department", departments).value(&typed.department).faults(problem))
            (Field::text("title", "Title").value(&typed.title).faults(problem))
            (Field::text("manager", "Manager").value(&typed.manager).optional().faults(problem))
            (Field::date("left_on", "Last day").value(&typed.left_on).optional()
                .hint("From the day after they cannot sign in.").faults(problem))
            div.actions { button.primary type="submit" { "Save" } }
        },
    )
}

fn standing(visit: &Visit, employee: &Employee) -> Markup {
    let path = format!("/staff/employees/{}", employee.id);
    let none = Markup::default();
    match employee.post.status {
        EmployeeStatus::Active => ui::confirm(
            visit,
            &format!("{path}/suspend"),
            "Suspend",
            "They are signed out everywhere at once, and cannot sign in until they are reinstated.",
            &none,
        ),
        EmployeeStatus::Suspended => {
            ui::confirm(visit, &format!("{path}/reinstate"), "Reinstate", "They can sign in again.", &none)
        }
        EmployeeStatus::Left => none,
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Moving {
    #[serde(default)]
    version: u32,
    #[serde(default)]
    department: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    manager: String,
    #[serde(default)]
    left_on: String,
}

impl Moving {
    fn of(employee: &Employee) -> Self {
        let post = &employee.post;
        Self {
            version: post.version,
            department: post.department.code().to_owned(),
            title: post.title.clone(),
            manager: post.manager.map(|manager| manager.to_string()).unwrap_or_default(),
            left_on: post.left_on.map(|day| day.to_string()).unwrap_or_default(),
        }
    }

    fn changes(&self) -> Result<ChangeEmployee, Problem> {
        Ok(ChangeEmployee {
            department: Some(parsed(&self.department, "department", "a department")?),
            title: Some(self.title.clone()),
            manager: Some(manager(&self.manager)?),
            left_on: Some(self.left_on.clone()).filter(|day| !day.is_empty()),
        })
    }
}

async fn change(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Moving>,
) -> Result<Response, Problem> {
    let changing = match form.typed.changes() {
        Ok(changes) => app
            .employees
            .change(&form.visit.actor, id, form.typed.version, changes)
            .await
            .map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match changing {
        Ok(_) => Ok(go_saying(&app, &format!("/staff/employees/{id}"), &Flash::done("The change is made."))),
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => {
            let employee = app.employees.find(&form.visit.actor, id).await?;
            Ok(page(&form.visit, &employee, &form.typed, Some(&problem)))
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn suspend(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    let employee = app.employees.suspend(&form.visit.actor, id).await?;
    let said = Flash::done(format!("{} is suspended and signed out.", employee.full_name));
    Ok(go_saying(&app, &format!("/staff/employees/{id}"), &said))
}

async fn reinstate(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    let employee = app.employees.reinstate(&form.visit.actor, id).await?;
    let said = Flash::done(format!("{} can work again.", employee.full_name));
    Ok(go_saying(&app, &format!("/staff/employees/{id}"), &said))
}
