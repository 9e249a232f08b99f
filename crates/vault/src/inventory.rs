//! What is encrypted or signed with what, written down by the program itself.

use crate::{Purpose, purpose};

/// The cryptography in use, as JSON: every derivation label with what its key is used with, and every format.
pub fn inventory() -> String {
    let mut keys = vec![
        entry(purpose::WRAP, "master key", "AES-256-GCM"),
        entry(purpose::MASTER_ID, "master key", "none: names the master key"),
        entry(purpose::FILE_KEY, "key file", "AES-256-GCM (segments)"),
        entry(purpose::FERNET_ID, "Fernet key", "none: names the Fernet key"),
        entry(purpose::FIELD, "sealing key", "AES-256-GCM"),
        entry(&format!("{}{{table}}.{{column}}", purpose::BLIND), "root", "HMAC-SHA-256"),
    ];
    keys.extend(Purpose::ALL.iter().map(|one| entry(one.label(), "root", one.algorithm())));
    let formats = [
        r#"{ "format": "fl1", "what": "sealed field", "cipher": "AES-256-GCM", "key_bits": 256, "nonce_bits": 96 }"#,
        r#"{ "format": "FLORINF1", "what": "file", "cipher": "AES-256-GCM", "key_bits": 256, "segment_bytes": 65536 }"#,
        r#"{ "format": "fernet", "what": "field of other systems", "cipher": "AES-128-CBC and HMAC-SHA-256", "key_bits": 128 }"#,
    ];
    format!(
        "{{\n  \"derivation\": \"HKDF-SHA-256\",\n  \"keys\": [\n    {}\n  ],\n  \"formats\": [\n    {}\n  ]\n}}\n",
        keys.join(",\n    "),
        formats.join(",\n    "),
    )
}

fn entry(label: &str, from: &str, used_with: &str) -> String {
    format!(r#"{{ "label": "{label}", "from": "{from}", "used_with": "{used_with}" }}"#)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Set `FLORIN_UPDATE_SNAPSHOTS` to write the committed text anew.
    #[test]
    fn the_committed_inventory_is_the_one_the_program_writes() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/crypto-inventory.json");
        if std::env::var_os("FLORIN_UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&path, inventory()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), inventory());
    }

    #[test]
    fn the_inventory_is_json_and_names_every_label_once() {
        let parsed: serde_json::Value = serde_json::from_str(&inventory()).unwrap();
        let keys = parsed["keys"].as_array().unwrap();
        for purpose in Purpose::ALL {
            assert_eq!(keys.iter().filter(|key| key["label"] == purpose.label()).count(), 1);
        }
    }
}
