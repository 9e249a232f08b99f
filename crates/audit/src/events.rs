//! Security events: which records are some, and how each is told, as a line of text or in the names of the Elastic Common
//! Schema. `docs/siem.md` describes both.

use std::fmt::Write as _;
use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::record::Record;

/// The version of the schema whose names are used.
const ECS_VERSION: &str = "8.17.0";

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventFormat {
    /// A line for people.
    Text,
    /// A JSON object a line, in the names of the Elastic Common Schema.
    Ecs,
}

impl FromStr for EventFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "ecs" => Ok(Self::Ecs),
            _ => Err("text or ecs is wanted".to_owned()),
        }
    }
}

/// What kind of event an action is, in the words of the schema: its category and type.
type Kind = (&'static str, &'static str);

/// By the actions' codes, or what they begin with.
const KINDS: &[(&str, Kind)] = &[
    ("session.login", ("authentication", "start")),
    ("session.logout", ("authentication", "end")),
    ("session.end", ("session", "end")),
    ("session.refresh", ("session", "info")),
    ("session.step_up", ("authentication", "info")),
    ("session.", ("session", "info")),
    ("user.register", ("iam", "creation")),
    ("user.change_roles", ("iam", "change")),
    ("user.change_password", ("iam", "change")),
    ("user.reset_password", ("iam", "change")),
    ("user.suspend", ("iam", "change")),
    ("user.unlock", ("iam", "change")),
    ("user.", ("iam", "user")),
    ("device.", ("iam", "change")),
    ("factor.", ("iam", "change")),
    ("api_key.", ("iam", "change")),
    ("federation.", ("iam", "change")),
    ("approval.", ("iam", "admin")),
    ("employee.", ("iam", "change")),
    ("audit.", ("configuration", "access")),
    ("operations.", ("configuration", "change")),
    ("ledger.close_period", ("configuration", "change")),
    ("account.change", ("configuration", "change")),
];

/// Refusals that are about security whatever was tried.
const REFUSALS: &[&str] = &["forbidden", "step_up_required", "declined_by_risk", "device_mismatch"];

/// What kind of security event a record is; `None` where it is none: money that moved, and refusals that are business.
fn kind_of(record: &Record) -> Option<Kind> {
    let named = KINDS.iter().find(|(code, _)| {
        if code.ends_with('.') { record.action.starts_with(code) } else { record.action == *code }
    });
    let kind = named.map(|(_, kind)| *kind);
    // An exchange of tokens that succeeds happens every few minutes to everybody.
    let is_routine = record.action == "session.refresh" && record.outcome == "success";
    let refused = record.error.as_deref().is_some_and(|error| REFUSALS.contains(&error));
    match kind {
        Some(kind) if !is_routine => Some(kind),
        _ if refused => Some(("intrusion_detection", "denied")),
        _ => None,
    }
}

/// The name of the event in OWASP's logging vocabulary, where it has one.
fn owasp(record: &Record) -> Option<&'static str> {
    let succeeded = record.outcome == "success";
    match (record.action.as_str(), record.error.as_deref()) {
        ("session.login", _) if succeeded => Some("authn_login_success"),
        ("session.login", Some("account_locked")) => Some("authn_login_lock"),
        ("session.login", _) => Some("authn_login_fail"),
        ("session.refresh", Some(_)) => Some("authn_token_reuse"),
        ("session.logout" | "session.end", _) => Some("session_expired"),
        ("user.register", _) if succeeded => Some("user_created"),
        ("user.change_password" | "user.reset_password", _) if succeeded => Some("authn_password_change"),
        ("user.change_password" | "user.reset_password", _) => Some("authn_password_change_fail"),
        ("user.change_roles", _) => Some("privilege_permissions_changed"),
        ("user.change" | "user.suspend" | "user.unlock", _) => Some("user_updated"),
        ("api_key.create", _) if succeeded => Some("authn_token_created"),
        ("api_key.revoke", _) if succeeded => Some("authn_token_revoked"),
        ("audit.read", _) => Some("sensitive_read"),
        (_, Some("forbidden")) => Some("authz_fail"),
        _ => None,
    }
}

/// The line of this record's event, without its end; `None` where it is no security event.
pub fn line(record: &Record, format: EventFormat) -> Option<String> {
    let kind = kind_of(record)?;
    Some(match format {
        EventFormat::Text => text(record),
        EventFormat::Ecs => ecs(record, kind).to_string(),
    })
}

/// Who, in words.
fn who(record: &Record) -> String {
    match (record.actor_kind.as_str(), record.user_id, record.operator.as_deref()) {
        ("client", Some(user), _) => format!("a key of user {user}"),
        (_, Some(user), _) => format!("user {user}"),
        (_, None, Some(operator)) => format!("the system ({operator})"),
        _ => "a stranger".to_owned(),
    }
}

fn message(record: &Record) -> String {
    let mut message = format!("{} by {}", record.action, who(record));
    if let Some(ip) = &record.ip {
        let _ = write!(message, " from {ip}");
    }
    let _ = write!(message, ": {}", record.outcome);
    if let Some(error) = &record.error {
        let _ = write!(message, " ({error})");
    }
    // What came from outside must not look like another line.
    message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn text(record: &Record) -> String {
    let about = record.resource_id.map(|id| format!(" {}={id}", record.resource_kind)).unwrap_or_default();
    let request = record.request_id.as_deref().map(|id| format!(" request={id}")).unwrap_or_default();
    let line = format!("{} {} {}{about}{request}", record.at(), record.id(), message(record));
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn ecs(record: &Record, (category, event_type): Kind) -> Value {
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            event.insert(name.to_owned(), value);
        }
    };
    put("@timestamp", json!(record.at().to_string()));
    put("ecs.version", json!(ECS_VERSION));
    put("event.kind", json!("event"));
    put("event.dataset", json!("florin.audit"));
    put("event.id", json!(record.id().to_string()));
    put("event.sequence", json!(record.seq));
    put("event.category", json!([category]));
    let denied = if record.outcome == "failure" && event_type != "denied" { Some("denied") } else { None };
    put("event.type", json!([event_type].into_iter().chain(denied).collect::<Vec<_>>()));
    put("event.action", json!(record.action));
    put("event.code", json!(owasp(record)));
    put("event.outcome", json!(record.outcome));
    put("event.reason", json!(record.error));
    put("message", json!(message(record)));
    put("user.id", json!(record.user_id.map(|id| id.to_string())));
    put("source.ip", json!(record.ip));
    put("user_agent.original", json!(record.user_agent));
    put("http.request.id", json!(record.request_id));
    put("service.type", json!("florin"));
    put("florin.actor", json!(record.actor_kind));
    put("florin.operator", json!(record.operator));
    put("florin.session.id", json!(record.session_id.map(|id| id.to_string())));
    put("florin.resource.kind", json!(record.resource_kind));
    put("florin.resource.id", json!(record.resource_id.map(|id| id.to_string())));
    put("florin.details", record.details());
    Value::Object(event)
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::*;

    fn record(action: &str, error: Option<&str>) -> Record {
        Record {
            seq: 7,
            at_us: 1_795_275_200_000_001,
            action: action.to_owned(),
            resource_kind: "session".to_owned(),
            resource_id: None,
            actor_kind: "anonymous".to_owned(),
            user_id: Some(Uuid::from_u128(5)),
            session_id: None,
            operator: None,
            ip: Some("192.0.2.7".to_owned()),
            user_agent: Some("curl\n=x".to_owned()),
            request_id: Some("r\u{1b}[31m-1".to_owned()),
            outcome: if error.is_some() { "failure" } else { "success" }.to_owned(),
            error: error.map(str::to_owned),
            detail: None,
        }
    }

    #[test]
    fn a_failed_sign_in_is_told_in_the_names_of_the_schema() {
        let line = line(&record("session.login", Some("invalid_credentials")), EventFormat::Ecs).unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();

        assert_eq!(event["event.category"], json!(["authentication"]));
        assert_eq!(event["event.type"], json!(["start", "denied"]));
        assert_eq!(event["event.outcome"], "failure");
        assert_eq!(event["event.reason"], "invalid_credentials");
        assert_eq!(event["event.code"], "authn_login_fail");
        assert_eq!(event["user.id"], Uuid::from_u128(5).to_string());
        assert_eq!(event["source.ip"], "192.0.2.7");
        assert_eq!(event["@timestamp"], "2026-11-21T15:33:20.000001Z");
        assert!(!line.contains('\n'));
    }

    #[test]
    fn a_line_for_people_is_one_line_whatever_a_client_sends() {
        let line = line(&record("session.login", None), EventFormat::Text).unwrap();

        assert!(line.contains("session.login by user") && line.contains("from 192.0.2.7: success"), "{line}");
        assert!(!line.chars().any(char::is_control));
    }

    #[test]
    fn money_that_moves_is_no_security_event_and_what_is_denied_is() {
        assert_eq!(line(&record("transfer.create", None), EventFormat::Ecs), None);
        assert_eq!(line(&record("transfer.create", Some("insufficient_funds")), EventFormat::Text), None);
        assert_eq!(line(&record("session.refresh", None), EventFormat::Text), None);
        assert!(line(&record("session.refresh", Some("refresh_reused")), EventFormat::Text).is_some());
        assert!(line(&record("transfer.create", Some("forbidden")), EventFormat::Text).is_some());
        assert!(line(&record("factor.add", None), EventFormat::Text).is_some());
    }
}
