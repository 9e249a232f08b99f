//! Files that banks answer with: read whole or refused, and carried out line by line, each once.

use florin_kernel::{Action, Actor, Resource, TransferId, Uuid};
use florin_rails::Malformed;
use florin_rails::cpa005::{self, Kind};
use florin_rails::nacha::{self, Answer};

use super::build::digest;
use super::changes::Correction;
use super::line_store::{self, StoredLine};
use super::settings::BankNetwork;
use super::{BankFiles, eft};
use crate::error::Error;
use crate::orders::Payments;
use crate::rail::Flow;
use crate::sealing::Table;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A payment comes back.
    Return,
    /// Something is to be written otherwise the next time.
    Change,
}

impl LineKind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Change => "change",
        }
    }
}

/// A return or a notification of change, and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerLine {
    /// Its identifier.
    pub id: Uuid,
    /// Its place in the file, from one.
    pub position: i64,
    /// What it says.
    pub kind: LineKind,
    /// What the bank names the payment by.
    pub named: String,
    /// The code: `R01`, `C02`, `901` and so on.
    pub code: String,
    /// How much comes back, in cents.
    pub minor: Option<i64>,
    /// The payment or refund that it is about, where there is one.
    pub instruction: Option<TransferId>,
    /// What it did: `returned`, `returned_after_refund`, `refund_failed`, `corrected`, `flagged`, `recorded`, `known`; or that
    /// it did nothing: `unknown`, `mismatch`; `pending` where it could not be carried out and the file is to be sent again.
    pub effect: String,
    /// More about it.
    pub detail: Option<String>,
}

/// What an answer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerReport {
    /// The identifier of the file that was taken in.
    pub id: Uuid,
    /// The network.
    pub network: BankNetwork,
    /// Whether the same file came before.
    pub repeated: bool,
    /// Its lines.
    pub lines: Vec<AnswerLine>,
}

/// A line as it was read.
struct Read {
    kind: LineKind,
    named: String,
    trace: Option<i64>,
    code: String,
    minor: Option<i64>,
    flow: Option<Flow>,
    correction: Option<Correction>,
}

impl From<Malformed> for Error {
    fn from(error: Malformed) -> Self {
        Self::AnswerUnreadable { line: error.line, why: error.why }
    }
}

fn unreadable(why: &str) -> Error {
    Error::AnswerUnreadable { line: 1, why: why.to_owned() }
}

/// Reads a file of either network, whichever it is.
fn read(text: &str) -> Result<(BankNetwork, Vec<Read>), Error> {
    let (network, lines) = match text.bytes().next() {
        Some(b'1') => (BankNetwork::Ach, read_nacha(text)?),
        Some(b'A') => (BankNetwork::Eft, read_cpa(text)?),
        _ => return Err(unreadable("this is neither a Nacha file nor one by Standard 005")),
    };
    if lines.is_empty() {
        return Err(unreadable("the file holds no returns and no notifications of change"));
    }
    Ok((network, lines))
}

fn read_nacha(text: &str) -> Result<Vec<Read>, Error> {
    let file = nacha::File::read(text)?;
    let answers =
        file.answers().map_err(|(trace, why)| unreadable(&format!("trace number {trace}: {why}")))?;
    let line = |answer: Answer| match answer {
        Answer::Return(back) => Read {
            kind: LineKind::Return,
            named: back.original_trace.to_string(),
            trace: i64::try_from(back.original_trace).ok(),
            code: back.reason,
            minor: i64::try_from(back.cents).ok(),
            flow: Some(if back.was_debit { Flow::In } else { Flow::Out }),
            correction: None,
        },
        Answer::Change(change) => Read {
            kind: LineKind::Change,
            named: change.original_trace.to_string(),
            trace: i64::try_from(change.original_trace).ok(),
            code: change.code,
            minor: None,
            flow: None,
            correction: Some(change.correction.into()),
        },
    };
    Ok(answers.into_iter().map(line).collect())
}

fn read_cpa(text: &str) -> Result<Vec<Read>, Error> {
    let file = cpa005::File::read(text)?;
    let returns = file.payments.into_iter().filter(|payment| payment.kind.is_return());
    let line = |payment: cpa005::Payment| Read {
        kind: LineKind::Return,
        trace: eft::running(&payment.reference),
        named: payment.reference,
        code: format!("{:03}", payment.code),
        minor: i64::try_from(payment.cents).ok(),
        flow: Some(if payment.kind == Kind::ReturnedDebit { Flow::In } else { Flow::Out }),
        correction: None,
    };
    Ok(returns.map(line).collect())
}

impl BankFiles {
    /// Takes in what a bank sent: returns and notifications of change. The file is read whole, or nothing of it counts; the
    /// same file once more changes nothing, and carries out what could not be carried out before.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::AnswerUnreadable`], [`Error::Vault`], or what the database says.
    #[tracing::instrument(name = "payments.bank_file.answer", skip_all)]
    pub async fn take_answers(&self, by: &Actor, text: &str) -> Result<AnswerReport, Error> {
        let id = self.payments.db.env().new_uuid();
        let permit = by.permit(Action::ExchangeBankFiles, Resource::one("bank_file_answer", id))?;
        let (network, read) = read(text)?;
        let digest = digest(text.as_bytes());
        let stored = read.into_iter().zip(1..).map(|(line, position)| self.stored(position, line));
        let stored = stored.collect::<Result<Vec<_>, _>>()?;
        let (user, env) = (by.user(), self.payments.db.env().clone());
        let (known, repeated) = self
            .payments
            .db
            .write(permit, move |tx| {
                if let Some(known) = line_store::find_answer(tx, &digest)? {
                    return Ok::<_, Error>((known, true));
                }
                let now = env.now();
                line_store::insert_answer(tx, id, network, &digest, (user, now))?;
                for line in &stored {
                    line_store::insert_line(tx, id, line, now)?;
                }
                tx.note("network", &network.code());
                tx.note("lines", &stored.len());
                tx.note("digest", &digest);
                Ok((id, false))
            })
            .await?;
        self.carry_out_lines(known).await?;
        let lines = self.payments.db.read(move |r| line_store::lines(r, known)).await?;
        let lines = lines.into_iter().map(|stored| stored.line).collect();
        Ok(AnswerReport { id: known, network, repeated, lines })
    }

    fn stored(&self, position: i64, read: Read) -> Result<StoredLine, Error> {
        let id = self.payments.db.env().new_uuid();
        let seal = |correction: Correction| {
            let text = correction.to_text();
            self.payments.sealing.seal(Table::BankFileAnswerLine, "correction", id, &text)
        };
        Ok(StoredLine {
            line: AnswerLine {
                id,
                position,
                kind: read.kind,
                named: read.named,
                code: read.code,
                minor: read.minor,
                instruction: None,
                effect: "pending".to_owned(),
                detail: None,
            },
            trace: read.trace,
            flow: read.flow,
            correction: read.correction.map(seal).transpose()?,
        })
    }

    /// Carries out the lines that were not, each in a unit of its own: one that cannot be does not hold up the others.
    async fn carry_out_lines(&self, answer: Uuid) -> Result<(), Error> {
        let lines = self.payments.db.read(move |r| line_store::lines(r, answer)).await?;
        for stored in lines.into_iter().filter(|stored| stored.line.effect == "pending") {
            let (this, id, network_of) = (self.clone(), stored.line.id, answer);
            let permit = Payments::own_permit_for_answer(network_of)?;
            let done: Result<(), Error> =
                self.payments.db.write(permit, move |tx| this.carry_out_line(tx, id)).await;
            if let Err(error) = done {
                tracing::error!(line = stored.line.position, %error, "a line of a bank's answer is still to be carried out");
            }
        }
        Ok(())
    }

    fn carry_out_line(&self, tx: &mut florin_db::Tx<'_>, id: Uuid) -> Result<(), Error> {
        let Some(stored) = line_store::lock_pending(tx, id)? else { return Ok(()) };
        let (entry, effect, detail) = match stored.line.kind {
            LineKind::Return => self.take_return(tx, &stored)?,
            LineKind::Change => self.take_change(tx, &stored)?,
        };
        tx.note("code", &stored.line.code);
        tx.note("effect", &effect);
        Ok(line_store::note_effect(tx, id, entry, effect, detail.as_deref())?)
    }
}

/// What a line did: the payment or refund, the effect, and more about it.
pub(super) type Effect = (Option<TransferId>, &'static str, Option<String>);
