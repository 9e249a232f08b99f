//! Staff at their desks.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teller_serves_a_customer() {
    let demonstration = Demonstration::start();
    let teller = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("teller");
    teller.sign_in((&email, &password)).await;
    teller.is_at("/staff").await;
    teller.looks_it_over().await;

    teller.fill("q", "ada lind").await;
    teller.press("Find").await;
    teller.press("Ada Lindqvist").await;
    teller.sees("Accounts").await;
    teller.looks_it_over().await;
    teller.press("Pay in").await;
    teller.fill("amount", "a lot").await;
    teller.press("Continue").await;
    teller.sees("There is a problem").await;
    teller.looks_it_over().await;
    teller.fill("amount", "150").await;
    teller.fill("description", "Counter 2").await;
    teller.press("Continue").await;
    teller.sees("Count the cash").await;
    teller.press("Pay in 150.00\u{a0}EUR").await;
    teller.sees("150.00 EUR was paid in.").await;
    teller.looks_it_over().await;
    assert!(teller.reads("tbody tr").await.contains("+150.00"));

    teller.go("/staff/people").await;
    teller.sees("Not permitted").await;
    teller.leave().await;
    demonstration.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_hired_given_roles_by_two_and_found_in_the_trail() {
    let demonstration = Demonstration::start();
    let hr = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("hr");
    hr.sign_in((&email, &password)).await;
    hr.press("Employees").await;
    hr.looks_over("/staff/employees/new").await;
    hr.fill("full_name", "Bea Newman").await;
    hr.fill("email", "bea.newman@example.org").await;
    hr.choose("department", "accounts").await;
    hr.fill("title", "Clerk").await;
    hr.press("Hire").await;
    hr.sees("Bea Newman is hired.").await;
    hr.looks_it_over().await;
    hr.leave().await;

    let admin = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("admin");
    admin.sign_in((&email, &password)).await;
    admin.go("/staff/people?q=bea.newman").await;
    admin.press("Bea Newman").await;
    admin.tick("roles", "teller").await;
    admin.press("Save the roles").await;
    admin.sees("A second person must approve it.").await;
    for path in ["/staff", "/staff/people", "/staff/approvals", "/staff/audit", "/design"] {
        admin.looks_over(path).await;
    }
    admin.leave().await;

    let manager = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("manager");
    manager.sign_in((&email, &password)).await;
    manager.press("User: change roles").await;
    manager.looks_it_over().await;
    manager.leave().await;

    let auditor = Person::arrive(&demonstration).await;
    let (email, password) = demonstration.person("auditor");
    auditor.sign_in((&email, &password)).await;
    auditor.go("/staff/audit?action=employee.create").await;
    auditor.sees("employee.create").await;
    let number = auditor.reads("tbody summary").await;
    auditor.press(&number).await;
    auditor.press("Proof").await;
    auditor.sees("Proof of a record").await;
    auditor.looks_it_over().await;
    auditor.leave().await;
    demonstration.end();
}
