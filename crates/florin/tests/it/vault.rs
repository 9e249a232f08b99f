//! The keys that fields are sealed with: made once, kept outside the database, and never lost quietly.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use florin_app::{Services, StartError};
use florin_db::Access;
use florin_kernel::{Env, Uuid};
use florin_testkit::{TestApp, on_both_engines, test_databases};
use florin_vault::{Place, VaultError};

const PLACE: Place<'static> = Place::new("person", "tax_number", Uuid::from_u128(7));
const OTHER_KEY: &str = "8f1d2c3b4a5968778695a4b3c2d1e0ff0123456789abcdeffedcba9876543210";

/// Another process over the same database and the same files: a command beside the server.
async fn beside(app: &TestApp) -> Result<Services, StartError> {
    let config = florin_app::config::Config::clone(&app.services.config);
    Services::open(config, Access::Command, Env::system()).await
}

fn write_private(path: &Path, content: &[u8]) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn what_was_sealed_opens_after_a_restart() {
    for database in test_databases() {
        let app = TestApp::start(database).await;
        let sealed = app.services.vault.seal(&PLACE, b"078-05-1120").unwrap();

        let app = Box::pin(app.restart()).await.unwrap();

        assert_eq!(app.services.vault.open(&PLACE, &sealed).unwrap().expose(), b"078-05-1120");
        app.finish().await;
    }
}

on_both_engines! {
    async fn processes_over_one_database_share_its_keys_and_make_them_once(app: &TestApp) {
        let sealed = app.services.vault.seal(&PLACE, b"078-05-1120").unwrap();

        let other = beside(app).await.unwrap();

        assert_eq!(other.vault.open(&PLACE, &sealed).unwrap().expose(), b"078-05-1120");
        assert_eq!(app.count("SELECT COUNT(*) FROM vault_key").await, 2);
        let made = "SELECT COUNT(*) FROM audit_record WHERE resource_kind = 'vault_key' AND operator = 'start'";
        assert_eq!(app.count(made).await, 1);
    }

    async fn without_its_master_key_nothing_starts_and_no_other_is_made(app: &TestApp) {
        let file = app.data().join("keys/master.key");
        let kept = std::fs::read(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        std::fs::remove_file(&file).unwrap();
        let gone = beside(app).await.err().unwrap();
        assert!(gone.to_string().contains("master.key is gone") && !file.exists(), "{gone}");

        write_private(&file, OTHER_KEY.as_bytes());
        let another = beside(app).await.err();
        assert!(matches!(another, Some(StartError::Vault(VaultError::MasterMissing { .. }))), "{another:?}");

        write_private(&file, &kept);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let exposed = beside(app).await.err();
        assert!(matches!(exposed, Some(StartError::Vault(VaultError::Exposed(_)))), "{exposed:?}");

        write_private(&file, &kept);
        assert!(beside(app).await.is_ok());
    }

    async fn the_master_key_moves_from_its_file_into_a_setting(app: &TestApp) {
        let file = app.data().join("keys/master.key");
        let kept = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let sealed = app.services.vault.seal(&PLACE, b"078-05-1120").unwrap();
        let open = |master: &str, previous: &str| {
            let mut config = florin_app::config::Config::clone(&app.services.config);
            config.vault.master_key = master.to_owned().into();
            config.vault.previous_master_key = previous.to_owned().into();
            Services::open(config, Access::Command, Env::system())
        };

        let moved = open(&kept, "").await.unwrap();
        let replaced = open(OTHER_KEY, &kept).await.unwrap();
        let weak = open(&"00".repeat(32), &kept).await.err();

        for services in [moved, replaced] {
            assert_eq!(services.vault.open(&PLACE, &sealed).unwrap().expose(), b"078-05-1120");
            assert!(!format!("{:?}", services.config).contains(kept.trim()));
        }
        assert!(matches!(weak, Some(StartError::Vault(VaultError::MasterWeak))), "{weak:?}");
        assert!(!file.exists());
    }

    async fn a_key_that_was_made_seals_once_every_process_has_read_it_and_what_was_sealed_before_opens(app: &TestApp) {
        let other = beside(app).await.unwrap();
        let before = app.services.vault.seal(&PLACE, b"078-05-1120").unwrap();
        let made = florin_app::keys::rotate_vault(&app.services.config, &app.services.db).await.unwrap();
        assert_eq!(made, "seal-2");

        app.services.look_after_vault().await.unwrap();
        assert!(app.services.vault.knows(2) && app.services.vault.active_version() == 1, "read, and not used yet");
        let again = florin_app::keys::rotate_vault(&app.services.config, &app.services.db).await;
        assert!(again.unwrap_err().to_string().contains("waits to take over"));

        app.clock.advance_seconds(179);
        app.services.look_after_vault().await.unwrap();
        assert_eq!(app.services.vault.active_version(), 1);
        app.clock.advance_seconds(1);
        app.services.look_after_vault().await.unwrap();
        assert_eq!(app.services.vault.active_version(), 2);

        let after = app.services.vault.seal(&PLACE, b"078-05-1120").unwrap();
        assert!(before.starts_with("fl1.1.") && after.starts_with("fl1.2."), "{before} {after}");
        assert_eq!(app.services.vault.open(&PLACE, &before).unwrap().expose(), b"078-05-1120");
        // A process that did not look yet goes on sealing with the key before, which everybody can open.
        assert!(other.vault.seal(&PLACE, b"x").unwrap().starts_with("fl1.1."));
        other.look_after_vault().await.unwrap();
        assert_eq!(other.vault.open(&PLACE, &after).unwrap().expose(), b"078-05-1120");
        assert!(other.vault.seal(&PLACE, b"x").unwrap().starts_with("fl1.2."));
        assert_eq!(app.count("SELECT COUNT(*) FROM vault_key WHERE kind = 'seal' AND state = 'active'").await, 1);
    }
}
