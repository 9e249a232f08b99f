//! The state of a scan: what the probes ask with, and what they report to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chance::Chance;
use crate::client::{Client, Who};
use crate::error::Stop;
use crate::finding::{Confidence, Finding, Rule};
use crate::listener::Listener;
use crate::mask;
use crate::message::{Answer, Request};
use crate::options::Options;
use crate::session::{self, Person};
use crate::surface::{Endpoint, Kind, Place, Surface};

/// A request with its answer.
pub(crate) type Exchange = (Request, Answer);

/// A scan that is under way.
pub(crate) struct Scan {
    pub(crate) client: Client,
    pub(crate) options: Options,
    pub(crate) surface: Arc<Surface>,
    pub(crate) chance: Chance,
    pub(crate) loopback: bool,
    pub(crate) user: Option<Person>,
    pub(crate) other: Option<Person>,
    /// The token that the user got first, to see what becomes of it.
    pub(crate) first_token: Option<String>,
    /// Identifiers of what is the user's and not the other's, by the noun of their collection.
    pub(crate) owned: BTreeMap<String, Vec<String>>,
    pub(crate) listener: Option<Listener>,
    /// A request that tells whether the user is still signed in.
    pub(crate) canary: Option<Request>,
    /// Routes that are open to tokens alone, once they have been looked for.
    pub(crate) guarded: Option<Vec<Endpoint>>,
    /// Answers that looked as if something had broken: the first of each route.
    pub(crate) broken: BTreeMap<String, Exchange>,
    /// The first of the answers that set each cookie.
    pub(crate) cookies: BTreeMap<String, Exchange>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) secrets: Vec<String>,
}

/// Which endpoints are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All but those about credentials.
    General,
    /// Those that take credentials: they are limited early, so their turn comes last.
    Credentials,
}

impl Scan {
    /// The user, or nobody.
    pub(crate) fn me(&self) -> Who {
        self.user.as_ref().map(|user| user.who.clone()).unwrap_or_default()
    }

    /// Sends a request and notes in passing what the answer gives away.
    pub(crate) async fn send(&mut self, request: &Request, who: &Who) -> Result<Answer, Stop> {
        let answer = self.client.send(request, who).await?;
        self.note(request, &answer);
        Ok(answer)
    }

    /// The same without waiting where the target asks for it.
    pub(crate) async fn send_once(&mut self, request: &Request, who: &Who) -> Result<Answer, Stop> {
        let answer = self.client.send_once(request, who).await?;
        self.note(request, &answer);
        Ok(answer)
    }

    /// Asks an endpoint as the user, with these values in the place of the samples.
    pub(crate) async fn ask(
        &mut self,
        endpoint: &Endpoint,
        changes: &[(usize, &str)],
    ) -> Result<Exchange, Stop> {
        let request = self.request(endpoint, changes);
        let who = self.me();
        let answer = self.send(&request, &who).await?;
        Ok((request, answer))
    }

    /// Asks an endpoint as somebody else.
    pub(crate) async fn ask_as(
        &mut self,
        endpoint: &Endpoint,
        changes: &[(usize, &str)],
        who: &Who,
    ) -> Result<Exchange, Stop> {
        let request = self.request(endpoint, changes);
        let answer = self.send(&request, who).await?;
        Ok((request, answer))
    }

    /// A request to an endpoint, with a key of its own where requests have one.
    pub(crate) fn request(&mut self, endpoint: &Endpoint, changes: &[(usize, &str)]) -> Request {
        let mut request = endpoint.request_with(changes);
        for (name, value) in &mut request.headers {
            if name.to_lowercase().contains("idempotency") {
                *value = self.chance.uuid();
            }
        }
        request
    }

    fn note(&mut self, request: &Request, answer: &Answer) {
        let key = format!("{} {}", request.method, request.route);
        if crate::probes::looks_broken(answer) {
            self.broken.entry(key).or_insert_with(|| (request.clone(), answer.clone()));
        }
        for line in answer.all("set-cookie") {
            let name = line.split('=').next().unwrap_or_default().trim().to_owned();
            self.cookies.entry(name).or_insert_with(|| (request.clone(), answer.clone()));
        }
    }

    /// The endpoints that may be asked, those that would end the scan left out.
    pub(crate) fn endpoints(&self) -> Vec<Endpoint> {
        let allowed = |one: &&Endpoint| !one.is_farewell() && (self.options.writes || !one.writes());
        self.surface.endpoints.iter().filter(allowed).cloned().collect()
    }

    /// The parameters into which something can be put.
    pub(crate) fn targets(&self, part: Part) -> Vec<(Endpoint, usize)> {
        let mut found = Vec::new();
        for endpoint in self.endpoints() {
            if session::is_about_credentials(&endpoint) != (part == Part::Credentials) {
                continue;
            }
            for (at, param) in endpoint.params.iter().enumerate() {
                let secret = part == Part::Credentials && param.is_called(&["password"]);
                if param.place != Place::Header
                    && param.kind != Kind::Flag
                    && !param.is_form_token()
                    && !secret
                {
                    found.push((endpoint.clone(), at));
                }
            }
        }
        found
    }

    /// Signs the user in again where the sign-in has ended.
    pub(crate) async fn stay_signed_in(&mut self) -> Result<(), Stop> {
        let (Some(canary), Some(user)) = (self.canary.clone(), self.user.clone()) else { return Ok(()) };
        if !self.client.send(&canary, &user.who).await?.is_denied() {
            return Ok(());
        }
        let Some(password) = &user.password else { return Ok(()) };
        let again = session::sign_in(&mut self.client, &self.surface, &user.email, password).await?;
        if let Some(again) = again {
            self.keep_secret(&again);
            self.user = Some(again);
        }
        Ok(())
    }

    /// What is this person's and must not be in a report.
    pub(crate) fn keep_secret(&mut self, person: &Person) {
        self.secrets.extend(person.password.clone());
        self.secrets.extend(person.who.bearer.clone());
        self.secrets.extend(person.who.cookies.values().cloned());
    }

    /// Whether something was reported already.
    pub(crate) fn has(&self, rule: &Rule, method: &str, route: &str) -> bool {
        self.findings.iter().any(|one| one.rule.id == rule.id && one.method == method && one.path == route)
    }

    /// Reports a finding, once for each rule, route and parameter.
    pub(crate) fn report(&mut self, found: Found<'_>) {
        let Some((request, _)) = found.seen.first() else { return };
        let parameter = found.parameter.map(str::to_owned);
        let (method, path) = (request.method.clone(), request.route.clone());
        let same = |one: &Finding| {
            one.rule.id == found.rule.id
                && one.path == path
                && one.method == method
                && one.parameter == parameter
        };
        if self.findings.iter().any(same) || self.options.without.iter().any(|id| id == found.rule.id) {
            return;
        }
        let evidence = found
            .seen
            .iter()
            .map(|(sent, back)| mask::evidence(sent, back, found.about, &self.secrets))
            .collect();
        self.findings.push(Finding {
            rule: found.rule,
            method,
            path,
            parameter,
            detail: mask::without(found.detail, &self.secrets),
            confidence: found.confidence,
            evidence,
        });
    }
}

/// A finding before it is written down.
pub(crate) struct Found<'a> {
    pub(crate) rule: &'static Rule,
    pub(crate) parameter: Option<&'a str>,
    pub(crate) detail: String,
    pub(crate) confidence: Confidence,
    /// What was sent and answered; the first says where the fault is.
    pub(crate) seen: &'a [Exchange],
    /// What to show of long answers.
    pub(crate) about: &'a str,
}

impl<'a> Found<'a> {
    /// A certain finding about a route.
    pub(crate) fn certain(rule: &'static Rule, detail: impl Into<String>, seen: &'a [Exchange]) -> Self {
        Self {
            rule,
            parameter: None,
            detail: detail.into(),
            confidence: Confidence::Certain,
            seen,
            about: "",
        }
    }

    pub(crate) fn in_parameter(self, parameter: &'a str) -> Self {
        Self { parameter: Some(parameter), ..self }
    }

    pub(crate) fn about(self, about: &'a str) -> Self {
        Self { about, ..self }
    }

    pub(crate) fn probable(self) -> Self {
        Self { confidence: Confidence::Probable, ..self }
    }
}
