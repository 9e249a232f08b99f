//! The record that every unit of work leaves of itself, in the same commit.

use std::borrow::Cow;
use std::fmt::Write as _;

use florin_kernel::{Permit, Principal, Uuid};

use crate::Value;
use crate::bulk::{Bulk, BulkStatement, Kind};
use crate::masking::masked;

/// How what was tried ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused, with this stable code.
    Failure(&'static str),
}

/// Who did what to what, from where, and how it ended.
#[derive(Clone, Debug)]
pub struct AuditRecord {
    /// The action's code.
    pub action: &'static str,
    /// The noun acted upon.
    pub resource_kind: &'static str,
    /// Which one.
    pub resource_id: Option<Uuid>,
    /// `anonymous`, `user`, `client` or `system`.
    pub actor_kind: &'static str,
    /// The person.
    pub user_id: Option<Uuid>,
    /// The sign-in, or the key that a client signed in with.
    pub session_id: Option<Uuid>,
    /// The part of the program.
    pub operator: Option<&'static str>,
    /// The client's address.
    pub ip: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Notes; what looks like a secret is masked when they are written.
    pub details: Vec<(&'static str, String)>,
    /// What changed: the field, what it was and what it is.
    pub changes: Vec<(&'static str, Option<String>, Option<String>)>,
}

impl AuditRecord {
    /// The record of something done under `permit`.
    pub fn of(permit: &Permit) -> Self {
        let (actor_kind, user_id, session_id, operator) = match permit.principal() {
            Principal::Anonymous => ("anonymous", None, None, None),
            Principal::User { user, session, .. } => ("user", Some(user.uuid()), Some(session.uuid()), None),
            // A key stands where a sign-in does; its kind says which of the two it is.
            Principal::Client { key, owner, .. } => ("client", Some(owner.uuid()), Some(key.uuid()), None),
            Principal::System(operator) => ("system", None, None, Some(operator.0)),
        };
        let origin = permit.origin();
        Self {
            action: permit.action().code(),
            resource_kind: permit.resource().kind,
            resource_id: permit.resource().id,
            actor_kind,
            user_id,
            session_id,
            operator,
            ip: origin.ip.map(|ip| ip.to_string()),
            user_agent: origin.user_agent.as_deref().map(str::to_owned),
            request_id: origin.request_id.as_deref().map(str::to_owned),
            outcome: Outcome::Success,
            details: Vec::new(),
            changes: Vec::new(),
        }
    }

    fn detail_json(&self) -> Option<String> {
        if self.details.is_empty() && self.changes.is_empty() {
            return None;
        }
        let notes = self.details.iter().map(|(key, value)| (*key, quoted(&masked(key, value))));
        let mut members: Vec<(&str, String)> = notes.collect();
        if !self.changes.is_empty() {
            let before =
                self.changes.iter().map(|(field, before, _)| (*field, shown(field, before.as_deref())));
            let after = self.changes.iter().map(|(field, _, after)| (*field, shown(field, after.as_deref())));
            members.push(("before", object(before)));
            members.push(("after", object(after)));
        }
        Some(object(members))
    }
}

/// A field's value as JSON, masked.
fn shown(field: &str, value: Option<&str>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| quoted(&masked(field, value)))
}

/// A JSON object of these members, whose values are JSON.
fn object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut json = String::from("{");
    for (index, (key, value)) in members.into_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(json, "{comma}{}:{value}", quoted(key));
    }
    json.push('}');
    json
}

/// Text as a JSON string.
fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len().saturating_add(2));
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(json, "\\u{:04x}", u32::from(c));
            }
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

// On PostgreSQL the transaction must have its number before a record has one: by that the sealing job knows below which number
// no record can appear any more. The condition, which always holds, is decided before the first row is made.
static INSERT: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO audit_record (at_us, action, resource_kind, resource_id, actor_kind, user_id, session_id, operator, ip, \
             user_agent, request_id, outcome, error, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    postgres: "INSERT INTO audit_record (at_us, action, resource_kind, resource_id, actor_kind, user_id, session_id, operator, ip, \
               user_agent, request_id, outcome, error, detail) \
               SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::text[], \
               $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[]) \
               WHERE pg_current_xact_id() IS NOT NULL",
    columns: &[
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Uuid,
        Kind::Text,
        Kind::Uuid,
        Kind::Uuid,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
    ],
};

/// The rows of audit records that happened at `at_us`.
pub fn bulk_of(at_us: i64, records: impl IntoIterator<Item = AuditRecord>) -> Bulk {
    let mut bulk = Bulk::new(&INSERT);
    for record in records {
        let detail = record.detail_json();
        let (outcome, error) = match record.outcome {
            Outcome::Success => ("success", None),
            Outcome::Failure(code) => ("failure", Some(code)),
        };
        let fixed = |text: &'static str| Value::Text(Cow::Borrowed(text));
        bulk.push([
            Value::Int(at_us),
            fixed(record.action),
            fixed(record.resource_kind),
            record.resource_id.into(),
            fixed(record.actor_kind),
            record.user_id.into(),
            record.session_id.into(),
            record.operator.map_or(Value::Null, fixed),
            record.ip.into(),
            record.user_agent.into(),
            record.request_id.into(),
            fixed(outcome),
            error.map_or(Value::Null, fixed),
            detail.into(),
        ]);
    }
    bulk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_as_it_was_and_as_it_is() {
        let permit = florin_kernel::Actor::system("test")
            .permit(florin_kernel::Action::Operate, florin_kernel::Resource::kind("test"))
            .unwrap();
        let mut record = AuditRecord::of(&permit);
        record.details.push(("reason", "asked \"twice\"".to_owned()));
        record.changes.push(("status", Some("active".to_owned()), Some("frozen".to_owned())));
        record.changes.push(("password", None, Some("hunter2".to_owned())));

        assert_eq!(
            record.detail_json().unwrap(),
            r#"{"reason":"asked \"twice\"","before":{"status":"active","password":null},"after":{"status":"frozen","password":"[masked]"}}"#
        );
    }

    #[test]
    fn details_are_json_whatever_they_hold() {
        assert_eq!(quoted("a\"b\\c\n\u{1}é"), "\"a\\\"b\\\\c\\u000a\\u0001é\"");
    }
}
