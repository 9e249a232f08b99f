//! `/security/sign-ins`: where somebody is signed in, and from which devices they did before.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem};
use florin_identity::{Device, SignIn};
use florin_kernel::{DeviceId, SessionId};
use maud::{Markup, html};

use super::Nothing;
use crate::exchange::{go, go_saying};
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Table, Tone};
use crate::visit::Visit;

const PATH: &str = "/security/sign-ins";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show))
        .route("/security/sign-ins/end-all", post(end_all))
        .route("/security/sign-ins/{id}/end", post(end))
        .route("/security/devices/{id}/forget", post(forget))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let sign_ins = app.identity.sign_ins(&visit.actor).await?;
    let devices = app.identity.devices(&visit.actor).await?;
    let everywhere = "Every sign-in of yours ends, this one too. You sign in again with your password.";
    let body = html! {
        (ui::heading("Sign-ins and devices", ui::link_button("/security/log", "Sign-in log", false)))
        (ui::card("Sign-ins that have not ended", sign_in_table(&visit, &sign_ins)))
        (ui::confirm(&visit, "/security/sign-ins/end-all", "Sign out everywhere", everywhere, &Markup::default()))
        (ui::card("Devices", device_table(&visit, &devices)))
    };
    Ok(visit.page("Sign-ins and devices", &body))
}

/// What a client calls itself, in the words of whoever uses it: `Firefox on Linux`.
pub(crate) fn client(agent: Option<&str>) -> String {
    let Some(agent) = agent else { return "Unknown client".to_owned() };
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browsers = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    match (first(&browsers), first(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        _ => agent.chars().take(60).collect(),
    }
}

fn sign_in_table(visit: &Visit, sign_ins: &[SignIn]) -> Markup {
    let columns = [
        Column::text("Where"),
        Column::text("Address"),
        Column::text("Begun"),
        Column::text("Last used"),
        Column::text("End"),
    ];
    let mut table = Table::new("Your sign-ins", columns);
    for sign_in in sign_ins {
        let action = format!("/security/sign-ins/{}/end", sign_in.id);
        let why = "Whoever uses it is signed out at once.";
        table.row([
            html! {
                (client(sign_in.place.user_agent.as_deref())) " "
                @if sign_in.current { (ui::badge(Tone::Good, "this one")) }
            },
            html! { (sign_in.place.ip.as_deref().unwrap_or("unknown")) },
            ui::moment(sign_in.created_at, &visit.zone),
            ui::moment(sign_in.last_seen_at, &visit.zone),
            ui::confirm(visit, &action, "End", why, &Markup::default()),
        ]);
    }
    html! { (table) }
}

fn device_table(visit: &Visit, devices: &[Device]) -> Markup {
    let columns = [
        Column::text("Device"),
        Column::text("Address"),
        Column::text("First seen"),
        Column::text("Last seen"),
        Column::text("Forget"),
    ];
    let hint = "Devices that tell themselves apart are remembered when you sign in from them.";
    let mut table =
        Table::new("Your devices", columns).or_empty(ui::empty("No device", hint, Markup::default()));
    for device in devices {
        let action = format!("/security/devices/{}/forget", device.id);
        let why = "Sign-ins from it end, and the next one from it is told to you by mail.";
        table.row([
            html! {
                (client(device.place.user_agent.as_deref())) " "
                @if device.current { (ui::badge(Tone::Good, "this one")) }
            },
            html! { (device.place.ip.as_deref().unwrap_or("unknown")) },
            ui::day(device.first_seen_at, &visit.zone),
            ui::moment(device.last_seen_at, &visit.zone),
            ui::confirm(visit, &action, "Forget", why, &Markup::default()),
        ]);
    }
    html! { (table) }
}

async fn end(
    State(app): State<App>,
    Path(id): Path<SessionId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.identity.end_sign_in(&form.visit.actor, id).await?;
    if form.visit.actor.session() == Some(id) {
        return Ok(go("/login?out=1"));
    }
    Ok(go_saying(&app, PATH, &Flash::done("The sign-in has ended.")))
}

async fn end_all(State(app): State<App>, form: Form<Nothing>) -> Result<Response, Problem> {
    app.identity.logout_all(&form.visit.actor).await?;
    Ok(go("/login?out=1"))
}

async fn forget(
    State(app): State<App>,
    Path(id): Path<DeviceId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.identity.forget_device(&form.visit.actor, id).await?;
    Ok(go_saying(&app, PATH, &Flash::done("The device is forgotten.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_called_by_what_people_know() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
        let telephone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36";
        assert_eq!(client(Some(firefox)), "Firefox on Linux");
        assert_eq!(client(Some(telephone)), "Chrome on Android");
        assert_eq!(client(Some("curl/8.0")), "curl/8.0");
        assert_eq!(client(None), "Unknown client");
    }
}
