//! Providers of names of one's own: the only settings whose keys are not all known beforehand.

use toml::{Table, Value};

use super::Setting;

/// How the keys end whose values are never shown.
pub(super) const SECRET_ENDS: &str = ".client_secret";
/// Where providers are.
const SECTION: &str = "oidc";
/// The provider whose settings describe those of all others.
const MODEL: &str = "google";
const NAME_MAX: usize = 32;

/// The settings of a provider before any of them is set.
const UNSET: [(&str, &str); 5] = [
    ("kind", "openid"),
    ("issuer", ""),
    ("client_id", ""),
    ("client_secret", ""),
    ("scopes", "openid email profile"),
];

/// Makes room for the provider that a key is of, `oidc.NAME.setting`, unless there is something of that name.
pub(super) fn admit(tree: &mut Table, key: &str) {
    let mut parts = key.split('.');
    let (Some(SECTION), Some(name), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    let named = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    if !(1..=NAME_MAX).contains(&name.len()) || !name.bytes().all(named) {
        return;
    }
    if let Some(section) = tree.get_mut(SECTION).and_then(Value::as_table_mut) {
        section.entry(name).or_insert_with(|| {
            let unset = UNSET.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
            Value::Table(unset.collect())
        });
    }
}

/// Describes the settings of providers that the defaults do not know, after the others of their section.
pub(super) fn describe(tree: &Table, settings: &mut Vec<Setting>) {
    let Some(section) = tree.get(SECTION).and_then(Value::as_table) else { return };
    let of_section = format!("{SECTION}.");
    for (provider, _) in section.iter().filter(|(_, value)| value.is_table()) {
        if settings.iter().any(|setting| setting.key.starts_with(&format!("{of_section}{provider}."))) {
            continue;
        }
        for (name, value) in UNSET {
            let model = format!("{of_section}{MODEL}.{name}");
            let doc = settings.iter().find(|setting| setting.key == model).map(|model| model.doc.clone());
            let last = settings.iter().rposition(|setting| setting.key.starts_with(&of_section));
            let described = Setting {
                key: format!("{of_section}{provider}.{name}"),
                value: value.to_owned(),
                origin: "default".to_owned(),
                doc: doc.unwrap_or_default(),
            };
            settings.insert(last.map_or(settings.len(), |last| last.saturating_add(1)), described);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use secrecy::ExposeSecret as _;

    use super::super::{Loaded, OidcKind, Sources};

    fn loaded(variables: &[(&str, &str)]) -> Result<Loaded, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment: BTreeMap<String, String> = variables.collect();
        Loaded::read(&Sources { environment, ..Sources::default() }).map_err(|error| error.to_string())
    }

    #[test]
    fn a_provider_has_whatever_name_it_is_given() {
        let loaded = loaded(&[
            ("FLORIN_OIDC__ACME__ISSUER", "https://id.acme.example"),
            ("FLORIN_OIDC__ACME__CLIENT_SECRET", "hush-hush"),
            ("FLORIN_OIDC__GITHUB__CLIENT_ID", "florin"),
        ])
        .unwrap();

        let providers = &loaded.config.oidc.providers;
        let names: Vec<&str> = providers.keys().map(String::as_str).collect();
        assert_eq!(names, ["acme", "github", "google"]);
        let acme = &providers["acme"];
        assert_eq!((acme.issuer.as_str(), acme.kind), ("https://id.acme.example", OidcKind::Openid));
        assert_eq!(acme.client_secret.expose_secret(), "hush-hush");
        assert_eq!(providers["github"].client_id, "florin");
        assert!(!format!("{loaded:?}").contains("hush-hush"), "a secret shows");
        let shown = |key: &str| loaded.settings.iter().find(|setting| setting.key == key).unwrap();
        assert_eq!(shown("oidc.acme.client_secret").value, "••••");
        assert_eq!(shown("oidc.acme.issuer").origin, "FLORIN_OIDC__ACME__ISSUER");
        assert!(shown("oidc.acme.issuer").doc.ends_with('.'));
    }

    #[test]
    fn a_file_has_providers_as_tables() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[oidc]\nregister = false\n[oidc.acme]\nclient_id = \"florin\"\n")
            .unwrap();
        let sources = Sources { file: Some(file.path().to_owned()), ..Sources::default() };

        let oidc = Loaded::read(&sources).unwrap().config.oidc;

        assert!(!oidc.register);
        assert_eq!(oidc.providers["acme"].client_id, "florin");
    }

    #[test]
    fn what_is_no_setting_of_a_provider_is_named() {
        for (name, value) in [
            ("FLORIN_OIDC__ACME__SECRET", "x"),
            ("FLORIN_OIDC__ACME__REALM__NAME", "x"),
            ("FLORIN_OIDC__AC-ME__ISSUER", "x"),
            ("FLORIN_OIDC__REGISTER__ISSUER", "x"),
            ("FLORIN_OIDC__ACME__KIND", "saml"),
            ("FLORIN_OIDC__ISSUER", "x"),
        ] {
            assert!(loaded(&[(name, value)]).unwrap_err().contains(name), "{name}");
        }
    }
}
