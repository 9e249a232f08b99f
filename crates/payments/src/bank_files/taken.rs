//! What banks answered, as staff see it afterwards.

use florin_kernel::{Action, Actor, Page, PageRequest, Resource, Timestamp, UserId, Uuid};

use super::settings::BankNetwork;
use super::{AnswerLine, BankFiles, line_store};
use crate::error::Error;

/// A file of a bank's that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenAnswer {
    /// Its identifier.
    pub id: Uuid,
    /// The network that it is of.
    pub network: BankNetwork,
    /// Who took it in.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// How many lines it has.
    pub lines: i64,
    /// How many of them could not be carried out yet.
    pub pending: i64,
}

/// The same with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenDetail {
    /// The file.
    pub answer: TakenAnswer,
    /// Its lines, in order.
    pub lines: Vec<AnswerLine>,
}

impl BankFiles {
    /// Files of banks that were taken in, the latest first.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Page`], or what the database says.
    pub async fn answers(&self, by: &Actor, page: &PageRequest) -> Result<Page<TakenAnswer>, Error> {
        by.permit(Action::ReadBankFiles, Resource::kind("bank_file_answer"))?;
        let before = page.cursor_as::<Uuid>()?.unwrap_or(Uuid::max());
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let rows = self.payments.db.read(move |r| line_store::answers(r, before, limit)).await?;
        Ok(page.page(rows, |answer| answer.id.to_string()))
    }

    /// A file of a bank's with what each of its lines did.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::FileNotFound`], or what the database says.
    pub async fn answer(&self, by: &Actor, id: Uuid) -> Result<TakenDetail, Error> {
        by.permit(Action::ReadBankFiles, Resource::one("bank_file_answer", id))?;
        self.payments
            .db
            .read(move |r| {
                let answer = line_store::answer(r, id)?.ok_or(Error::FileNotFound)?;
                let lines = line_store::lines(r, id)?.into_iter().map(|stored| stored.line).collect();
                Ok(TakenDetail { answer, lines })
            })
            .await
    }
}
