//! Letters as jobs: written with the change they tell of, sent after it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use florin_db::{DbError, Tx};
use florin_jobs::{Handler, JobError};
use florin_kernel::Timestamp;

use crate::{Mail, MailError, Mailer};

const KIND: &str = "mail.send";
/// How long a letter is tried to be sent.
const PATIENCE: Duration = Duration::from_hours(5 * 24);

/// Writes a letter into the unit of work; it is sent after the commit, at `at` or soon after, or never if there is none.
///
/// # Errors
/// What the database says.
pub fn post(tx: &mut Tx<'_>, mail: &Mail, at: Timestamp) -> Result<(), DbError> {
    let payload = serde_json::to_string(mail).map_err(|error| DbError::Other(error.to_string()))?;
    florin_jobs::enqueue(tx, KIND, &payload, at)
}

/// Sends the letters that [`post`] wrote; one that is sent twice arrives once.
pub struct SendMail {
    mailer: Arc<dyn Mailer>,
}

impl SendMail {
    /// Sends by `mailer`.
    pub fn new(mailer: Arc<dyn Mailer>) -> Self {
        Self { mailer }
    }
}

impl Handler for SendMail {
    fn kind(&self) -> &'static str {
        KIND
    }

    /// Longer than a mail server is away (RFC 5321, 4.5.4.1, asks for four or five days at least).
    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn run<'a>(
        &'a self,
        payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let mail: Mail = serde_json::from_str(payload)
                .map_err(|_| JobError::Fatal("the payload is no letter".to_owned()))?;
            self.mailer.send(&mail).await.map_err(JobError::from)
        })
    }
}

impl From<MailError> for JobError {
    /// What the letter itself is wrong in stays wrong; anything else may pass.
    fn from(error: MailError) -> Self {
        match error {
            MailError::Outbox(_) | MailError::Unavailable(_) | MailError::Service(_) => {
                Self::Retry(error.to_string())
            }
            MailError::Refused(_)
            | MailError::Settings(_)
            | MailError::Address(_)
            | MailError::Text(_)
            | MailError::PublicUrl
            | MailError::Unrenderable(_) => Self::Fatal(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use florin_kernel::{Action, Actor, Env, Resource};

    use super::*;
    use crate::{Envelope, Letterhead, Outbox, verify_email};

    #[tokio::test]
    async fn a_letter_of_a_committed_unit_reaches_the_outbox_once_and_of_another_never() {
        for database in florin_db::testing::databases().unwrap() {
            let (env, _) = Env::manual(Timestamp::from_second(1_790_000_000).unwrap());
            let db = database.open(&[florin_jobs::MIGRATIONS], env.clone()).unwrap();
            let dir = tempfile::tempdir().unwrap();
            let url = "https://bank.example".parse().unwrap();
            let head = Letterhead::try_new("Bank", "no-reply@bank.example", url).unwrap();
            let handler = SendMail::new(Arc::new(Outbox::open(dir.path(), head.clone()).unwrap()));

            for commits in [true, false] {
                let permit = Actor::system("test").permit(Action::Register, Resource::kind("user")).unwrap();
                let envelope = Envelope { id: env.new_uuid(), at: env.now(), to: "ada@example.org" };
                let mail = verify_email(&head, envelope, "Ada", "the-proof", 24);
                let now = env.now();
                let unit = db.write::<(), DbError, _>(permit, move |tx| {
                    post(tx, &mail, now)?;
                    if commits { Ok(()) } else { Err(DbError::Other("undone".to_owned())) }
                });
                assert_eq!(unit.await.is_ok(), commits);
            }
            let payloads = db
                .read::<_, DbError, _>(|reader| {
                    let rows = reader.rows("SELECT payload FROM job WHERE kind = 'mail.send'", &[])?;
                    rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, _>>()
                })
                .await
                .unwrap();
            assert_eq!(payloads.len(), 1);
            handler.run(&payloads[0]).await.unwrap();
            handler.run(&payloads[0]).await.unwrap();

            let files: Vec<_> =
                fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert_eq!(files.len(), 1);
            assert!(fs::read_to_string(&files[0]).unwrap().contains("?token=the-proof"));
        }
    }

    #[tokio::test]
    async fn a_payload_that_is_no_letter_is_not_tried_again() {
        struct Nowhere;
        impl Mailer for Nowhere {
            fn send<'a>(&'a self, _: &'a Mail) -> crate::mailer::Sending<'a> {
                Box::pin(async { Err(MailError::Outbox(std::io::Error::other("full"))) })
            }
        }
        let handler = SendMail::new(Arc::new(Nowhere));
        let mail = r#"{"id":"0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b","kind":"n","written_at_us":0,"to":"a@b.co","subject":"s","text":"t","html":"h"}"#;

        assert!(
            matches!(handler.run(r#"{"to":"secret"}"#).await, Err(JobError::Fatal(why)) if !why.contains("secret"))
        );
        assert!(matches!(handler.run(mail).await, Err(JobError::Retry(_))));
    }
}
