//! How a batch goes back: a journal of steps, for chains and for the caller's savepoints.

use florin_kernel::{Date, TransferId};

use super::broken::Broken;
use super::types::{Account, Accumulators, Hold};
use super::working_set::{Reversible, Trace, WorkingSet};

/// A point to go back to, good until the batch ends or an earlier mark is gone back to or released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u64);

/// One step and how to take it back.
#[derive(Debug)]
pub(super) enum Undo {
    Entry(usize, Saved),
    Replaced(usize, Box<Account>),
    Added,
    Trace(TransferId, Option<Trace>),
    Hold(TransferId, Option<Hold>),
    Reversible(TransferId, Option<Reversible>),
}

/// What an entry changes of an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saved {
    pub(super) balance: Accumulators,
    version: i64,
    last_seq: i64,
    last_at: i64,
    day: Date,
    day_debits: i64,
    day_credits: i64,
}

impl Saved {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            balance: account.balance,
            version: account.version,
            last_seq: account.last_seq,
            last_at: account.last_at,
            day: account.day,
            day_debits: account.day_debits,
            day_credits: account.day_credits,
        }
    }

    pub(super) fn restore(&self, account: &mut Account) {
        account.balance = self.balance;
        account.version = self.version;
        account.last_seq = self.last_seq;
        account.last_at = self.last_at;
        account.day = self.day;
        account.day_debits = self.day_debits;
        account.day_credits = self.day_credits;
    }
}

/// Where everything stood at some moment of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    steps: usize,
    changes: [usize; 5],
    touched: usize,
    last_at: i64,
}

/// The steps since the first mark of the batch; none are kept before there is one.
#[derive(Debug, Default)]
pub(super) struct Journal {
    steps: Vec<Undo>,
    marks: Vec<(Mark, Position)>,
    marks_made: u64,
    in_chain: bool,
}

impl Journal {
    pub(super) fn record(&mut self, step: impl FnOnce() -> Undo) {
        if self.in_chain || !self.marks.is_empty() {
            self.steps.push(step());
        }
    }

    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.marks.clear();
        self.in_chain = false;
    }
}

impl WorkingSet {
    /// Marks this point of the batch, to go back to with [`WorkingSet::rollback_to`].
    pub fn mark(&mut self) -> Mark {
        let position = self.position();
        self.journal.marks_made = self.journal.marks_made.saturating_add(1);
        let mark = Mark(self.journal.marks_made);
        self.journal.marks.push((mark, position));
        mark
    }

    /// Makes everything as it was at `mark`, which stays good; later marks are given up.
    ///
    /// # Errors
    /// [`Broken::Mark`] when the mark was given up or is of another batch.
    pub fn rollback_to(&mut self, mark: Mark) -> Result<(), Broken> {
        let place = self.place_of(mark)?;
        self.journal.marks.truncate(place.saturating_add(1));
        let (_, position) = self.journal.marks.get(place).copied().ok_or(Broken::Mark)?;
        self.go_back(position)
    }

    /// Gives up `mark` and those after it, keeping what was done since.
    ///
    /// # Errors
    /// [`Broken::Mark`] when the mark was given up before or is of another batch.
    pub fn release(&mut self, mark: Mark) -> Result<(), Broken> {
        let place = self.place_of(mark)?;
        self.journal.marks.truncate(place);
        if place == 0 {
            self.journal.steps.clear();
        }
        Ok(())
    }

    fn place_of(&self, mark: Mark) -> Result<usize, Broken> {
        self.journal.marks.binary_search_by_key(&mark.0, |(made, _)| made.0).map_err(|_| Broken::Mark)
    }

    /// Begins to record, for a chain that may have to be taken back.
    pub(super) fn enter_chain(&mut self) -> Position {
        self.journal.in_chain = true;
        self.position()
    }

    /// Ends the recording for a chain; without a mark to go back to the steps are forgotten.
    pub(super) fn leave_chain(&mut self) {
        self.journal.in_chain = false;
        if self.journal.marks.is_empty() {
            self.journal.steps.clear();
        }
    }

    fn position(&self) -> Position {
        Position {
            steps: self.journal.steps.len(),
            changes: self.changes.lengths(),
            touched: self.touched.len(),
            last_at: self.last_at,
        }
    }

    pub(super) fn go_back(&mut self, to: Position) -> Result<(), Broken> {
        while self.journal.steps.len() > to.steps {
            let step = self.journal.steps.pop().ok_or(Broken::WorkingSet)?;
            self.undo(step)?;
        }
        self.untouch(to.touched);
        self.changes.truncate(to.changes);
        self.last_at = to.last_at;
        Ok(())
    }
}
