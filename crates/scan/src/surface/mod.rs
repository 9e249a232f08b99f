//! The surface of the target: what can be asked of it.

mod crawl;
mod endpoint;
pub(crate) mod html;
mod openapi;
mod sample;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use crawl::Crawler;
pub(crate) use endpoint::{Endpoint, Kind, Param, Place};
pub(crate) use openapi::endpoints as read_document;

/// Everything that is known to be there, in one order.
#[derive(Default)]
pub(crate) struct Surface {
    pub(crate) endpoints: Vec<Endpoint>,
    /// Addresses that answered with a page.
    pub(crate) pages: Vec<String>,
}

impl Surface {
    /// Adds what is not known yet.
    pub(crate) fn add(&mut self, found: impl IntoIterator<Item = Endpoint>) {
        for endpoint in found {
            let known = self.endpoints.iter().any(|one| one.covers(&endpoint));
            if !known {
                self.endpoints.push(endpoint);
            }
        }
        self.endpoints.sort_by_cached_key(|one| (one.path.clone(), one.method.clone(), one.form));
    }

    /// Puts identifiers that belong to the user where one is wanted; what something goes to is another than what it
    /// comes from, where there are two.
    pub(crate) fn fill(&mut self, owned: &BTreeMap<String, Vec<String>>) {
        for endpoint in &mut self.endpoints {
            for at in 0..endpoint.params.len() {
                let currency = endpoint.params.get(at).is_some_and(|param| param.name == CURRENCY);
                let noun = if currency { Some(CURRENCY.to_owned()) } else { endpoint.noun(at) };
                let Some(ids) = noun.and_then(|noun| owned.get(&noun)) else { continue };
                let Some(param) = endpoint.params.get_mut(at) else { continue };
                let goes_there = param.name.to_lowercase().starts_with("to_");
                let second = ids.get(1).filter(|_| goes_there);
                let Some(id) = second.or(ids.first()) else { continue };
                param.sample.clone_from(id);
                let Place::Json(pointer) = &param.place else { continue };
                for body in [&mut endpoint.json, &mut endpoint.slim].into_iter().flatten() {
                    if let Some(slot) = body.pointer_mut(pointer).filter(|slot| slot.is_string()) {
                        *slot = Value::String(id.clone());
                    }
                }
            }
        }
    }
}

/// The field that amounts have to agree in; what is the user's tells which it is.
pub(crate) const CURRENCY: &str = "currency";

/// The first currency in an answer.
pub(crate) fn currency_in(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get(CURRENCY).and_then(Value::as_str).map(str::to_owned);
            own.or_else(|| fields.values().find_map(currency_in))
        }
        Value::Array(all) => all.iter().find_map(currency_in),
        _ => None,
    }
}

/// The values of `id` in an answer: of the thing itself, or of those in a list.
pub(crate) fn ids_in(value: &Value) -> Vec<String> {
    let own = |thing: &Value| match thing.get("id") {
        Some(Value::String(id)) => Some(id.clone()),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => None,
    };
    match value {
        Value::Array(things) => things.iter().filter_map(own).collect(),
        Value::Object(fields) => match own(value) {
            Some(id) => vec![id],
            None => fields.values().filter(|field| field.is_array()).flat_map(ids_in).collect(),
        },
        _ => Vec::new(),
    }
}

/// A noun as collections are called: `account` and `accounts` are one.
pub(crate) fn plural(noun: &str) -> String {
    let noun = noun.to_lowercase();
    if noun.ends_with('s') { noun } else { format!("{noun}s") }
}
