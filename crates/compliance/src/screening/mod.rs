//! Screening as it is done here: lists that are loaded, subjects that are looked for on them, what is found, and who decides it.
//!
//! 1. [`Sanctions::load`] takes a list in: all of it in one unit of work, as a difference to the one before. Each load has a number,
//!    and each entry the number of the load since which it stands as it is.
//! 2. Each process keeps an [`Index`] of all entries in memory, and makes another when it learns of a new load.
//! 3. Who becomes known, or is called something else, is looked for by a job ([`SubjectJob`]); the holder of an account that is to be
//!    paid within the very unit that saves it ([`Sanctions::look`], [`Sanctions::keep_look`]).
//! 4. After each load a job ([`PassJob`]) walks all subjects in chunks and looks among the entries that are new or changed.
//! 5. What is found is a [`Screening`] that is open: a case is opened in its commit, and money out of that customer, or to that payee, is
//!    held ([`Sanctions::blocked`]) until [`Sanctions::decide`].
//!
//! What was decided to be somebody else is not asked again, as long as neither the entry nor the subject changes. Names, dates and
//! numbers of subjects are sealed, and so is what explains a likeness with them.

mod blocked;
mod desk;
mod error;
mod folder;
mod index;
mod job;
mod keeping;
mod lists;
mod migrations;
mod pass;
mod ports;
mod sealing;
mod service;
mod source;
mod store;
mod subject;
mod telling;
mod words;

pub use blocked::Blocked;
pub use desk::{DecideScreening, ScreeningQuery};
pub use error::Error;
pub use folder::FolderReport;
pub use index::{Index, Match};
pub use job::{PassJob, SUBJECT, SubjectJob, look_at};
pub use keeping::Look;
pub use lists::{Loaded, LoadedList, Standing, standing};
pub use migrations::MIGRATIONS;
pub use ports::Subjects;
pub use sealing::SEALED;
pub use service::{Sanctions, Settings};
pub use source::{Parts, Source};
pub use subject::{Person, Subject, SubjectKind};
pub use telling::sentences;
pub use words::{Decision, Judgement, KeptHit, Screening, ScreeningFile, Status};

florin_kernel::ids! {
    /// Identifies a screening.
    ScreeningId,
}
