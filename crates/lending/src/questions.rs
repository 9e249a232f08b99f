//! Questions about an application: an officer wants a document or an explanation, the applicant answers, the officer reads it.
//!
//! An application that has a question without an answer waits for the applicant. That is no state of its own: officers may
//! decide all the same, and what was decided or taken back is asked nothing more. What is asked and answered is sealed.

use florin_db::DbError;
use florin_kernel::{Action, Actor, Denied, Fault, Principal, Resource, Timestamp, UserId};

use crate::application::ApplicationStatus;
use crate::application_store as store;
use crate::question_store::{self, QuestionRow};
use crate::service::owned;
use crate::{ApplicationId, Error, Loans, QuestionId};

/// How many characters a question or an answer has at most.
const TEXT_CHARS_MAX: usize = 2_000;
/// How many questions one application has at most.
const QUESTIONS_MAX: usize = 20;

/// What an officer wants to know of an applicant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its identifier.
    pub id: QuestionId,
    /// What is asked.
    pub text: String,
    /// Who asked.
    pub asked_by: UserId,
    /// When.
    pub asked_at: Timestamp,
    /// What was answered, once it was.
    pub answer: Option<Given>,
}

/// What an applicant answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The words.
    pub text: String,
    /// Who wrote them: the applicant, or staff for them.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

impl Loans {
    /// What was asked about an application, in its order, for whoever may see the application.
    ///
    /// # Errors
    /// [`Error::ApplicationNotFound`], [`Error::Denied`].
    pub async fn questions(&self, by: &Actor, id: ApplicationId) -> Result<Vec<Question>, Error> {
        self.application(by, id).await?;
        let rows: Result<_, DbError> =
            self.db.read(move |reader| question_store::of_application(reader, id)).await;
        rows?.into_iter().map(|row| self.question(row)).collect()
    }

    /// Asks the applicant something. The same question once more, while it waits, is asked once.
    ///
    /// # Errors
    /// [`Error::ApplicationNotFound`], [`Error::Decided`], [`Error::Invalid`]; [`Error::Denied`], also about one's own application.
    #[tracing::instrument(name = "lending.application.ask", skip_all, fields(application.id = %id))]
    pub async fn ask(&self, by: &Actor, id: ApplicationId, text: &str) -> Result<Question, Error> {
        let (officer, permit) = self.officer(by, id).await?;
        let text = checked("question", text)?;
        let question = QuestionId::from_uuid(self.db.env().new_uuid());
        let sealed = self.sealing.seal_question("question", question, &text)?;
        let loans = self.clone();
        self.db
            .write(permit, move |tx| {
                let row = store::lock(tx, id)?.ok_or(Error::ApplicationNotFound)?;
                if row.status != ApplicationStatus::Submitted {
                    return Err(Error::Decided);
                }
                let before = question_store::of_application(&mut tx.reader(), id)?;
                if before.len() >= QUESTIONS_MAX {
                    let why = format!("{QUESTIONS_MAX} questions at most are asked about an application");
                    return Err(Error::Invalid(vec![Fault::new("question", "too_many", why)]));
                }
                for row in before.into_iter().filter(|row| row.answer.is_none()) {
                    let asked = loans.question(row)?;
                    if asked.text == text {
                        tx.note("asked_before", &asked.id);
                        return Ok(asked);
                    }
                }
                let asked_at = loans.db.env().now();
                question_store::insert(tx, id, (question, &sealed), (officer, asked_at))?;
                tx.note("question", &question);
                Ok(Question { id: question, text: text.clone(), asked_by: officer, asked_at, answer: None })
            })
            .await
    }

    /// Answers a question: the applicant does, or staff for them. The same answer once more changes nothing.
    ///
    /// # Errors
    /// [`Error::ApplicationNotFound`], [`Error::QuestionNotFound`], [`Error::Answered`] with other words, [`Error::Decided`],
    /// [`Error::Invalid`], [`Error::Denied`].
    #[tracing::instrument(name = "lending.application.answer", skip_all, fields(application.id = %id))]
    pub async fn answer(
        &self,
        by: &Actor,
        id: ApplicationId,
        question: QuestionId,
        text: &str,
    ) -> Result<Question, Error> {
        let applicant = self.application(by, id).await?.applicant;
        let permit = by.permit(Action::ApplyForLoan, owned(Resource::one("loan", id.uuid()), applicant))?;
        let user = match by.principal() {
            Principal::User { user, .. } => *user,
            Principal::Client { .. } | Principal::Anonymous | Principal::System(_) => {
                return Err(Denied::Forbidden { action: Action::ApplyForLoan }.into());
            }
        };
        let text = checked("answer", text)?;
        let sealed = self.sealing.seal_question("answer", question, &text)?;
        let loans = self.clone();
        self.db
            .write(permit, move |tx| {
                let row = store::lock(tx, id)?.ok_or(Error::ApplicationNotFound)?;
                let found = question_store::of_application(&mut tx.reader(), id)?;
                let asked = found.into_iter().find(|row| row.id == question);
                let mut asked = loans.question(asked.ok_or(Error::QuestionNotFound)?)?;
                if let Some(given) = &asked.answer {
                    if given.text != text {
                        return Err(Error::Answered);
                    }
                    tx.note("answered_before", &question);
                    return Ok(asked);
                }
                if row.status != ApplicationStatus::Submitted {
                    return Err(Error::Decided);
                }
                let at = loans.db.env().now();
                question_store::answer(tx, question, &sealed, (user, at))?;
                tx.note("answered", &question);
                asked.answer = Some(Given { text: text.clone(), by: user, at });
                Ok(asked)
            })
            .await
    }

    fn question(&self, row: QuestionRow) -> Result<Question, Error> {
        let text = self.sealing.open_question("question", row.id, &row.question)?;
        let answer = match row.answer {
            Some((sealed, by, at)) => {
                let text = self.sealing.open_question("answer", row.id, &sealed)?;
                Some(Given { text, by, at })
            }
            None => None,
        };
        Ok(Question { id: row.id, text, asked_by: row.asked_by, asked_at: row.asked_at, answer })
    }
}

/// A text of people that is neither empty nor too long; lines may end in it.
fn checked(field: &'static str, text: &str) -> Result<String, Error> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let count = text.chars().count();
    let stray = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if (1..=TEXT_CHARS_MAX).contains(&count) && !text.chars().any(stray) {
        return Ok(text.to_owned());
    }
    let why = format!("1 to {TEXT_CHARS_MAX} characters are wanted");
    Err(Error::Invalid(vec![Fault::new(field, "invalid", why)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_with_its_lines_and_without_the_space_around_it() {
        let read = |text: &str| checked("answer", text);
        assert_eq!(read("  One\r\ntwo\n ").unwrap(), "One\ntwo");
        assert!(read(&"é".repeat(TEXT_CHARS_MAX)).is_ok());
        for wrong in ["", " \n ", "bell\u{7}", &"é".repeat(TEXT_CHARS_MAX + 1)] {
            assert!(matches!(read(wrong), Err(Error::Invalid(faults)) if faults.len() == 1), "{wrong}");
        }
    }
}
