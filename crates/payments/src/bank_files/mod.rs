//! Files of payments for banks, and what banks answer.
//!
//! Banks take payments in files, say nothing when one goes through, and send back what does not. So a payment goes through
//! these steps:
//!
//! 1. [`BankRail`] puts an instruction into the queue of its network: the payment is *processing*.
//! 2. At the cut-off, or when somebody asks, everything queued is written into one file, once ([`BankFiles::build`]). The file
//!    is kept sealed, since account numbers stand in it.
//! 3. Somebody takes it to the bank and says so ([`BankFiles::mark_sent`]): from then on the days count.
//! 4. What was not returned so many banking days after its effective date counts as gone through ([`SettleBankFiles`]). A
//!    return that comes before that fails the payment, and one that comes later takes it back
//!    ([`BankFiles::take_answers`]).
//!
//! Every step is a unit of work of its own that changes nothing when it is done again.

mod ach;
mod answers;
mod build;
mod changes;
mod desk;
mod eft;
mod entries;
mod file;
mod handlers;
mod line_store;
mod queue;
mod returns;
mod settings;
mod settle;
mod store;
mod tables;
mod taken;
mod timetable;

pub use ach::AchSettings;
pub use answers::{AnswerLine, AnswerReport, LineKind};
pub use build::{BuildRender, Built};
pub use desk::BankFiles;
pub use eft::EftSettings;
pub use entries::{Entry, EntryState};
pub use file::{BankFile, BankFileDetail, FileState};
pub use handlers::{BuildAchFile, BuildEftFile, SettleBankFiles};
pub use queue::BankRail;
pub use settings::{BankFileSettings, BankNetwork, Format};
pub use taken::{TakenAnswer, TakenDetail};
pub use timetable::Timetable;

pub(crate) use tables::BANK_FILES;
