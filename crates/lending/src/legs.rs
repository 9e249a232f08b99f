//! What a difference of a loan's figures is in the books: legs that each debit one account and credit another.

use florin_kernel::AccountId;
use florin_ledger::chart;

use crate::{Component, Figures, Parts};

/// An account by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Book {
    /// What this loan is owed for.
    Receivable(Component),
    /// What the institution earned by it; for escrow what it owes to others for the borrower.
    Earned(Component),
    /// What borrowers paid and nothing is settled with yet.
    Held,
    /// What was forgiven or is no longer expected.
    Losses,
    /// What was paid after that.
    Recoveries,
    /// A payment before it is told apart; every chain leaves it as it was.
    Suspense,
    /// What is owed to other lenders for payments that were taken in for them.
    Billers,
    /// What charges of others were taken out of a loan for.
    Clearing,
    /// Where the money comes from or goes to.
    Money(AccountId),
}

/// So much from one account's credit to another's debit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub debit: Book,
    pub credit: Book,
    pub minor: i64,
}

impl Component {
    /// The code of the accounts that hold what is owed for it.
    pub(crate) const fn receivable_code(self) -> u16 {
        match self {
            Self::Penalty => chart::LOAN_PENALTIES,
            Self::Fee => chart::LOAN_FEES,
            Self::Interest => chart::LOAN_INTEREST,
            Self::Escrow => chart::LOAN_ESCROW,
            Self::Principal => chart::LOAN_PRINCIPAL,
        }
    }

    /// The code of the account that it is earned on; principal is not earned, and never stands there.
    const fn earned_code(self) -> u16 {
        match self {
            Self::Penalty => chart::PENALTY_INCOME,
            Self::Fee | Self::Principal => chart::FEE_INCOME,
            Self::Interest => chart::INTEREST_INCOME,
            Self::Escrow => chart::ESCROW,
        }
    }
}

impl Book {
    /// The code of the institution's own account, where it is one.
    pub(crate) const fn internal_code(self) -> Option<u16> {
        match self {
            Self::Receivable(_) | Self::Money(_) => None,
            Self::Earned(component) => Some(component.earned_code()),
            Self::Held => Some(chart::LOAN_HELD),
            Self::Losses => Some(chart::LOAN_LOSSES),
            Self::Recoveries => Some(chart::RECOVERIES),
            Self::Suspense => Some(chart::SUSPENSE),
            Self::Billers => Some(chart::DUE_TO_BILLERS),
            Self::Clearing => Some(chart::CLEARING),
        }
    }

    /// The codes of all accounts of the institution that a loan's legs can touch.
    pub(crate) const INTERNAL: [u16; 10] = [
        chart::PENALTY_INCOME,
        chart::FEE_INCOME,
        chart::INTEREST_INCOME,
        chart::ESCROW,
        chart::LOAN_HELD,
        chart::LOAN_LOSSES,
        chart::RECOVERIES,
        chart::SUSPENSE,
        chart::DUE_TO_BILLERS,
        chart::CLEARING,
    ];
}

/// The components that are earned while a loan runs.
const COSTS: [Component; 4] = [Component::Penalty, Component::Fee, Component::Interest, Component::Escrow];

/// The legs of a difference, in an order in which no receivable ever goes below zero: the money in, then what raises a
/// receivable, then what moves between them, then what lowers one, then the money out.
///
/// `money` is where what was received comes from, or where what was given back goes. What was lent is not among them:
/// paying out has legs of its own.
pub(crate) fn legs(diff: &Figures, money: AccountId) -> Vec<Leg> {
    use Book::{Earned, Held, Losses, Money, Receivable, Recoveries, Suspense};
    let mut legs = Vec::with_capacity(8);
    let mut leg = |debit, credit, minor: i64| {
        if minor > 0 {
            legs.push(Leg { debit, credit, minor });
        }
    };
    let up = |minor: i64| minor.max(0);
    let down = |minor: i64| minor.saturating_neg().max(0);
    leg(Money(money), Suspense, up(diff.received));
    for component in COSTS {
        leg(Receivable(component), Earned(component), up(diff.earned.of(component)));
    }
    for component in Component::ALL {
        leg(Receivable(component), Suspense, down(diff.paid.of(component)));
        leg(Receivable(component), Losses, down(forgiven(diff).of(component)));
    }
    for component in COSTS {
        let (own, principal) = (Receivable(component), Receivable(Component::Principal));
        leg(principal, own, up(diff.capitalized.of(component)));
        leg(own, principal, down(diff.capitalized.of(component)));
    }
    for component in Component::ALL {
        leg(Suspense, Receivable(component), up(diff.paid.of(component)));
        leg(Losses, Receivable(component), up(forgiven(diff).of(component)));
    }
    for component in COSTS {
        leg(Earned(component), Receivable(component), down(diff.earned.of(component)));
    }
    leg(Suspense, Held, up(diff.held));
    leg(Held, Suspense, down(diff.held));
    leg(Suspense, Recoveries, up(diff.recovered));
    leg(Recoveries, Suspense, down(diff.recovered));
    leg(Suspense, Money(money), up(diff.refunded));
    leg(Money(money), Suspense, down(diff.refunded));
    leg(Suspense, Money(money), down(diff.received));
    legs
}

fn forgiven(diff: &Figures) -> Parts {
    diff.waived.plus(diff.written_off)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use florin_kernel::Uuid;
    use proptest::prelude::*;

    use super::*;

    fn parts() -> impl Strategy<Value = Parts> {
        prop::array::uniform5(-1_000_i64..1_000).prop_map(|[penalty, fee, interest, escrow, principal]| {
            Parts { penalty, fee, interest, escrow, principal }
        })
    }

    prop_compose! {
        fn figures()(
            earned in parts(), paid in parts(), waived in parts(), written_off in parts(),
            mut capitalized in parts(), held in -500_i64..500, refunded in -500_i64..500, recovered in -500_i64..500,
        ) -> Figures {
            capitalized.principal = 0;
            capitalized.principal = -capitalized.total();
            let received = paid.total() + held + refunded + recovered;
            let earned = Parts { principal: 0, ..earned };
            Figures { earned, paid, waived, written_off, capitalized, received, held, refunded, recovered }
        }
    }

    proptest! {
        #[test]
        fn the_legs_of_any_difference_change_each_account_by_it_and_leave_suspense_alone(diff in figures()) {
            let money = AccountId::from_uuid(Uuid::from_u128(1));
            let mut nets: HashMap<Book, i64> = HashMap::new();
            for leg in legs(&diff, money) {
                prop_assert!(leg.minor > 0);
                *nets.entry(leg.debit).or_default() += leg.minor;
                *nets.entry(leg.credit).or_default() -= leg.minor;
            }
            let net = |book| nets.get(&book).copied().unwrap_or(0);
            for component in Component::ALL {
                prop_assert_eq!(net(Book::Receivable(component)), diff.receivable().of(component));
            }
            prop_assert_eq!(net(Book::Suspense), 0);
            prop_assert_eq!(net(Book::Held), -diff.held);
            prop_assert_eq!(net(Book::Recoveries), -diff.recovered);
            prop_assert_eq!(net(Book::Money(money)), diff.received - diff.refunded);
            prop_assert_eq!(net(Book::Losses), diff.waived.total() + diff.written_off.total());
            prop_assert!(legs(&diff, money).len() <= 256, "one chain holds them");
        }
    }

    #[test]
    fn a_day_of_interest_is_one_leg() {
        let diff = Figures { earned: Parts::one(Component::Interest, 17), ..Figures::default() };
        let (debit, credit) = (Book::Receivable(Component::Interest), Book::Earned(Component::Interest));
        assert_eq!(legs(&diff, AccountId::from_uuid(Uuid::nil())), [Leg { debit, credit, minor: 17 }]);
    }
}
