//! Sign-in through providers, as the configuration has it.

use std::sync::Arc;

use florin_identity::{ClientSecret, FederationSettings, ProviderClient, ProviderKind, ProviderSettings};
use florin_vault::{Keyring, Purpose};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::StartError;
use crate::config::{Config, Environment, Oidc, OidcKind, OidcProvider};
use crate::provider_client::HttpProviders;

/// Which providers there are: those that were given a client.
pub(crate) fn settings(config: &Config) -> FederationSettings {
    let Oidc { register, next_paths, providers, .. } = &config.oidc;
    FederationSettings {
        providers: providers
            .iter()
            .filter(|(name, provider)| is_meant(name, provider))
            .map(provider)
            .collect(),
        register: *register,
        next_paths: next_paths.split_ascii_whitespace().map(str::to_owned).collect(),
        public_url: config.public_url(),
        loopback: config.instance.environment == Environment::Development,
    }
}

/// Whether somebody meant to set a provider up. Google and GitHub are there, without a client, for everybody.
fn is_meant(name: &str, provider: &OidcProvider) -> bool {
    let preset = matches!(name, "google" | "github");
    !preset || !provider.client_id.is_empty() || !provider.client_secret.expose_secret().is_empty()
}

fn provider((name, provider): (&String, &OidcProvider)) -> ProviderSettings {
    ProviderSettings {
        name: name.clone(),
        kind: match provider.kind {
            OidcKind::Openid => ProviderKind::OpenId,
            OidcKind::Github => ProviderKind::GitHub,
        },
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        client_secret: ClientSecret::new(provider.client_secret.clone()),
        scopes: provider.scopes.clone(),
    }
}

/// What asks the providers.
///
/// # Errors
/// [`StartError::System`] when the file of authorities cannot be read.
pub(crate) fn client(config: &Config) -> Result<Arc<dyn ProviderClient>, StartError> {
    let ca_file = Some(config.oidc.ca_file.as_path()).filter(|path| !path.as_os_str().is_empty());
    Ok(Arc::new(HttpProviders::open(ca_file)?))
}

/// The key that binds a sign-in at a provider to the browser that began it.
pub(crate) fn key(vault: &Keyring) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(*vault.derive(Purpose::FederatedLogin).expose())
}
