//! A scan from its beginning to its end.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use secrecy::ExposeSecret as _;
use serde_json::Value;
use url::{Host, Url};

use crate::ask::Scan;
use crate::chance::{self, Chance};
use crate::client::{Client, Who};
use crate::error::{Error, Stop};
use crate::listener::Listener;
use crate::message::Request;
use crate::options::{Account, Options};
use crate::probes;
use crate::report::Report;
use crate::session::{self, Person};
use crate::surface::{CURRENCY, Crawler, Surface, currency_in, ids_in, plural, read_document};

/// Where documents are when nothing is said.
const DOCUMENTS: &[&str] = &["/api/v1/openapi.json", "/openapi.json"];
/// How many identifiers of a kind are remembered.
const OWNED_MAX: usize = 5;

/// Scans a target.
///
/// # Errors
/// [`Error`], when nothing could be scanned. A scan that ran out of its budget has a report that says so.
pub async fn scan(options: Options) -> Result<Report, Error> {
    let begun = Instant::now();
    let base = address(&options.url)?;
    let loopback = is_loopback(&base);
    if !loopback && !options.authorised {
        return Err(Error::NotAuthorised(options.url));
    }
    let system = |error: &dyn std::fmt::Display| Error::System(error.to_string());
    let seed = options.seed.map_or_else(chance::seed, Ok).map_err(|error| system(&error))?;
    let client = Client::open(&options, base, loopback)?;
    let listener = Listener::start(probes::listener_pages()).await.map_err(|error| system(&error))?;
    let mut scan = Scan {
        client,
        options,
        surface: Arc::default(),
        chance: Chance::of(seed),
        loopback,
        user: None,
        other: None,
        first_token: None,
        owned: BTreeMap::new(),
        listener: Some(listener),
        canary: None,
        guarded: None,
        broken: BTreeMap::new(),
        cookies: BTreeMap::new(),
        findings: Vec::new(),
        secrets: Vec::new(),
    };
    let stopped = run(&mut scan).await?;
    Ok(Report::of(scan, seed, begun.elapsed(), stopped))
}

/// Goes through the phases; what cut them short is the answer.
async fn run(scan: &mut Scan) -> Result<Option<Stop>, Error> {
    reach(scan).await?;
    if probes::transport(scan).await {
        return Ok(None);
    }
    let end = async {
        learn(scan).await?;
        if let Some(account) = people(scan).await? {
            return Ok(Err(Error::SignIn(account)));
        }
        look_around(scan).await?;
        probes::run(scan).await?;
        Ok(Ok(()))
    };
    match end.await {
        Ok(done) => done.map(|()| None),
        Err(Trouble::Stop(stop)) => Ok(Some(stop)),
        Err(Trouble::Error(error)) => Err(error),
    }
}

/// What ends a phase.
enum Trouble {
    Stop(Stop),
    Error(Error),
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

fn address(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| Error::Address(text.to_owned()))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

async fn reach(scan: &mut Scan) -> Result<(), Error> {
    let url = scan.options.url.clone();
    let unreachable = |why: String| Error::Unreachable { url, why };
    match scan.client.send(&Request::get("/"), &Who::nobody()).await {
        Ok(answer) if answer.status == 0 => Err(unreachable("there is no answer".to_owned())),
        Err(Stop::Silent(why)) => Err(unreachable(why)),
        Ok(_) | Err(Stop::Budget) => Ok(()),
    }
}

/// Reads the document, and follows links as somebody who has not signed in.
async fn learn(scan: &mut Scan) -> Result<(), Trouble> {
    let mut surface = Surface::default();
    let named = scan.options.openapi.clone();
    let places = named.as_deref().map_or(DOCUMENTS.to_vec(), |place| vec![place]);
    let mut documented = false;
    for place in places {
        let answer = scan.client.send(&Request::get(place), &Who::nobody()).await?;
        let document: Option<Value> = answer.is_success().then(|| answer.json()).flatten();
        if let Some(found) = document.as_ref().and_then(read_document) {
            surface.add(found);
            documented = true;
            break;
        }
    }
    if let (Some(place), false) = (named, documented) {
        return Err(Trouble::Error(Error::Document(place)));
    }
    let mut nobody = Who::nobody();
    let from = ["/".to_owned(), "/login".to_owned()];
    Crawler::new(&mut scan.client, &mut nobody).run(&from, &mut surface).await?;
    scan.surface = Arc::new(surface);
    Ok(())
}

/// Signs both in; an account that was given and cannot sign in is the answer.
async fn people(scan: &mut Scan) -> Result<Option<String>, Stop> {
    let (user, other) = (scan.options.user.clone(), scan.options.other.clone());
    scan.user = match scan.options.bearer.clone() {
        Some(token) => {
            let email = user.as_ref().map(|user| user.email.clone()).unwrap_or_default();
            let who = Who::with(token.expose_secret());
            Some(Person { email, password: None, who })
        }
        None => match person(scan, user.as_ref()).await? {
            Ok(person) => person,
            Err(email) => return Ok(Some(email)),
        },
    };
    scan.other = match person(scan, other.as_ref()).await? {
        Ok(person) => person,
        Err(email) => return Ok(Some(email)),
    };
    for one in [scan.user.clone(), scan.other.clone()].into_iter().flatten() {
        scan.keep_secret(&one);
    }
    scan.first_token = scan.user.as_ref().and_then(|user| user.who.bearer.clone());
    Ok(None)
}

/// Signs an account in, or one of the scan's own where none is given.
async fn person(scan: &mut Scan, account: Option<&Account>) -> Result<Result<Option<Person>, String>, Stop> {
    let surface = scan.surface.clone();
    match account {
        Some(account) => {
            let password = account.password.expose_secret();
            let person = session::sign_in(&mut scan.client, &surface, &account.email, password).await?;
            Ok(person.map(Some).ok_or_else(|| account.email.clone()))
        }
        None if scan.options.writes => {
            Ok(Ok(session::register(&mut scan.client, &surface, &mut scan.chance).await?))
        }
        None => Ok(Ok(None)),
    }
}

/// Follows links as the user, and lists what is the user's.
async fn look_around(scan: &mut Scan) -> Result<(), Stop> {
    let mut surface =
        Surface { endpoints: scan.surface.endpoints.clone(), pages: scan.surface.pages.clone() };
    if let Some(mut user) = scan.user.clone() {
        let mut from = surface.pages.clone();
        from.push("/".to_owned());
        Crawler::new(&mut scan.client, &mut user.who).run(&from, &mut surface).await?;
        surface.pages.sort();
        surface.pages.dedup();
        scan.keep_secret(&user);
        scan.user = Some(user);
    }
    harvest(scan, &surface).await?;
    surface.fill(&scan.owned);
    settle(scan, &mut surface).await?;
    scan.surface = Arc::new(surface);
    Ok(())
}

/// Lists what is the user's, and leaves out what is the other's as well.
async fn harvest(scan: &mut Scan, surface: &Surface) -> Result<(), Stop> {
    let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for endpoint in &surface.endpoints {
        if endpoint.method != "GET" || endpoint.has_path_params() || endpoint.is_farewell() {
            continue;
        }
        let request = endpoint.request();
        let me = scan.me();
        let answer = scan.send(&request, &me).await?;
        if !answer.is_success() {
            continue;
        }
        if scan.canary.is_none()
            && endpoint.protected == Some(true)
            && scan.send(&request, &Who::nobody()).await?.is_denied()
        {
            scan.canary = Some(request.clone());
        }
        let value = answer.json().unwrap_or(Value::Null);
        let ids = ids_in(&value);
        if ids.is_empty() {
            continue;
        }
        if let Some(currency) = currency_in(&value).filter(|_| !scan.owned.contains_key(CURRENCY)) {
            scan.owned.insert(CURRENCY.to_owned(), vec![currency]);
        }
        let noun = plural(&endpoint.last_segment());
        if let Some(other) = scan.other.clone() {
            let theirs = scan.send(&request, &other.who).await?.json().map(|value| ids_in(&value));
            others.entry(noun.clone()).or_default().extend(theirs.unwrap_or_default());
        }
        scan.owned.entry(noun).or_default().extend(ids);
    }
    for (noun, ids) in &mut scan.owned {
        let shared = others.get(noun);
        ids.retain(|id| shared.is_none_or(|shared| !shared.contains(id)));
        ids.truncate(OWNED_MAX);
    }
    Ok(())
}

/// Finds out which bodies are taken: where the whole one is refused, the one with what has to be in it.
async fn settle(scan: &mut Scan, surface: &mut Surface) -> Result<(), Stop> {
    for endpoint in &mut surface.endpoints {
        let left_alone = endpoint.is_farewell() || session::is_about_credentials(endpoint);
        if left_alone || endpoint.slim.is_none() || !scan.options.writes {
            continue;
        }
        if matches!(scan.ask(endpoint, &[]).await?.1.status, 400 | 422) {
            let mut slim = endpoint.clone();
            slim.slim_down();
            if scan.ask(&slim, &[]).await?.1.is_success() {
                *endpoint = slim;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_told_from_others() {
        for (url, here) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:1", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://127.0.0.1.example.org", false),
            ("http://localhost.example.org", false),
            ("https://10.0.0.1", false),
            ("http://2130706433", true),
        ] {
            assert_eq!(is_loopback(&address(url).unwrap()), here, "{url}");
        }
        for none in ["", "example", "ftp://127.0.0.1", "file:///etc/passwd"] {
            assert!(address(none).is_err(), "{none}");
        }
    }
}
