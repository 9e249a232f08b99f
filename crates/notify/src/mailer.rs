//! What carries letters away.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Letterhead, Mail, MailError};

/// A letter under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>>;

/// Something that takes letters to their readers; it may be given the same letter twice.
pub trait Mailer: Send + Sync {
    /// Sends a letter, or takes responsibility for it; ends then, or with why it was not taken. It may be given again.
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a>;
}

/// A directory with a file a letter, `<id>-<kind>.eml`: for development, and for whatever collects mail from there.
#[derive(Clone, Debug)]
pub struct Outbox {
    dir: PathBuf,
    letterhead: Letterhead,
}

impl Outbox {
    /// Letters of `letterhead` in `dir`, which is made when it is absent; only this program's user may read it.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn open(dir: &Path, letterhead: Letterhead) -> Result<Self, MailError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(dir)?;
        Ok(Self { dir: dir.to_owned(), letterhead })
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // Two who write the same letter must not write into one file.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let partial = self.dir.join(format!(".{name}.{}-{number}.partial", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, self.dir.join(name))?;
        sync_dir(&self.dir)
    }
}

/// Makes the names in a directory durable.
#[cfg(unix)]
fn sync_dir(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

/// Other systems do this by themselves.
#[cfg(not(unix))]
fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}

impl Mailer for Outbox {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        let (outbox, mail) = (self.clone(), mail.clone());
        Box::pin(async move {
            let laid_down = tokio::task::spawn_blocking(move || outbox.lay_down(&mail)).await;
            laid_down.map_err(|_| io::Error::other("the writer stopped"))?
        })
    }
}

impl Outbox {
    fn lay_down(&self, mail: &Mail) -> Result<(), MailError> {
        let tame = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if mail.kind.is_empty() || !mail.kind.chars().all(tame) {
            return Err(MailError::Text("kind"));
        }
        let bytes = mail.render(&self.letterhead)?;
        self.write(&format!("{}-{}.eml", mail.id, mail.kind), &bytes)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::*;

    fn outbox(dir: &Path) -> Outbox {
        let url = "https://bank.example".parse().unwrap();
        Outbox::open(dir, Letterhead::try_new("Bank", "no-reply@bank.example", url).unwrap()).unwrap()
    }

    fn mail(kind: &str) -> Mail {
        Mail {
            id: Uuid::from_u128(1),
            kind: kind.to_owned(),
            written_at_us: 0,
            to: "ada@example.org".to_owned(),
            subject: "A note".to_owned(),
            text: "Hello\n".to_owned(),
            html: "<p>Hello</p>\n".to_owned(),
            notice: String::new(),
        }
    }

    #[tokio::test]
    async fn a_letter_sent_twice_is_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = outbox(&dir.path().join("outbox"));

        outbox.send(&mail("note")).await.unwrap();
        outbox.send(&mail("note")).await.unwrap();

        let names: Vec<String> = fs::read_dir(dir.path().join("outbox"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, ["00000000-0000-0000-0000-000000000001-note.eml"]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_programs_user_reads_letters() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let outbox = outbox(&dir.path().join("outbox"));

        outbox.send(&mail("note")).await.unwrap();

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let file = fs::read_dir(dir.path().join("outbox")).unwrap().next().unwrap().unwrap().path();
        assert_eq!((mode(&dir.path().join("outbox")), mode(&file)), (0o700, 0o600));
    }

    #[tokio::test]
    async fn no_kind_leads_out_of_the_outbox() {
        let dir = tempfile::tempdir().unwrap();

        let refusal = outbox(&dir.path().join("outbox")).send(&mail("../../note")).await;

        assert!(matches!(refusal, Err(MailError::Text("kind"))));
    }
}
