//! What happens at the demonstration bank, written down before it does.
//!
//! The plan keeps its own count of what every account may spend, so that nothing is refused but what is meant to be.

use florin_kernel::Currency;
use florin_payments::{Direction, Product};

/// Where money comes from or goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A customer's account, by its place in [`Plan::accounts`].
    Customer(usize),
    /// The institution's own account of this code.
    Own(u16),
}

/// Money that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) from: Place,
    pub(super) to: Place,
    pub(super) minor: i64,
    pub(super) currency: Currency,
    pub(super) text: &'static str,
    /// Reserved only, for so many seconds.
    pub(super) held_s: Option<u32>,
    /// More than there is.
    pub(super) is_refused: bool,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Payments of the same moment.
    Moves(Vec<Move>),
    /// Cash at the counter.
    Cash { account: usize, direction: Direction, minor: i64, text: &'static str },
    /// The hold of this number goes through.
    Settle(usize),
    /// The hold of this number is released.
    Release(usize),
    /// Nothing leaves or reaches the account any more.
    Freeze(usize),
    /// The account is closed.
    Close(usize),
}

/// Something that happens at its time, in seconds from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) at_s: i64,
    pub(super) act: Act,
}

/// An account of a customer, by their place among the people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) owner: usize,
    pub(super) product: Product,
    pub(super) currency: Currency,
}

/// A year of the bank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) accounts: Vec<Opening>,
    /// In the order of their times, which all differ.
    pub(super) steps: Vec<Step>,
}

/// Something that would happen at an hour of a day, if the account has the money.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) hour: i64,
    pub(super) act: Act,
}

/// The books of the plan while it is made.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) plan: Plan,
    spendable: Vec<i64>,
    /// By the number of the hold: whose money, where to and how much.
    holds: Vec<Move>,
}

impl Draft {
    /// Opens an account and says which.
    pub(super) fn open(&mut self, opening: Opening) -> usize {
        self.plan.accounts.push(opening);
        self.spendable.push(0);
        self.spendable.len().saturating_sub(1)
    }

    /// What an account may spend.
    pub(super) fn spendable(&self, account: usize) -> i64 {
        self.spendable.get(account).copied().unwrap_or(0)
    }

    fn change(&mut self, place: Place, by: i64) {
        if let Place::Customer(account) = place
            && let Some(spendable) = self.spendable.get_mut(account)
        {
            *spendable = spendable.saturating_add(by);
        }
    }

    /// Writes down the wishes of one day that can come true. Those of one hour are of one moment, as far as one
    /// commit can hold them.
    pub(super) fn end_day(&mut self, day_s: i64, minute_of: &mut dyn FnMut() -> i64, mut wishes: Vec<Wish>) {
        wishes.sort_by_key(|wish| wish.hour);
        for hour in wishes.chunk_by(|one, next| one.hour == next.hour) {
            let Some(first) = hour.first() else { continue };
            let mut at_s = day_s.saturating_add(first.hour.saturating_mul(3_600)).saturating_add(minute_of());
            let mut moves = Vec::new();
            let mut others = Vec::new();
            for wish in hour {
                match &wish.act {
                    Act::Moves(asked) => moves.extend(asked.iter().copied().filter(|one| self.grant(one))),
                    other if self.allow(other) => others.push(other.clone()),
                    _ => {}
                }
            }
            let moves = (!moves.is_empty()).then_some(Act::Moves(moves));
            for act in moves.into_iter().chain(others) {
                self.plan.steps.push(Step { at_s, act });
                at_s = at_s.saturating_add(20);
            }
        }
    }

    /// Counts a movement, unless there is not the money for it.
    fn grant(&mut self, one: &Move) -> bool {
        let covered = match one.from {
            Place::Customer(account) => one.minor <= self.spendable(account),
            Place::Own(_) => true,
        };
        if one.is_refused || !covered {
            return one.is_refused && !covered;
        }
        self.change(one.from, one.minor.saturating_neg());
        if one.held_s.is_some() {
            self.holds.push(*one);
        } else {
            self.change(one.to, one.minor);
        }
        true
    }

    fn allow(&mut self, act: &Act) -> bool {
        match *act {
            Act::Cash { account, direction: Direction::In, minor, .. } => {
                self.change(Place::Customer(account), minor);
                true
            }
            Act::Cash { account, direction: Direction::Out, minor, .. } => {
                let covered = minor <= self.spendable(account);
                if covered {
                    self.change(Place::Customer(account), minor.saturating_neg());
                }
                covered
            }
            Act::Settle(hold) => self.holds.get(hold).copied().is_some_and(|held| {
                self.change(held.to, held.minor);
                true
            }),
            Act::Release(hold) => self.holds.get(hold).copied().is_some_and(|held| {
                self.change(held.from, held.minor);
                true
            }),
            Act::Close(account) => self.spendable(account) == 0,
            Act::Freeze(_) | Act::Moves(_) => true,
        }
    }
}
