//! What `florin doctor` looks at outside of the database: the disk, files, certificates, backups, mail, Redis.

use std::fs;
use std::path::Path;

use florin_app::backup::{self, Backups};
use florin_app::config::{Config, Environment};
use florin_kernel::{Env, Timestamp};
use florin_notify::MailError;
use florin_volatile::{Volatile, VolatileState};
use tokio::runtime::Runtime;
use x509_parser::pem::Pem;

use super::{Finding, State};

const MIB: u64 = 1 << 20;
const DAY: i64 = 86_400;
/// With less room than this on the disk somebody should look; with less than the second, at once.
const ROOM_MIB: (u64, u64) = (1_024, 100);
/// A certificate is renewed before this many days are left.
const CERTIFICATE_DAYS_MIN: i64 = 14;
/// A backup is made every day; one that is a little late is no reason to ring.
const BACKUP_HOURS_MAX: i64 = 26;

/// Room on the disk of the data directory.
pub(super) fn room(data: &Path) -> Finding {
    const WHAT: &str = "disk";
    let Ok(disk) = rustix::fs::statvfs(data) else {
        return Finding::new(
            WHAT,
            State::Broken,
            format!("{} is not a directory that can be read", data.display()),
        );
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) / MIB;
    let state = match free {
        free if free < ROOM_MIB.1 => State::Broken,
        free if free < ROOM_MIB.0 => State::Warning,
        _ => State::Well,
    };
    Finding::new(WHAT, state, format!("{free} MiB are free"))
}

/// Whether others could read the keys.
pub(super) fn keys(directory: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    const WHAT: &str = "keys";
    let Ok(entries) = fs::read_dir(directory) else {
        let words = format!("there are none in {} yet; `florin serve` makes them", directory.display());
        return Finding::new(WHAT, State::Warning, words);
    };
    let files = entries.flatten().map(|entry| entry.path());
    let paths = std::iter::once(directory.to_owned()).chain(files);
    let is_exposed = |path: &std::path::PathBuf| {
        fs::metadata(path).map_or(true, |found| found.permissions().mode() & 0o077 != 0)
    };
    let exposed: Vec<String> = paths.filter(is_exposed).map(|path| path.display().to_string()).collect();
    if exposed.is_empty() {
        Finding::new(WHAT, State::Well, "nobody else can read them")
    } else {
        let words = format!("others can read {}: run `chmod go= …` on it", exposed.join(", "));
        Finding::new(WHAT, State::Broken, words)
    }
}

/// Whether mail can be laid down.
pub(super) fn outbox(config: &Config) -> Finding {
    const WHAT: &str = "outbox";
    let data = &config.instance.data;
    let outbox = data.join("outbox");
    let directory = if outbox.is_dir() { &outbox } else { data };
    match tempfile::tempfile_in(directory) {
        Ok(_) if config.instance.environment == Environment::Production => {
            let words = "mail is written there and nobody gets it: set mail.smtp_host, or collect it";
            Finding::new(WHAT, State::Warning, words)
        }
        Ok(_) => Finding::new(WHAT, State::Well, "mail can be written"),
        Err(error) => Finding::new(WHAT, State::Broken, format!("{}: {error}", directory.display())),
    }
}

/// Whether the mail server takes our mail; nothing is sent.
pub(super) fn mail(config: &Config, runtime: &Runtime) -> Finding {
    const WHAT: &str = "mail";
    let smtp = match florin_app::smtp(config, Env::system()) {
        Ok(Some(smtp)) => smtp,
        Ok(None) => return Finding::new(WHAT, State::Well, "there is no mail server"),
        Err(error) => return Finding::new(WHAT, State::Broken, error.to_string()),
    };
    match runtime.block_on(smtp.probe()) {
        Ok(()) => Finding::new(WHAT, State::Well, "the mail server answers"),
        Err(error @ MailError::Unavailable(_)) => {
            Finding::new(WHAT, State::Warning, format!("{error}; letters wait for it"))
        }
        Err(error) => Finding::new(WHAT, State::Broken, error.to_string()),
    }
}

/// Whether others could look into the data directory, or change what is in it.
pub(super) fn data(directory: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    const WHAT: &str = "data";
    let Ok(found) = fs::metadata(directory) else {
        return Finding::new(WHAT, State::Warning, "there is no data directory yet; `florin serve` makes it");
    };
    let path = directory.display();
    match found.permissions().mode() & 0o077 {
        0 => Finding::new(WHAT, State::Well, "nobody else can look into it"),
        mode if mode & 0o022 != 0 => {
            Finding::new(WHAT, State::Broken, format!("others can write to {path}: run `chmod 700` on it"))
        }
        _ => {
            Finding::new(WHAT, State::Warning, format!("others can look into {path}: run `chmod 700` on it"))
        }
    }
}

/// How long the certificate that is served is good for, where one is.
pub(super) fn certificate(config: &Config, now: Timestamp) -> Option<Finding> {
    const WHAT: &str = "certificate";
    let (certificate, key) = match config.server.tls() {
        Ok(files) => files?,
        Err(why) => return Some(Finding::new(WHAT, State::Broken, why)),
    };
    Some(match ends_at(certificate) {
        Err(why) => Finding::new(WHAT, State::Broken, format!("{}: {why}", certificate.display())),
        Ok(_) if is_open(key) => {
            let words = format!("others can read {}: run `chmod go= …` on it", key.display());
            Finding::new(WHAT, State::Broken, words)
        }
        Ok(ends_at) => good_for(ends_at, now),
    })
}

fn good_for(ends_at: Timestamp, now: Timestamp) -> Finding {
    const WHAT: &str = "certificate";
    let days = ends_at.as_second().saturating_sub(now.as_second()).div_euclid(DAY);
    match days {
        days if days < 0 => Finding::new(WHAT, State::Broken, format!("it ended at {ends_at}")),
        days if days < CERTIFICATE_DAYS_MIN => {
            Finding::new(WHAT, State::Warning, format!("it ends in {days} days, at {ends_at}: renew it"))
        }
        days => Finding::new(WHAT, State::Well, format!("it is good for {days} days")),
    }
}

/// When the first certificate of a file ends.
fn ends_at(file: &Path) -> Result<Timestamp, String> {
    let text = fs::read(file).map_err(|error| error.to_string())?;
    let first = Pem::iter_from_buffer(&text).next().ok_or("it holds no certificate")?;
    let pem = first.map_err(|error| error.to_string())?;
    let certificate = pem.parse_x509().map_err(|error| error.to_string())?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).map_err(|error| error.to_string())
}

/// Whether others than its owner and group can read a file.
fn is_open(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o007 != 0)
}

/// How old the last backup is that was proved.
pub(super) fn backups(config: &Config, now: Timestamp) -> Finding {
    let production = config.instance.environment == Environment::Production;
    match backup::read(&config.instance.data) {
        Ok(known) => backups_of(&known, production, now),
        Err(error) => {
            Finding::new("backups", State::Warning, format!("what is known of them cannot be read: {error}"))
        }
    }
}

fn backups_of(known: &Backups, production: bool, now: Timestamp) -> Finding {
    const WHAT: &str = "backups";
    if let Some(failed) = &known.failed {
        return Finding::new(WHAT, State::Warning, format!("one failed at {}: {}", failed.at, failed.why));
    }
    let concern = if production { State::Warning } else { State::Well };
    let Some(verified) = &known.verified else {
        let words = match &known.made {
            None => "none was made from here: run `florin backup` every day".to_owned(),
            Some(made) => {
                format!("one was made at {} and never proved: run `florin restore --verify-only`", made.at)
            }
        };
        return Finding::new(WHAT, concern, words);
    };
    let hours = now.as_second().saturating_sub(verified.made_at.as_second()).div_euclid(3_600);
    let words = format!("the last that was proved is {hours} hours old");
    Finding::new(WHAT, if hours > BACKUP_HOURS_MAX { concern } else { State::Well }, words)
}

/// Whether what instances share can be reached.
pub(super) async fn redis(config: &Config) -> Finding {
    const WHAT: &str = "redis";
    match Volatile::connect(&config.redis.url, config.redis.timeout(), Env::system()).await {
        Err(error) => Finding::new(WHAT, State::Broken, error.to_string()),
        Ok(volatile) => match volatile.state() {
            VolatileState::Redis => Finding::new(WHAT, State::Well, "it answers"),
            _ => Finding::new(WHAT, State::Warning, "it does not answer: each instance counts for itself"),
        },
    }
}

#[cfg(test)]
mod tests {
    use florin_app::backup::{Failed, Made, Verified};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn keys_that_others_can_read_are_broken() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let key = directory.path().join("signing-0001.pem");
        fs::write(&key, "secret").unwrap();
        let state_with = |mode| {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            keys(directory.path()).state
        };

        assert_eq!(state_with(0o600), State::Well);
        assert_eq!(state_with(0o640), State::Broken);
        assert_eq!(keys(Path::new("/nowhere")).state, State::Warning);
    }

    #[test]
    fn a_certificate_is_renewed_two_weeks_before_its_end() {
        let now = at(1_790_000_000);
        let state = |days: i64| good_for(at(1_790_000_000 + days * DAY), now).state;

        assert_eq!([state(90), state(14), state(13), state(0), state(-1)], {
            use State::{Broken, Warning, Well};
            [Well, Well, Warning, Warning, Broken]
        });
    }

    #[test]
    fn the_end_of_a_certificate_is_read_from_its_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let made = rcgen::generate_simple_self_signed(["bank.example".to_owned()]).unwrap();
        fs::write(file.path(), made.cert.pem()).unwrap();

        assert_eq!(ends_at(file.path()).unwrap().to_string(), "4096-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_certificate_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();

        assert_eq!(ends_at(file.path()).unwrap_err(), "it holds no certificate");
        assert!(ends_at(Path::new("/nowhere")).is_err());
    }

    #[test]
    fn in_production_a_backup_is_proved_every_day() {
        let now = at(1_790_000_000);
        let verified = |hours: i64| Backups {
            verified: Some(Verified {
                made_at: at(1_790_000_000 - hours * 3_600),
                at: now,
                accounts: 1,
                transfers: 1,
                seals: 1,
            }),
            ..Backups::default()
        };
        let made = Backups { made: Some(Made { at: now, file: "/backups/a".into() }), ..Backups::default() };
        let failed =
            Backups { failed: Some(Failed { at: now, why: "the disk is full".to_owned() }), ..verified(1) };
        let state = |known: &Backups| backups_of(known, true, now).state;

        assert_eq!([state(&verified(1)), state(&verified(26))], [State::Well; 2]);
        for known in [verified(27), made.clone(), failed, Backups::default()] {
            assert_eq!(state(&known), State::Warning, "{known:?}");
        }
        assert_eq!(backups_of(&made, false, now).state, State::Well, "development is not nagged");
    }
}
