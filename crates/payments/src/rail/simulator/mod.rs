//! A processor that there is not: the built-in one, for trying things out and for tests.
//!
//! What it does follows from the last four digits of the bank account or the card, and from nothing else:
//!
//! | digits | card for it | what happens |
//! |---|---|---|
//! | 0002 | 4000000000000002 | declined (`card_declined`; a bank account: `R03`) |
//! | 9995 | 4000000000009995 | declined for want of funds (`insufficient_funds`; `R01`) |
//! | 0119 | 4000000000000119 | no answer ever: nobody can tell what became of it |
//! | 0341 | 4000000000000341 | no answer at first; it went through, and says so when asked |
//! | 0259 | 4000000000000259 | goes through, and is returned a day later (`chargeback`; `R01`) |
//! | 3220 | 4000000000003220 | is under way, and goes through two minutes later |
//! | 0077 | 4000000000000077 | goes through; a refund of it is declined |
//! | others | 4242424242424242 | goes through at once |
//!
//! Cards have these behaviours where they begin with 400000. What it was told it keeps in a table of its own, so that it
//! answers the same after a restart. It charges nothing.

mod behaviour;
mod events;
mod store;
mod webhook;

use florin_db::Db;
use florin_kernel::{Action, Actor, Currency, Resource, Timestamp, TransferId};

use self::behaviour::Behaviour;
use self::store::{Simulation, State};
use super::{Answer, Flow, Instruction, MeansKind, Rail, Recalled, Submitted};
use crate::error::Error;

pub use events::{DeliverSimulated, EventsOfSimulator};
pub use webhook::{SIGNATURE_HEADER, SimulatorWebhooks};

/// The processor's name.
pub const NAME: &str = "simulator";

/// The simulated processor. Clones share its table.
#[derive(Clone)]
pub struct Simulator {
    db: Db,
}

impl Simulator {
    /// A simulator over this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Takes an instruction once, and says what it says about it now.
    async fn take(&self, instruction: &Instruction) -> Result<Submitted, Error> {
        let (env, instruction) = (self.db.env().clone(), instruction.clone());
        let behaviour = Behaviour::of(&instruction.means);
        self.write(instruction.id, move |tx| {
            let now = env.now();
            let state = behaviour.first(instruction.refund_of.is_some());
            let fresh = store::insert(tx, &instruction, behaviour, state, now)?;
            if let Some((seconds, what)) =
                behaviour.later().filter(|_| fresh && instruction.refund_of.is_none())
            {
                let at = Timestamp::from_second(now.as_second().saturating_add(seconds)).unwrap_or(now);
                let payload = format!("{} {what}", instruction.id);
                florin_jobs::enqueue(tx, events::DELIVER, &payload, at)?;
            }
            let found = store::lock(tx, instruction.id)?.ok_or(Error::PaymentNotFound)?;
            Ok(said(&found, &instruction))
        })
        .await
    }

    /// Says what became of an instruction; one that was silent at first may speak now.
    async fn tell(&self, instruction: &Instruction) -> Result<Submitted, Error> {
        let instruction = instruction.clone();
        self.write(instruction.id, move |tx| {
            let Some(mut found) = store::lock(tx, instruction.id)? else {
                return Ok(Submitted::Unknown {
                    why: "the processor knows of no such instruction".to_owned(),
                });
            };
            found.looks = found.looks.saturating_add(1);
            if found.behaviour == Behaviour::LateSuccess && found.state == State::Silent {
                found.state = State::Succeeded;
            }
            store::save(tx, &found)?;
            Ok(said(&found, &instruction))
        })
        .await
    }

    async fn stop(&self, id: TransferId) -> Result<Recalled, Error> {
        self.write(id, move |tx| {
            let Some(mut found) = store::lock(tx, id)? else { return Ok(Recalled::Stopped) };
            if matches!(found.state, State::Succeeded | State::Returned) {
                return Ok(Recalled::TooLate);
            }
            found.state = State::Cancelled;
            store::save(tx, &found)?;
            Ok(Recalled::Stopped)
        })
        .await
    }

    async fn write<T: Send + 'static>(
        &self,
        id: TransferId,
        work: impl FnMut(&mut florin_db::Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let about = Resource::one("payment", id.uuid());
        let permit = Actor::system("payments.simulator").permit(Action::Operate, about)?;
        self.db.write(permit, work).await
    }
}

/// What the simulator says of an instruction in this state.
fn said(found: &Simulation, instruction: &Instruction) -> Submitted {
    let processor_id = processor_id(instruction.id);
    match found.state {
        State::Processing => Submitted::Processing { processor_id },
        State::Succeeded | State::Returned => Submitted::Succeeded { processor_id, fee: None },
        State::Declined | State::Cancelled => {
            let (code, text) = found.behaviour.refusal(instruction.means.kind());
            Submitted::Declined { code: code.to_owned(), text: text.to_owned() }
        }
        State::Silent => Submitted::Unknown { why: "the processor did not answer".to_owned() },
    }
}

fn processor_id(id: TransferId) -> String {
    format!("sim_{}", id.uuid().simple())
}

/// A fault of the simulator's own database is an answer that never came.
fn or_unknown(answer: Result<Submitted, Error>) -> Submitted {
    answer.unwrap_or_else(|error| Submitted::Unknown { why: error.to_string() })
}

impl Rail for Simulator {
    fn name(&self) -> &'static str {
        NAME
    }

    fn carries(&self, flow: Flow, means: MeansKind, _: Currency) -> bool {
        match means {
            MeansKind::BankAccount => true,
            MeansKind::Card => flow == Flow::In,
            MeansKind::Kept(_) => false,
        }
    }

    fn submit<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(async move { or_unknown(self.take(instruction).await) })
    }

    fn look_up<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(async move { or_unknown(self.tell(instruction).await) })
    }

    fn refund<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(async move { or_unknown(self.take(instruction).await) })
    }

    fn cancel<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Recalled> {
        Box::pin(async move {
            self.stop(instruction.id).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the simulator could not be told to stop");
                Recalled::TooLate
            })
        })
    }
}
