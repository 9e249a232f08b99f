//! Rules as data: a closed language for conditions, and sets of rules with their tests.
//!
//! A condition compares features ([`crate::features::FEATURES`]) and fields of the attempt, and knows nothing else:
//!
//! ```text
//! user.count.10m >= 6 and user.near.10m >= 3
//! amount > 5000 USD and account.age < 14 days and not blocked(ip)
//! kind in ["transfer", "payment"] and country != "CA" and amount.of_available >= 90 percent
//! ```
//!
//! Like is compared with like: amounts with amounts in the reference currency, times with times. What is not known makes
//! every comparison false; `known(card.since_last)` asks. There are `+ - * /`, `min`, `max`, `abs`, `blocked` and `allowed`
//! of a dimension or of any. Conditions are checked when they are loaded, and are programs without loops after that.

mod check;
mod expression;
mod fault;
mod lexer;
mod locate;
mod parser;
mod program;
mod set;
mod trial;

use florin_kernel::Currency;

pub use expression::{Binary, Expression, Literal, Measure, Node, Unary};
pub use fault::{Fault, Position};
pub use locate::RuleSetFault;
pub use program::{Condition, Scene};
pub use set::{Band, Mode, Rule, RuleSet, RuleSetError};

/// The rules that come with the program, with their amounts in a currency.
///
/// They are written in dollars; in another currency the numbers stay, so that an institution whose unit is worth much less
/// or more looks them over.
pub fn starter(reference: Currency) -> String {
    include_str!("../../rules/starter.toml").replace("USD", reference.code())
}
