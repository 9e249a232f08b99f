//! The table of roles and permissions, as committed in `permissions.txt` and reviewed as a diff.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::fmt::Write as _;
use std::sync::Arc;

use florin_access::{Access, Ownership, Policies, Question, Standing, kind_of, matrix};
use florin_kernel::{
    Action, Actor, Denied, Department, Origin, Principal, Resource, Role, SessionId, UserId, Uuid,
};

const COMMITTED: &str = include_str!("permissions.txt");

fn access() -> Access {
    Access::new(Policies::shipped().unwrap())
}

#[test]
fn roles_have_the_committed_permissions() {
    let actual = matrix(&access());

    if std::env::var_os("FLORIN_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permissions.txt"), &actual).unwrap();
        return;
    }
    let mut difference = String::new();
    let (mut committed, mut now) = (COMMITTED.lines(), actual.lines());
    loop {
        match (committed.next(), now.next()) {
            (None, None) => break,
            (was, is) if was == is => {}
            (was, is) => {
                writeln!(difference, "- {}\n+ {}", was.unwrap_or_default(), is.unwrap_or_default()).unwrap();
            }
        }
    }
    assert!(
        difference.is_empty(),
        "permissions changed; if that is meant, run again with FLORIN_UPDATE_SNAPSHOTS=1\n{difference}"
    );
}

#[test]
fn what_is_remembered_is_what_cedar_says() {
    let access = access();
    let mut standings = vec![(Standing::ANONYMOUS, 1), (Standing::SYSTEM, 1)];
    for role in Role::ALL {
        for other in Role::ALL.into_iter().filter(|other| *other >= role) {
            // Whoever has one role is asked about every second action, and whoever has two about fewer; the next about others.
            let every = if role == other { 2 } else { 11 };
            for verified in [false, true] {
                standings.push((Standing::user(&[role, other], verified), every));
                standings.push((Standing::user(&[role, other], verified).owing_mfa(), every));
            }
        }
    }
    let working = |department| (Standing::user(&[], true).in_department(department), 1);
    standings.extend(Department::ALL.map(working));
    let mut allowed = 0;

    for (number, (standing, every)) in standings.into_iter().enumerate() {
        for &action in Action::ALL.iter().skip(number % every).step_by(every) {
            for ownership in Ownership::ALL {
                let question = Question { standing, action, kind: kind_of(action), ownership };

                let (cold, warm) = (access.answer(&question), access.answer(&question));

                let cedar = access.explain_question(&question).decision;
                assert_eq!(cold, cedar, "{question:?}");
                assert_eq!(warm, cedar, "{question:?}");
                allowed += usize::from(warm.is_ok());
            }
        }
    }
    assert!(allowed > 500, "the loop asked something: {allowed} allowed");
}

fn person(roles: &[Role], verified: bool) -> (UserId, Arc<Principal>) {
    let user = UserId::from_uuid(Uuid::from_u128(7));
    let session = SessionId::from_uuid(Uuid::from_u128(8));
    let (roles, department) = (roles.to_vec(), None);
    (user, Arc::new(Principal::User { user, session, roles, department, verified, mfa_due: false }))
}

#[test]
fn a_customer_reaches_their_own_account_and_nobody_elses() {
    let (me, principal) = person(&[Role::Customer], true);
    let actor = Actor::new(principal, Origin::default(), Arc::new(access()));
    let account = Resource::one("account", Uuid::from_u128(9));
    let stranger = UserId::from_uuid(Uuid::from_u128(10));

    assert!(actor.permit(Action::CreateTransfer, account.owned_by(me)).is_ok());
    assert_eq!(
        actor.permit(Action::CreateTransfer, account.owned_by(stranger)).unwrap_err(),
        Denied::Forbidden { action: Action::CreateTransfer }
    );
}

#[test]
fn an_unverified_person_is_told_to_verify_only_where_that_would_help() {
    let (me, principal) = person(&[Role::Customer], false);
    let actor = Actor::new(principal, Origin::default(), Arc::new(access()));
    let account = Resource::kind("account");
    let stranger = UserId::from_uuid(Uuid::from_u128(10));

    assert_eq!(
        actor.permit(Action::CreateTransfer, account.owned_by(me)).unwrap_err(),
        Denied::EmailUnverified
    );
    assert_eq!(
        actor.permit(Action::CreateTransfer, account.owned_by(stranger)).unwrap_err(),
        Denied::Forbidden { action: Action::CreateTransfer }
    );
    assert!(actor.permit(Action::ReadProfile, Resource::kind("user").owned_by(me)).is_ok());
}

#[test]
fn who_owes_a_second_factor_may_set_one_up_and_sign_out_and_nothing_else() {
    let access = access();
    let owing = Standing::user(&Role::ALL, true).owing_mfa();

    let allowed: Vec<&str> = Action::ALL
        .iter()
        .filter(|&&action| {
            let kind = kind_of(action);
            access.answer(&Question { standing: owing, action, kind, ownership: Ownership::Own }).is_ok()
        })
        .map(|action| action.code())
        .collect();

    assert_eq!(
        allowed,
        ["session.logout", "session.step_up", "factor.add", "factor.read", "factor.remove", "user.read"]
    );
    let others =
        Question { standing: owing, action: Action::ReadProfile, kind: "user", ownership: Ownership::Others };
    assert_eq!(access.answer(&others), Err(Denied::MfaEnrolmentRequired));
    let register = Question { action: Action::Register, ownership: Ownership::Unowned, ..others };
    assert_eq!(access.answer(&register), Err(Denied::Forbidden { action: Action::Register }));
}

#[test]
fn an_explanation_names_the_policy_that_decided() {
    let access = access();
    let (me, admin) = person(&[Role::Admin], true);
    let mine = Resource::kind("user").owned_by(me);

    let allowed = access.explain(&admin, Action::ReadAudit, &Resource::kind("audit"));
    let forbidden = access.explain(&admin, Action::ChangeRoles, &mine);
    let unknown = access.explain(&admin, Action::CreateTransfer, &Resource::kind("account"));

    assert_eq!((allowed.decision, allowed.policies), (Ok(()), vec!["admin.administer".to_owned()]));
    assert_eq!(forbidden.policies, ["nobody.changes-their-own-roles"]);
    assert!(forbidden.decision.is_err());
    assert!(unknown.decision.is_err() && unknown.policies.is_empty());
}

#[test]
fn a_forbid_of_the_operators_overrides_what_is_shipped() {
    let dir = tempfile::tempdir().unwrap();
    let text =
        r#"@id("local.closed") forbid (principal is User, action == Action::"transfer.create", resource);"#;
    std::fs::write(dir.path().join("local.cedar"), text).unwrap();
    let access = Access::new(Policies::load(Some(dir.path())).unwrap());
    let (me, customer) = person(&[Role::Customer], true);

    let explanation =
        access.explain(&customer, Action::CreateTransfer, &Resource::kind("account").owned_by(me));

    assert_eq!(explanation.policies, ["local.closed"]);
    assert_eq!(explanation.decision, Err(Denied::Forbidden { action: Action::CreateTransfer }));
}

/// What somebody of a department may do without any role, to what is others'.
fn allowed_in(access: &Access, standing: Standing, ownership: Ownership) -> Vec<&'static str> {
    let may = |action: Action| {
        access.answer(&Question { standing, action, kind: kind_of(action), ownership }).is_ok()
    };
    Action::ALL.iter().filter(|action| may(**action)).map(|action| action.code()).collect()
}

#[test]
fn a_department_does_its_own_work_and_no_other() {
    let access = access();
    let working = |department| Standing::user(&[], true).in_department(department);
    let serving = [
        "customer.create",
        "customer.read",
        "customer.change",
        "customer.search",
        "consent.read",
        "consent.record",
    ];
    let expected: [(Department, &[&str]); 4] = [
        (Department::Hr, &["employee.create", "employee.read", "employee.change", "employee.suspend"]),
        (Department::Accounts, &serving),
        (Department::Loans, &["customer.read", "customer.search"]),
        (Department::CustomerService, &serving),
    ];

    for (department, actions) in expected {
        assert_eq!(allowed_in(&access, working(department), Ownership::Others), actions, "{department}");
        let unproved = Standing::user(&[], false).in_department(department);
        assert_eq!(allowed_in(&access, unproved, Ownership::Others), [""; 0], "{department}");
        let owing = working(department).owing_mfa();
        assert_eq!(allowed_in(&access, owing, Ownership::Others), [""; 0], "{department}");
    }
}

#[test]
fn nobody_hires_changes_suspends_or_unmasks_themselves() {
    let access = access();
    let everybody = Standing::user(&Role::ALL, true).in_department(Department::Hr);

    let own = allowed_in(&access, everybody, Ownership::Own);

    for action in
        ["employee.create", "employee.change", "employee.suspend", "customer.change", "customer.reveal"]
    {
        assert!(!own.contains(&action), "{action}");
    }
    assert!(own.contains(&"employee.read") && own.contains(&"customer.read"));
}

#[test]
fn a_policy_of_the_operators_can_speak_of_departments() {
    let dir = tempfile::tempdir().unwrap();
    let text = r#"@id("local.loans-see-the-ledger") permit (principal is User, action == Action::"ledger.read", resource)
        when { principal has department && principal.department == Department::"loans" };"#;
    std::fs::write(dir.path().join("local.cedar"), text).unwrap();
    let access = Access::new(Policies::load(Some(dir.path())).unwrap());
    let standing = Standing::user(&[], true).in_department(Department::Loans);
    let question =
        Question { standing, action: Action::ReadLedger, kind: "ledger", ownership: Ownership::Unowned };

    let explained = access.explain_question(&question);

    assert_eq!(
        (explained.decision, explained.policies),
        (Ok(()), vec!["local.loans-see-the-ledger".to_owned()])
    );
}
