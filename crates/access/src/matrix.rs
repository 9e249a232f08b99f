//! The table of roles and permissions: what every policy together comes to.

use std::fmt::Write as _;

use florin_kernel::{Action, Denied, Role};

use crate::{Access, Ownership, Question, Standing};

/// What an action is done to: the first half of its code.
pub fn kind_of(action: Action) -> &'static str {
    let code = action.code();
    code.split_once('.').map_or(code, |(kind, _)| kind)
}

/// Who is in the table: those without a role, and each role for itself.
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
    columns
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
}

/// What each role may do, as rows.
pub fn matrix_rows(access: &Access) -> Vec<MatrixRow> {
    let mut rows = Vec::with_capacity(Action::ALL.len().saturating_mul(Ownership::ALL.len()));
    for &action in Action::ALL {
        for ownership in Ownership::ALL {
            let whose = match ownership {
                Ownership::Unowned => "nobodys",
                Ownership::Own => "own",
                Ownership::Others => "others",
            };
            let may = |role: &Role| {
                let standing = Standing::user(&[*role], true);
                access.answer(&Question { standing, action, kind: kind_of(action), ownership }).is_ok()
            };
            let roles = Role::ALL.iter().filter(|role| may(role)).map(|role| role.code()).collect();
            rows.push(MatrixRow { action, whose, roles });
        }
    }
    rows
}
