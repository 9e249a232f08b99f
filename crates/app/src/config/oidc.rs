//! The settings of sign-in through providers.
#![expect(clippy::disallowed_types, reason = "what serde makes of a flattened table takes any number")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::OidcProvider;

/// Sign-in through providers, each in a table of its own name.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "each is described in default.toml, from which the documentation is made")]
pub struct Oidc {
    pub register: bool,
    pub next_paths: String,
    pub ca_file: PathBuf,
    #[serde(flatten)]
    pub providers: BTreeMap<String, OidcProvider>,
}

/// What a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OidcKind {
    /// OpenID Connect, by discovery.
    Openid,
    /// OAuth 2 as GitHub has it.
    Github,
}
