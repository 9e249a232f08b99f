//! The table of roles and permissions: what every policy together comes to.

use std::fmt::Write as _;

use florin_kernel::{Action, Denied, Department, Role};

use crate::{Access, Ownership, Question, Standing};

/// What an action is done to: the first half of its code.
pub fn kind_of(action: Action) -> &'static str {
    let code = action.code();
    code.split_once('.').map_or(code, |(kind, _)| kind)
}

/// Who is in the table: those without a role, each role for itself, and each department without a role.
fn columns() -> Vec<(&'static str, Standing)> {
    let mut columns = vec![
        ("anonymous", Standing::ANONYMOUS),
        ("system", Standing::SYSTEM),
        ("no_role", Standing::user(&[], true)),
        ("unverified", Standing::user(&[Role::Customer], false)),
        ("new_teller", Standing::user(&[Role::Teller], false)),
        ("mfa_due", Standing::user(&Role::ALL, true).owing_mfa()),
    ];
    columns.extend(Role::ALL.map(|role| (role.code(), Standing::user(&[role], true))));
    columns.extend(
        Department::ALL.map(|one| (in_department(one), Standing::user(&[], true).in_department(one))),
    );
    columns
}

/// What the column of a department is called.
const fn in_department(department: Department) -> &'static str {
    match department {
        Department::Hr => "in:hr",
        Department::Accounts => "in:accounts",
        Department::Loans => "in:loans",
        Department::CustomerService => "in:customer_service",
    }
}

fn cell(answer: &Result<(), Denied>) -> &'static str {
    match answer {
        Ok(()) => "yes",
        Err(Denied::EmailUnverified) => "verify",
        Err(Denied::MfaEnrolmentRequired) => "enrol",
        Err(Denied::StepUpRequired) => "step-up",
        Err(Denied::Unauthenticated) => "sign-in",
        Err(Denied::Forbidden { .. }) => "-",
    }
}

/// Every action, on what is nobody's, one's own and others', and what each role is answered: a line each, as text.
pub fn matrix(access: &Access) -> String {
    let columns = columns();
    let mut text = format!("{:<22}{:<9}", "action", "whose");
    for (name, _) in &columns {
        let _ = write!(text, " {name:<w$}", w = name.len().max(7));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    for &action in Action::ALL {
        for ownership in Ownership::ALL {
            let whose = match ownership {
                Ownership::Unowned => "nobody's",
                Ownership::Own => "own",
                Ownership::Others => "others'",
            };
            let mut line = format!("{:<22}{whose:<9}", action.code());
            for (name, standing) in &columns {
                let question = Question { standing: *standing, action, kind: kind_of(action), ownership };
                let _ = write!(line, " {:<w$}", cell(&access.answer(&question)), w = name.len().max(7));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// An action, whose the thing is that it is done to, and the roles that may do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// The action.
    pub action: Action,
    /// `nobodys`, `own` or `others`.
    pub whose: &'static str,
    /// The codes of the roles that may, each for itself.
    pub roles: Vec<&'static str>,
    /// The codes of the departments whose people may without any role.
    pub departments: Vec<&'static str>,
}

/// What each role and each department may do, as rows.
pub fn matrix_rows(access: &Access) -> Vec<MatrixRow> {
    let mut rows = Vec::with_capacity(Action::ALL.len().saturating_mul(Ownership::ALL.len()));
    for &action in Action::ALL {
        for ownership in Ownership::ALL {
            let whose = match ownership {
                Ownership::Unowned => "nobodys",
                Ownership::Own => "own",
                Ownership::Others => "others",
            };
            let may = |standing: Standing| {
                access.answer(&Question { standing, action, kind: kind_of(action), ownership }).is_ok()
            };
            let roles = Role::ALL.iter().filter(|role| may(Standing::user(&[**role], true)));
            let roles = roles.map(|role| role.code()).collect();
            let unranked = Standing::user(&[], true);
            let departments = Department::ALL.iter().filter(|one| may(unranked.in_department(**one)));
            let departments = departments.map(|one| one.code()).collect();
            rows.push(MatrixRow { action, whose, roles, departments });
        }
    }
    rows
}
