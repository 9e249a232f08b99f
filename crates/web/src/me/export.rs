//! `/profile/export`: what is kept about somebody and what is theirs, as one file to take along.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use florin_kernel::{Money, PageRequest};
use florin_ledger::AccountView;
use florin_payments::{Effect, Line, LineFilter, Payable};
use maud::html;
use serde::Serialize;

use super::Nothing;
use crate::files::file;
use crate::form::Form;
use crate::portal::{account_name, account_state, balance, own_accounts};
use crate::ui;
use crate::visit::Visit;

/// How many entries of one account the file holds; more are in its statements.
const ENTRIES_MAX: usize = 2_000;
/// How many notices it holds.
const NOTICES_MAX: usize = 1_000;
/// How many of everything else it holds.
const EACH_MAX: u16 = 100;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/profile/export", get(show).post(export))
}

async fn show(visit: Visit) -> Response {
    let body = html! {
        h1 { "Take your data along" }
        section.card {
            h2 { "What the file holds" }
            ul {
                li { "Your profile, your sign-ins and devices" }
                li { "Your accounts, each with its latest " (ENTRIES_MAX) " entries" }
                li { "Your payees, scheduled payments and loans" }
                li { "What you agreed to and withdrew, with the texts" }
                li { "What we told you, your latest " (NOTICES_MAX) " notices" }
            }
            p { "It is JSON, which other programs read. Older entries are in the " a href="/statements" { "statements" } "." }
            (ui::post_form(&visit, "/profile/export", &html! {
                div.actions {
                    button.primary type="submit" { "Download" }
                    (ui::link_button("/profile", "Back", false))
                }
            }))
        }
    };
    visit.page("Take your data along", &body)
}

/// An amount, as the interface for programs writes it.
#[derive(Serialize)]
struct Sum {
    amount: String,
    currency: &'static str,
}

impl From<Money> for Sum {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal(), currency: money.currency().code() }
    }
}

#[derive(Serialize)]
struct Export {
    made_at: String,
    profile: Profile,
    sign_ins: Vec<SignIn>,
    accounts: Vec<Account>,
    payees: Vec<Payee>,
    scheduled_payments: Vec<Scheduled>,
    loans: Vec<Loan>,
    consents: Vec<Consent>,
    notices: Vec<Notice>,
}

#[derive(Serialize)]
struct Profile {
    id: String,
    full_name: String,
    email: String,
    phone: Option<String>,
    is_verified: bool,
    roles: Vec<&'static str>,
}

#[derive(Serialize)]
struct SignIn {
    begun_at: String,
    ended_at: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

#[derive(Serialize)]
struct Account {
    id: String,
    name: String,
    status: &'static str,
    opened_at: String,
    balance: Sum,
    entries: Vec<Entry>,
    /// Whether these are all.
    is_complete: bool,
}

#[derive(Serialize)]
struct Entry {
    transfer_id: String,
    at: String,
    effect: &'static str,
    side: &'static str,
    amount: Sum,
    balance_after: Sum,
    description: Option<String>,
    payee: Option<String>,
}

#[derive(Serialize)]
struct Payee {
    name: String,
    kind: &'static str,
    number: Option<String>,
}

#[derive(Serialize)]
struct Scheduled {
    id: String,
    rhythm: &'static str,
    status: &'static str,
    amount: Option<Sum>,
    description: Option<String>,
}

#[derive(Serialize)]
struct Loan {
    id: String,
    kind: &'static str,
    status: &'static str,
    owed: Option<Sum>,
}

#[derive(Serialize)]
struct Consent {
    purpose: String,
    title: String,
    given: bool,
    version: u32,
    text: String,
    text_sha256: String,
    at: String,
    recorded_by_staff: bool,
    reason: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

/// Something that they were told.
#[derive(Serialize)]
struct Notice {
    kind: String,
    title: String,
    text: String,
    told_at: String,
    read_at: Option<String>,
}

async fn export(State(app): State<App>, form: Form<Nothing>) -> Result<Response, Problem> {
    let visit = &form.visit;
    let mut accounts = Vec::new();
    for account in own_accounts(&app, &visit.actor).await? {
        accounts.push(told(&app, visit, &account).await?);
    }
    let whole = Export {
        made_at: app.env.now().to_string(),
        profile: profile(&app, visit).await?,
        sign_ins: sign_ins(&app, visit).await?,
        accounts,
        payees: payees(&app, visit).await?,
        scheduled_payments: scheduled(&app, visit).await?,
        loans: loans(&app, visit).await?,
        consents: consents(&app, visit).await?,
        notices: notices(&app, visit).await?,
    };
    let bytes = serde_json::to_vec_pretty(&whole).map_err(|error| Problem::internal(&error))?;
    file(bytes, "application/json", "florin-data.json")
}

async fn profile(app: &App, visit: &Visit) -> Result<Profile, Problem> {
    let found = app.identity.profile(&visit.actor, visit.user).await?;
    Ok(Profile {
        id: found.id.to_string(),
        full_name: found.full_name.as_str().to_owned(),
        email: found.email.as_str().to_owned(),
        phone: found.phone,
        is_verified: found.verified,
        roles: found.roles.iter().map(|role| role.code()).collect(),
    })
}

async fn sign_ins(app: &App, visit: &Visit) -> Result<Vec<SignIn>, Problem> {
    let history = app.identity.sign_in_history(&visit.actor).await?;
    let told = history.into_iter().map(|past| SignIn {
        begun_at: past.created_at.to_string(),
        ended_at: past.ended_at.map(|at| at.to_string()),
        ip_address: past.place.ip,
        user_agent: past.place.user_agent,
    });
    Ok(told.collect())
}

async fn told(app: &App, visit: &Visit, account: &AccountView) -> Result<Account, Problem> {
    let (mut entries, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageRequest::try_new(Some(EACH_MAX), cursor)?;
        let (_, found) = app.accounts.lines(&visit.actor, account.id, LineFilter::default(), &page).await??;
        entries.extend(found.rows.iter().map(entry));
        cursor = found.next_cursor;
        if cursor.is_none() || entries.len() >= ENTRIES_MAX {
            break;
        }
    }
    Ok(Account {
        id: account.id.to_string(),
        name: account_name(account),
        status: account_state(account),
        opened_at: account.opened_at.to_string(),
        balance: balance(account).into(),
        entries,
        is_complete: cursor.is_none(),
    })
}

fn entry(line: &Line) -> Entry {
    Entry {
        transfer_id: line.entry.transfer.to_string(),
        at: line.entry.at.to_string(),
        effect: match line.effect {
            Effect::Moved => "moved",
            Effect::Reserved => "reserved",
            Effect::Released => "released",
        },
        side: if line.entry.is_credit { "in" } else { "out" },
        amount: line.entry.amount.into(),
        balance_after: line.entry.balance.into(),
        description: line.entry.description.clone(),
        payee: line.payee.clone(),
    }
}

async fn payees(app: &App, visit: &Visit) -> Result<Vec<Payee>, Problem> {
    let page = PageRequest::try_new(Some(EACH_MAX), None)?;
    let found = app.payees.list(&visit.actor, None, &page).await?.rows;
    let told = found.into_iter().map(|payee| Payee {
        kind: payee.payable.kind(),
        number: match payee.payable {
            Payable::Biller { masked, .. } | Payable::Bank { masked, .. } => Some(masked),
            Payable::Account(account) => Some(account.to_string()),
        },
        name: payee.name,
    });
    Ok(told.collect())
}

async fn scheduled(app: &App, visit: &Visit) -> Result<Vec<Scheduled>, Problem> {
    let page = PageRequest::try_new(Some(EACH_MAX), None)?;
    let found = app.scheduled.list(&visit.actor, None, None, &page).await?.rows;
    let told = found.into_iter().map(|one| Scheduled {
        id: one.id.to_string(),
        rhythm: one.when.rhythm,
        status: one.state.code(),
        amount: one.sum.fixed().map(Sum::from),
        description: one.description,
    });
    Ok(told.collect())
}

async fn loans(app: &App, visit: &Visit) -> Result<Vec<Loan>, Problem> {
    let page = PageRequest::try_new(Some(EACH_MAX), None)?;
    let found = app.loans.list(&visit.actor, None, None, &page).await?.rows;
    let told = found.iter().map(|loan| Loan {
        id: loan.id.to_string(),
        kind: loan.kind.code(),
        status: loan.status.code(),
        owed: loan.balances.as_ref().map(|it| Money::new(it.owed.total(), loan.currency).into()),
    });
    Ok(told.collect())
}

async fn consents(app: &App, visit: &Visit) -> Result<Vec<Consent>, Problem> {
    let file = app.consents.file(&visit.actor, None).await?;
    let told = file.history.into_iter().map(|record| Consent {
        recorded_by_staff: record.recorded_by != record.user,
        purpose: record.purpose,
        title: record.title,
        given: record.given,
        version: record.version,
        text: record.text,
        text_sha256: record.sha256,
        at: record.at.to_string(),
        reason: record.reason,
        ip_address: record.ip,
        user_agent: record.user_agent,
    });
    Ok(told.collect())
}

async fn notices(app: &App, visit: &Visit) -> Result<Vec<Notice>, Problem> {
    let (mut notices, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageRequest::try_new(Some(EACH_MAX), cursor)?;
        let found = app.notices.list(&visit.actor, false, &page).await?;
        notices.extend(found.rows.into_iter().map(|notice| Notice {
            kind: notice.kind,
            title: notice.title,
            text: notice.text,
            told_at: notice.told_at.to_string(),
            read_at: notice.read_at.map(|at| at.to_string()),
        }));
        cursor = found.next_cursor;
        if cursor.is_none() || notices.len() >= NOTICES_MAX {
            return Ok(notices);
        }
    }
}
