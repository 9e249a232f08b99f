//! Who may do what: what the policies come to, for a role or a department, and who has it.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_access::{MatrixRow, matrix_rows};
use florin_http::{App, Problem, Query};
use florin_kernel::{Action, Department, Resource, Role};
use maud::{Markup, html};
use serde::Deserialize;

use super::tabs;
use crate::ui::{self, Column, Field, Table};
use crate::values::{fault, words};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/admin/access", get(show))
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    who: String,
}

/// Whose permissions are looked at.
#[derive(Clone, Copy, Debug)]
enum Who {
    Role(Role),
    Department(Department),
}

/// What stands before the code of a department, so that it is no role's.
const DEPARTMENT: &str = "in:";

impl Who {
    fn read(text: &str) -> Result<Option<Self>, Problem> {
        if text.is_empty() {
            return Ok(None);
        }
        let known = match text.strip_prefix(DEPARTMENT) {
            Some(code) => Department::ALL.into_iter().find(|one| one.code() == code).map(Self::Department),
            None => Role::ALL.into_iter().find(|one| one.code() == text).map(Self::Role),
        };
        known.map(Some).ok_or_else(|| fault("who", "Choose a role or a department"))
    }

    fn may(self, row: &MatrixRow) -> bool {
        match self {
            Self::Role(role) => row.roles.contains(&role.code()),
            Self::Department(one) => row.departments.contains(&one.code()),
        }
    }

    fn label(self) -> String {
        match self {
            Self::Role(role) => words(role.code()),
            Self::Department(one) => format!("Department: {}", words(one.code())),
        }
    }

    /// Where the people are listed who have it.
    fn people(self) -> String {
        match self {
            Self::Role(role) => format!("/staff/people?role={}", role.code()),
            Self::Department(one) => format!("/staff/employees?department={}", one.code()),
        }
    }
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    visit.actor.permit(Action::ListUsers, Resource::kind("user"))?;
    let who = Who::read(&wanted.who)?;
    let rows = matrix_rows(&app.access);
    let body = html! {
        h1 { "Access" }
        (tabs(&visit))
        p { "What the policies in force come to. Each role is looked at for itself; who has several may do what any of them may." }
        form.row method="get" action="/staff/admin/access" data-swap {
            (Field::select("who", "Who", choices()).value(&wanted.who).filter())
            button type="submit" { "Show" }
        }
        @match who {
            Some(who) => { (of_one(&rows, who)) },
            None => { (overview(&rows)) },
        }
        div.actions { a.button href="/api/v1/access/review?format=csv" download { "Everybody of the staff, as CSV" } }
    };
    Ok(visit.page("Access", &body))
}

fn everyone() -> impl Iterator<Item = (String, Who)> {
    let roles = Role::ALL.into_iter().map(|role| (role.code().to_owned(), Who::Role(role)));
    let departments = Department::ALL.into_iter();
    let departments = departments.map(|one| (format!("{DEPARTMENT}{}", one.code()), Who::Department(one)));
    roles.chain(departments)
}

fn choices() -> impl Iterator<Item = (String, String)> {
    let all = std::iter::once((String::new(), "All, in numbers".to_owned()));
    all.chain(everyone().map(|(code, who)| (code, who.label())))
}

/// The columns of whose a thing is, as the matrix names them.
const WHOSE: [&str; 3] = ["own", "others", "nobodys"];

fn overview(rows: &[MatrixRow]) -> Markup {
    let columns = [
        Column::text("Who"),
        Column::figures("May do to their own"),
        Column::figures("To others'"),
        Column::figures("To what is nobody's"),
        Column::text("People"),
    ];
    let mut table = Table::new("Roles and departments", columns);
    for (code, who) in everyone() {
        let count = |whose: &str| rows.iter().filter(|row| row.whose == whose && who.may(row)).count();
        let [own, others, nobodys] = WHOSE.map(count);
        table.row([
            html! { a href={ "/staff/admin/access?who=" (code) } { (who.label()) } },
            html! { (own) },
            html! { (others) },
            html! { (nobodys) },
            html! { a href=(who.people()) { "Who has it" span.visually-hidden { ": " (who.label()) } } },
        ]);
    }
    html! { (table) }
}

fn of_one(rows: &[MatrixRow], who: Who) -> Markup {
    let mut actions: BTreeMap<&str, [bool; 3]> = BTreeMap::new();
    for row in rows.iter().filter(|row| who.may(row)) {
        let marks = actions.entry(row.action.code()).or_default();
        for (mark, whose) in marks.iter_mut().zip(WHOSE) {
            *mark |= row.whose == whose;
        }
    }
    let columns = [
        Column::text("Action"),
        Column::text("Their own"),
        Column::text("Others'"),
        Column::text("Nobody's"),
    ];
    let mut table = Table::new(format!("What this lets somebody do: {}", who.label()), columns)
        .or_empty(ui::empty("Nothing", "No policy gives this anything by itself.", Markup::default()));
    for (action, marks) in actions {
        let [own, others, nobodys] =
            marks.map(|may| html! { @if may { "Yes" } @else { span.muted { "No" } } });
        table.row([html! { code { (action) } }, own, others, nobodys]);
    }
    html! { (table) p { a href=(who.people()) { "Who has it" } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_departments_are_told_apart() {
        assert!(Who::read("").unwrap().is_none());
        assert!(matches!(Who::read("teller").unwrap(), Some(Who::Role(Role::Teller))));
        assert!(matches!(Who::read("in:hr").unwrap(), Some(Who::Department(Department::Hr))));
        assert_eq!(Who::read("hr").unwrap_err().code(), "validation_failed");
    }

    #[test]
    fn an_action_is_one_row_however_many_rows_it_has_in_the_matrix() {
        let row = |whose| MatrixRow {
            action: Action::ReadAccount,
            whose,
            roles: vec!["teller"],
            departments: vec![],
        };
        let html = of_one(&[row("own"), row("others")], Who::Role(Role::Teller)).0;

        assert_eq!(html.matches("account.read").count(), 1, "{html}");
        assert_eq!(html.matches(">Yes<").count(), 2, "{html}");
        assert!(of_one(&[row("own")], Who::Role(Role::Auditor)).0.contains("No policy gives this anything"));
    }
}
