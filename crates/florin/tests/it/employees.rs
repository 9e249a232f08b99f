//! Employees: hired by HR, given roles by two persons, moved, suspended, gone.

use axum::http::Method;
use florin_kernel::{Department, Role};
use florin_testkit::{Answer, Call, Client, Database, TestApp, on_both_engines};
use serde_json::{Value, json};

const EMPLOYEES: &str = "/api/v1/employees";

fn form(email: &str) -> Value {
    json!({ "full_name": "Grace Hopper", "email": email, "department": "accounts", "title": "Clerk", "hired_on": "2026-11-02" })
}

/// The same form with other fields.
fn with(mut form: Value, fields: &Value) -> Value {
    form.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    form
}

async fn hire(by: &Client, form: &Value) -> Answer {
    by.post(EMPLOYEES, form).await
}

async fn patch(by: &Client, id: &str, body: &Value) -> Answer {
    by.send(&Call::new(Method::PATCH, format!("{EMPLOYEES}/{id}")).json(body)).await
}

async fn suspend(by: &Client, id: &str) -> Answer {
    by.post(&format!("{EMPLOYEES}/{id}/suspend"), &json!({})).await
}

async fn reinstate(by: &Client, id: &str) -> Answer {
    by.post(&format!("{EMPLOYEES}/{id}/reinstate"), &json!({})).await
}

async fn approve(by: &Client, approval: &str) -> Answer {
    by.post(&format!("/api/v1/approvals/{approval}/approve"), &json!({})).await
}

/// The first field that a refusal names, with its code.
fn fault(answer: &Answer) -> (String, String) {
    let problem = answer.problem(422, "validation_failed");
    let text = |what: &str| problem["errors"][0][what].as_str().unwrap().to_owned();
    (text("field"), text("code"))
}

async fn roles(client: &Client) -> Value {
    client.get("/api/v1/auth/profile").await.expect(200).json()["roles"].clone()
}

/// Whether somebody may look for customers.
async fn serves(client: &Client) -> bool {
    let search = json!({ "search_term": "nobody is called this" });
    client.post("/api/v1/customers/search", &search).await.status == 200
}

on_both_engines! {
    async fn hr_hires_and_a_second_person_gives_the_roles(app: &TestApp) {
        let (hr, admin) = (app.of_department(Department::Hr).await, app.admin().await);
        let wanted = with(form("grace@bank.example"), &json!({ "roles": ["teller"] }));

        let hired = hire(&hr, &wanted).await.expect(201).json();

        assert_eq!((&hired["department"], &hired["title"], &hired["status"]), (&json!("accounts"), &json!("Clerk"), &json!("active")));
        assert_eq!((&hired["hired_on"], &hired["roles"], &hired["version"]), (&json!("2026-11-02"), &json!([]), &json!(1)));
        let grace = app.accept_invitation("grace@bank.example").await;
        assert_eq!(roles(&grace).await, json!([]));
        assert!(serves(&grace).await, "the department serves customers without any role");
        let (_, account) = app.funded_customer("10.00").await;
        grace.deposit(&account, "1.00", "EUR", "too-early").await.problem(403, "forbidden");

        let approval = hired["approval_id"].as_str().unwrap();
        approve(&hr, approval).await.problem(403, "forbidden");
        let approved = approve(&admin, approval).await.expect(200).json();
        assert_eq!((&approved["subject_id"], &approved["details"]), (&hired["id"], &json!({ "roles": ["teller"] })));
        assert_eq!(roles(&grace).await, json!(["teller"]));
        grace.deposit(&account, "1.00", "EUR", "now").await.expect(201);
    }

    async fn not_even_an_administrator_gives_the_roles_of_whom_they_hire_alone(app: &TestApp) {
        let admin = app.admin().await;

        let hired = hire(&admin, &with(form("grace@bank.example"), &json!({ "roles": ["admin"] }))).await.expect(201);

        approve(&admin, &hired.text("/approval_id")).await.problem(403, "forbidden");
        assert_eq!(roles(&app.accept_invitation("grace@bank.example").await).await, json!([]));
    }

    async fn a_customer_who_is_hired_stays_one_and_is_one_after_leaving(app: &TestApp) {
        let (hr, admin, ada) = (app.of_department(Department::Hr).await, app.admin().await, app.customer().await);
        let wanted = json!({ "user_id": ada.id, "department": "loans", "title": "Officer", "roles": ["loan_officer"] });

        let hired = hire(&hr, &wanted).await.expect(201);
        assert_eq!(hired.text("/hired_on"), "2026-11-21");
        approve(&admin, &hired.text("/approval_id")).await.expect(200);
        assert_eq!(roles(&ada).await, json!(["customer", "loan_officer"]));
        assert!(serves(&ada).await);
        hire(&hr, &wanted).await.problem(409, "conflict");

        let gone = patch(&hr, &ada.id, &json!({ "version": 1, "left_on": "2026-11-21" })).await.expect(200).json();
        assert_eq!((&gone["status"], &gone["left_on"], &gone["roles"]), (&json!("left"), &json!("2026-11-21"), &json!(["customer"])));
        ada.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        let ada = app.stranger().login(&ada.email).await;
        assert!(!serves(&ada).await);
        ada.open_account("EUR").await;
    }

    async fn who_leaves_is_out_at_once_and_nothing_that_was_asked_for_them_is_left(app: &TestApp) {
        let (hr, admin) = (app.of_department(Department::Hr).await, app.admin().await);
        let boss = hire(&hr, &form("boss@bank.example")).await.expect(201).text("/id");
        let middle = with(form("middle@bank.example"), &json!({ "manager_id": boss, "roles": ["manager"] }));
        let middle = hire(&hr, &middle).await.expect(201).json();
        let middle_id = middle["id"].as_str().unwrap();
        let clerk = hire(&hr, &with(form("clerk@bank.example"), &json!({ "manager_id": middle_id }))).await.expect(201).text("/id");
        let signed_in = app.accept_invitation("middle@bank.example").await;

        patch(&hr, middle_id, &json!({ "version": 1, "left_on": "2026-11-20" })).await.expect(200);

        signed_in.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        let login = json!({ "email": "middle@bank.example", "password": florin_testkit::PASSWORD });
        app.stranger().post("/api/v1/auth/login", &login).await.problem(401, "invalid_credentials");
        approve(&admin, middle["approval_id"].as_str().unwrap()).await.problem(409, "conflict");
        let clerk = hr.get(&format!("{EMPLOYEES}/{clerk}")).await.expect(200).json();
        assert_eq!((&clerk["manager_id"], &clerk["version"]), (&json!(boss), &json!(2)), "they report to the next above");
        for again in [json!({ "version": 2, "title": "Ghost" }), json!({ "version": 2, "left_on": "2026-11-21" })] {
            patch(&hr, middle_id, &again).await.problem(409, "conflict");
        }
        suspend(&hr, middle_id).await.problem(409, "conflict");
        reinstate(&hr, middle_id).await.problem(409, "conflict");

        let back = json!({ "user_id": middle_id, "department": "hr", "title": "Advisor" });
        let back = hire(&hr, &back).await.expect(201).json();
        assert_eq!((&back["status"], &back["left_on"], &back["version"], &back["department"]), (&json!("active"), &Value::Null, &json!(3), &json!("hr")));
        app.stranger().login("middle@bank.example").await.get(EMPLOYEES).await.expect(200);
    }

    async fn a_suspended_employees_tokens_and_keys_are_dead_at_once(app: &TestApp) {
        let (hr, admin) = (app.of_department(Department::Hr).await, app.admin().await);
        let hired = hire(&hr, &with(form("grace@bank.example"), &json!({ "roles": ["teller"] }))).await.expect(201).json();
        approve(&admin, hired["approval_id"].as_str().unwrap()).await.expect(200);
        let grace = app.accept_invitation("grace@bank.example").await;
        let key = json!({ "name": "export", "scopes": ["user.read"], "expires_at": "2027-01-31T00:00:00Z" });
        let key = grace.post("/api/v1/auth/api-keys", &key).await.expect(201).text("/secret");
        let machine = app.stranger().with_token(&key);
        machine.get("/api/v1/auth/profile").await.expect(200);

        let suspended = suspend(&hr, &grace.id).await.expect(200).json();

        assert_eq!((&suspended["status"], &suspended["version"]), (&json!("suspended"), &json!(2)));
        grace.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        let refresh = json!({ "refresh_token": grace.refresh_token });
        app.stranger().post("/api/v1/auth/refresh", &refresh).await.problem(401, "token_revoked");
        machine.get("/api/v1/auth/profile").await.problem(401, "unauthenticated");
        let login = json!({ "email": "grace@bank.example", "password": florin_testkit::PASSWORD });
        app.stranger().post("/api/v1/auth/login", &login).await.problem(401, "invalid_credentials");
        assert_eq!(suspend(&hr, &grace.id).await.expect(200).json()["version"], 2, "once is enough");

        // An administrator who lets the person in does not undo what HR decided; HR sees it, and asks once more.
        admin.post(&format!("/api/v1/users/{}/reinstate", grace.id), &json!({})).await.expect(204);
        let seen = hr.get(&format!("{EMPLOYEES}/{}", grace.id)).await.expect(200).json();
        assert_eq!((&seen["status"], &seen["can_sign_in"]), (&json!("suspended"), &json!(true)));
        let grace = app.stranger().login("grace@bank.example").await;
        assert_eq!(suspend(&hr, &grace.id).await.expect(200).json()["can_sign_in"], false);
        grace.get("/api/v1/auth/profile").await.problem(401, "token_revoked");

        assert_eq!(reinstate(&hr, &grace.id).await.expect(200).text("/status"), "active");
        assert_eq!(reinstate(&hr, &grace.id).await.expect(200).json()["version"], 4);
        grace.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        let grace = app.stranger().login("grace@bank.example").await;
        assert_eq!(roles(&grace).await, json!(["teller"]));
        assert!(serves(&grace).await);
    }

    async fn another_department_is_another_work_from_the_next_request_on(app: &TestApp) {
        let hr = app.of_department(Department::Hr).await;
        hire(&hr, &form("grace@bank.example")).await.expect(201);
        let grace = app.accept_invitation("grace@bank.example").await;
        assert!(serves(&grace).await);
        grace.get(EMPLOYEES).await.problem(403, "forbidden");

        let moved = patch(&hr, &grace.id, &json!({ "version": 1, "department": "hr", "title": "Recruiter" })).await.expect(200).json();

        assert_eq!((&moved["department"], &moved["title"], &moved["version"]), (&json!("hr"), &json!("Recruiter"), &json!(2)));
        assert!(!serves(&grace).await);
        grace.get(EMPLOYEES).await.expect(200);
        let late = patch(&hr, &grace.id, &json!({ "version": 1, "title": "Clerk" })).await;
        assert!(late.problem(409, "conflict")["detail"].as_str().unwrap().contains("version 2"));
    }

    async fn nobody_hires_changes_or_suspends_themselves_and_only_hr_and_admins_do_at_all(app: &TestApp) {
        let (hr, admin) = (app.of_department(Department::Hr).await, app.admin().await);
        let grace = hire(&hr, &form("grace@bank.example")).await.expect(201).text("/id");

        suspend(&hr, &hr.id).await.problem(403, "forbidden");
        patch(&hr, &hr.id, &json!({ "version": 1, "title": "Queen" })).await.problem(403, "forbidden");
        hire(&admin, &json!({ "user_id": admin.id, "department": "hr", "title": "Queen" })).await.problem(403, "forbidden");
        for (caller, reads) in [
            (app.manager().await, 200), (app.staff(Role::Auditor).await, 200), (app.teller().await, 403),
            (app.of_department(Department::CustomerService).await, 403), (app.customer().await, 403),
        ] {
            assert_eq!(caller.get(EMPLOYEES).await.status, reads);
            assert_eq!(caller.get(&format!("{EMPLOYEES}/{grace}")).await.status, reads);
            hire(&caller, &form("eve@bank.example")).await.problem(403, "forbidden");
            patch(&caller, &grace, &json!({ "version": 1, "title": "Ghost" })).await.problem(403, "forbidden");
            suspend(&caller, &grace).await.problem(403, "forbidden");
            reinstate(&caller, &grace).await.problem(403, "forbidden");
        }
        app.stranger().get(EMPLOYEES).await.problem(401, "unauthenticated");
        for id in ["0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b", &app.customer().await.id] {
            suspend(&hr, id).await.problem(404, "not_found");
            patch(&hr, id, &json!({ "version": 1 })).await.problem(404, "not_found");
            hr.get(&format!("{EMPLOYEES}/{id}")).await.problem(404, "not_found");
        }
        patch(&admin, &grace, &json!({ "version": 1, "title": "Senior clerk" })).await.expect(200);
    }

    async fn what_cannot_be_taken_is_named(app: &TestApp) {
        let hr = app.of_department(Department::Hr).await;
        let boss = hire(&hr, &form("boss@bank.example")).await.expect(201).text("/id");
        let clerk = hire(&hr, &with(form("clerk@bank.example"), &json!({ "manager_id": boss }))).await.expect(201).text("/id");
        for (fields, field, code) in [
            (json!({ "department": "treasury" }), "department", "invalid"),
            (json!({ "title": " " }), "title", "missing"),
            (json!({ "title": "x".repeat(101) }), "title", "too_long"),
            (json!({ "title": "a\u{202e}b" }), "title", "invalid"),
            (json!({ "full_name": "G" }), "full_name", "invalid"),
            (json!({ "email": "grace" }), "email", "invalid"),
            (json!({ "hired_on": "2026-11-22" }), "hired_on", "in_future"),
            (json!({ "hired_on": "soon" }), "hired_on", "invalid"),
            (json!({ "manager_id": app.customer().await.id }), "manager_id", "invalid"),
            (json!({ "manager_id": "nobody" }), "manager_id", "invalid"),
            (json!({ "roles": ["teller", "boss"] }), "roles[1]", "invalid"),
            (json!({ "user_id": boss }), "user_id", "conflicting"),
            (json!({ "salary": 1 }), "salary", "unknown_field"),
        ] {
            let refused = hire(&hr, &with(form("grace@bank.example"), &fields)).await;
            assert_eq!(fault(&refused), (field.to_owned(), code.to_owned()), "{fields}");
        }
        let nobody = json!({ "user_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b", "department": "hr", "title": "Clerk" });
        assert_eq!(fault(&hire(&hr, &nobody).await).0, "user_id");
        hire(&hr, &form("BOSS@bank.example")).await.problem(409, "conflict");
        for (body, field) in [
            (json!({ "version": 1, "manager_id": clerk }), "manager_id"),
            (json!({ "version": 1, "manager_id": boss }), "manager_id"),
            (json!({ "version": 1, "left_on": "2026-11-22" }), "left_on"),
            (json!({ "version": 1, "left_on": "2026-11-01" }), "left_on"),
            (json!({ "version": 1, "department": "" }), "department"),
            (json!({ "title": "Clerk" }), "version"),
        ] {
            assert_eq!(fault(&patch(&hr, &boss, &body).await).0, field, "{body}");
        }
        let alone = patch(&hr, &clerk, &json!({ "version": 1, "manager_id": "" })).await.expect(200).json();
        assert_eq!(alone["manager_id"], Value::Null);
    }

    async fn the_list_has_pages_and_filters(app: &TestApp) {
        let hr = app.of_department(Department::Hr).await;
        let mut ids = vec![hr.id.clone()];
        for (n, department) in ["accounts", "loans", "accounts"].into_iter().enumerate() {
            let wanted = with(form(&format!("clerk-{n}@bank.example")), &json!({ "department": department }));
            ids.push(hire(&hr, &wanted).await.expect(201).text("/id"));
        }
        suspend(&hr, &ids[3]).await.expect(200);
        let list = async |query: &str| {
            let answer = hr.get(&format!("{EMPLOYEES}{query}")).await.expect(200).json();
            let found = answer["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
            (found.collect::<Vec<_>>(), answer["next_cursor"].clone())
        };

        assert_eq!(list("").await, (ids.clone(), Value::Null));
        assert_eq!(list("?department=accounts").await.0, [ids[1].clone(), ids[3].clone()]);
        assert_eq!(list("?department=accounts&status=active").await.0, [ids[1].clone()]);
        assert_eq!(list("?status=suspended").await.0, [ids[3].clone()]);
        let (first, cursor) = list("?limit=3").await;
        let (rest, end) = list(&format!("?limit=3&cursor={}", cursor.as_str().unwrap())).await;
        assert_eq!(([first, rest].concat(), end), (ids, Value::Null));
        for (query, field) in [("?department=x", "department"), ("?status=x", "status"), ("?limit=0", "limit"), ("?cursor=x", "cursor")] {
            assert_eq!(fault(&hr.get(&format!("{EMPLOYEES}{query}")).await).0, field);
        }
    }

    async fn the_review_shows_departments_and_titles_and_is_a_table_on_demand(app: &TestApp) {
        let (hr, admin) = (app.of_department(Department::Hr).await, app.admin().await);
        let wanted = with(form("grace@bank.example"), &json!({ "title": "=1+1, \"acting\"" }));
        hire(&hr, &wanted).await.expect(201);

        let review = admin.get("/api/v1/access/review").await.expect(200).json();
        let people = review["people"].as_array().unwrap();
        let of = |email: &str| people.iter().find(|person| person["email"] == email).unwrap();
        assert_eq!((&of("grace@bank.example")["department"], &of("grace@bank.example")["roles"]), (&json!("accounts"), &json!([])));
        assert_eq!((&of(&hr.email)["title"], &of(&admin.email)["title"]), (&json!("Clerk"), &Value::Null));
        let permissions = review["permissions"].as_array().unwrap();
        let hiring = permissions.iter().find(|row| row["action"] == "employee.create" && row["whose"] == "others").unwrap();
        assert_eq!((&hiring["roles"], &hiring["departments"]), (&json!(["admin"]), &json!(["hr"])));

        let table = admin.get("/api/v1/access/review?format=csv").await.expect(200);
        assert!(table.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
        let text = String::from_utf8(table.body.to_vec()).unwrap();
        assert!(text.starts_with("id,email,full_name,department,title,roles,"), "{text}");
        assert!(text.contains(r#"grace@bank.example,Grace Hopper,accounts,"'=1+1, ""acting""",,active,false,false,"#), "{text}");
        assert_eq!(text.lines().count(), people.len() + 1);
        assert_eq!(fault(&admin.get("/api/v1/access/review?format=xml").await).0, "format");
        hr.get("/api/v1/access/review?format=csv").await.problem(403, "forbidden");
    }

    async fn an_employment_is_in_the_trail_before_and_after(app: &TestApp) {
        let hr = app.of_department(Department::Hr).await;
        let id = hire(&hr, &form("grace@bank.example")).await.expect(201).text("/id");
        patch(&hr, &id, &json!({ "version": 1, "department": "loans" })).await.expect(200);
        suspend(&hr, &id).await.expect(200);

        let by_hr = "SELECT COUNT(*) FROM audit_record WHERE action IN ('employee.create', 'employee.change', 'employee.suspend')
                     AND actor_kind = 'user' AND resource_kind = 'employee' AND resource_id IS NOT NULL AND outcome = 'success'";
        assert_eq!(app.count(by_hr).await, 3);
        let moved = "SELECT COUNT(*) FROM audit_record WHERE action = 'employee.change' AND detail LIKE '%accounts%loans%'";
        assert_eq!(app.count(moved).await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_record WHERE detail LIKE '%grace%' OR detail LIKE '%Hopper%'").await, 0);
    }
}

#[tokio::test]
async fn without_four_eyes_an_administrator_gives_roles_at_once_and_hr_still_asks() {
    let app = TestApp::start_with(Database::Sqlite, &[("access.four_eyes", "false")]).await;
    let (hr, admin) = (app.of_department(Department::Hr).await, app.admin().await);
    let wanted = |email| with(form(email), &json!({ "roles": ["teller"] }));

    let given = hire(&admin, &wanted("grace@bank.example")).await.expect(201).json();
    let asked = hire(&hr, &wanted("ada@bank.example")).await.expect(201).json();

    assert_eq!((&given["roles"], &given["approval_id"]), (&json!(["teller"]), &Value::Null));
    assert_eq!(asked["roles"], json!([]));
    approve(&admin, asked["approval_id"].as_str().unwrap()).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn a_department_can_ask_for_a_second_factor() {
    let app = TestApp::start_with(Database::Sqlite, &[("mfa.required_departments", "hr")]).await;
    let hr = app.of_department(Department::Hr).await;

    hr.get(EMPLOYEES).await.problem(403, "mfa_enrolment_required");
    assert_eq!(hr.get("/api/v1/auth/mfa").await.expect(200).json()["mfa_required"], true);
    let clerk = app.of_department(Department::Accounts).await;
    assert!(serves(&clerk).await);
    app.finish().await;
}
