//! Fields that clients should not be able to set.

use serde_json::{Map, Value, json};

use crate::ask::{Exchange, Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::surface::{Endpoint, Place, ids_in};

pub(crate) static ASSIGNED: Rule = Rule {
    id: "mass-assignment",
    title: "Takes fields that are not for clients to set",
    cwe: 915,
    severity: Severity::High,
    remedy: "Read bodies into types that have the fields of the request and no others; refuse unknown ones.",
};
pub(crate) const RULES: &[&Rule] = &[&ASSIGNED];

/// Fields that give rights or money.
const PRIVILEGED: &[&str] = &[
    "role",
    "admin",
    "permission",
    "verified",
    "balance",
    "credit",
    "limit",
    "status",
    "approved",
    "owner",
    "user_id",
    "customer_id",
    "tier",
    "level",
    "active",
    "staff",
    "score",
    "scope",
];

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    if !scan.options.writes {
        return Ok(());
    }
    for endpoint in scan.endpoints() {
        let writes = matches!(endpoint.method.as_str(), "POST" | "PUT" | "PATCH") && endpoint.json.is_some();
        if writes && !crate::session::is_about_credentials(&endpoint) {
            look(scan, &endpoint).await?;
        }
    }
    Ok(())
}

/// Sends the fields that the answer has and the request should not, with other values.
async fn look(scan: &mut Scan, endpoint: &Endpoint) -> Result<(), Stop> {
    let before = scan.ask(endpoint, &[]).await?;
    let Some(Value::Object(shown)) = state(scan, endpoint, &before).await?.filter(|_| before.1.is_success())
    else {
        return Ok(());
    };
    for (field, value) in &shown {
        let lower = field.to_lowercase();
        let asked = endpoint.json.as_ref().is_some_and(|body| body.get(field).is_some());
        if asked || !PRIVILEGED.iter().any(|word| lower.contains(word)) {
            continue;
        }
        let mut seen = Vec::new();
        for value in others(value) {
            match set(scan, endpoint, field, &value).await? {
                Some(exchange) => seen.push(exchange),
                None => break,
            }
        }
        if seen.len() == 2 {
            let detail = format!("`{field}` is not documented for requests, and takes what is sent");
            scan.report(Found::certain(&ASSIGNED, detail, &seen).in_parameter(field).about(field));
        }
    }
    Ok(())
}

/// Two values that the field does not have.
fn others(value: &Value) -> [Value; 2] {
    match value {
        // A flag has but one other value; the second time it is put back and forth.
        Value::Bool(flag) => [json!(!flag), json!(!flag)],
        Value::Number(_) => [json!(771_771), json!(882_882)],
        Value::Array(_) => [json!(["admin"]), json!(["manager"])],
        _ => [json!("admin"), json!("manager")],
    }
}

async fn set(
    scan: &mut Scan,
    endpoint: &Endpoint,
    field: &str,
    value: &Value,
) -> Result<Option<Exchange>, Stop> {
    let mut more = endpoint.clone();
    if let Some(Value::Object(fields)) = &mut more.json {
        fields.insert(field.to_owned(), value.clone());
    }
    let exchange = scan.ask(&more, &[]).await?;
    if !exchange.1.is_success() {
        return Ok(None);
    }
    let now = state(scan, endpoint, &exchange).await?;
    Ok(now.and_then(|now| now.get(field).cloned()).filter(|now| now == value).map(|_| exchange))
}

/// What the thing is now: as it is read afterwards where it can be read, else as the answer says.
async fn state(scan: &mut Scan, endpoint: &Endpoint, (_, answer): &Exchange) -> Result<Option<Value>, Stop> {
    let said = answer.json().map(unwrapped);
    let id = said.as_ref().map(ids_in).unwrap_or_default().into_iter().next();
    let me = scan.me();
    let all = scan.endpoints();
    let reader = all.iter().find(|one| {
        one.method == "GET"
            && (one.path == endpoint.path
                || one.path.starts_with(&format!("{}/{{", endpoint.path)) && one.path.ends_with('}'))
            && (one.has_path_params() || endpoint.method != "POST")
    });
    let Some(reader) = reader else { return Ok(said) };
    let at = reader.params.iter().position(|param| param.place == Place::Path);
    let own =
        endpoint.params.iter().find(|param| param.place == Place::Path).map(|param| param.sample.clone());
    let id = if endpoint.has_path_params() { own } else { id };
    let changes: Vec<(usize, &str)> = at.zip(id.as_deref()).into_iter().collect();
    let request = scan.request(reader, &changes);
    let read = scan.send(&request, &me).await?;
    Ok(if read.is_success() { read.json().map(unwrapped) } else { said })
}

/// The thing itself, where an answer wraps it.
fn unwrapped(value: Value) -> Value {
    let fields: Option<&Map<String, Value>> = value.as_object();
    match fields {
        Some(fields) if fields.len() == 1 => {
            fields.values().next().filter(|inner| inner.is_object()).cloned().unwrap_or(value)
        }
        _ => value,
    }
}
