//! How a payment is spread over what a borrower owes: the waterfall.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Component, Parts};

/// How a sum stands to the day on which it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// It was due before.
    PastDue,
    /// It is due on that day.
    Due,
    /// It is due later: interest that has accrued, and principal.
    InAdvance,
}

/// A step of the waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// When the sum is due.
    pub bucket: Bucket,
    /// What it is for.
    pub component: Component,
}

/// Whether one instalment is settled after the other, or one component after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The oldest instalment whole, then the next.
    #[default]
    ByInstalment,
    /// The first component of all instalments of a bucket, the oldest first, then the next component.
    ByComponent,
}

/// The order in which a payment settles what is owed: each bucket with each component, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "OrderWords", try_from = "OrderWords")]
pub struct Order {
    steps: [Step; STEPS],
    direction: Direction,
}

/// An order as it is written down: each step is `past_due`, `due` or `in_advance` with a component.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderWords {
    steps: Vec<(Bucket, Component)>,
    direction: Direction,
}

impl From<Order> for OrderWords {
    fn from(order: Order) -> Self {
        let steps = order.steps().map(|step| (step.bucket, step.component)).collect();
        Self { steps, direction: order.direction }
    }
}

impl TryFrom<OrderWords> for Order {
    type Error = InvalidOrder;

    fn try_from(words: OrderWords) -> Result<Self, InvalidOrder> {
        let steps = words.steps.into_iter().map(|(bucket, component)| Step { bucket, component });
        Self::new(&steps.collect::<Vec<_>>(), words.direction)
    }
}

const STEPS: usize = 15;
const BUCKETS: [Bucket; 3] = [Bucket::PastDue, Bucket::Due, Bucket::InAdvance];

/// An order that leaves out a step or names one twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an order names each of the three buckets with each of the five components once")]
pub struct InvalidOrder;

impl Order {
    /// These steps, in this direction.
    ///
    /// # Errors
    /// [`InvalidOrder`].
    pub fn new(steps: &[Step], direction: Direction) -> Result<Self, InvalidOrder> {
        let steps: [Step; STEPS] = steps.try_into().map_err(|_| InvalidOrder)?;
        let once = |step: &Step| steps.iter().filter(|other| *other == step).count() == 1;
        if steps.iter().all(once) { Ok(Self { steps, direction }) } else { Err(InvalidOrder) }
    }

    /// What is past due, then what is due, then what is in advance; within each the components as given.
    ///
    /// # Errors
    /// [`InvalidOrder`] when a component is named twice.
    pub fn of_components(components: [Component; 5], direction: Direction) -> Result<Self, InvalidOrder> {
        let step = |bucket| components.map(|component| Step { bucket, component });
        Self::new(&BUCKETS.map(step).concat(), direction)
    }

    /// The cost of borrowing first, then principal: penalties, fees, interest, escrow, principal. The order that Canada
    /// prescribes (SOR/2021-181, s. 47(2)(b)), and the default.
    pub const fn cost_first() -> Self {
        Self::in_turn([
            Component::Penalty,
            Component::Fee,
            Component::Interest,
            Component::Escrow,
            Component::Principal,
        ])
    }

    /// Interest, principal and escrow before fees and penalties: mortgages in the United States, where a payment counts
    /// as periodic once it covers these (12 CFR 1026.36(c)(1)).
    pub const fn periodic_first() -> Self {
        Self::in_turn([
            Component::Interest,
            Component::Principal,
            Component::Escrow,
            Component::Fee,
            Component::Penalty,
        ])
    }

    const fn in_turn(components: [Component; 5]) -> Self {
        let mut steps = [Step { bucket: Bucket::PastDue, component: Component::Penalty }; STEPS];
        let mut place = 0;
        while place < STEPS {
            #[expect(
                clippy::indexing_slicing,
                reason = "three buckets of five components are all the places"
            )]
            let step = Step { bucket: BUCKETS[place / 5], component: components[place % 5] };
            #[expect(clippy::indexing_slicing, reason = "bounded by the loop")]
            {
                steps[place] = step;
            }
            place += 1;
        }
        Self { steps, direction: Direction::ByInstalment }
    }

    /// The steps, first to last.
    pub fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        self.steps.iter().copied()
    }

    /// The direction.
    pub const fn direction(&self) -> Direction {
        self.direction
    }
}

impl Default for Order {
    fn default() -> Self {
        Self::cost_first()
    }
}

/// Something that has fallen due and is not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The instalment's number; none for a charge between instalments.
    pub number: Option<u16>,
    /// When it was due.
    pub due_on: Date,
    /// What is still open.
    pub open: Parts,
    /// Whether a late fee was charged for it.
    pub late_charged: bool,
}

/// Settles what is due with at most `minor`, as it stands on `on`; gives what was settled. Steps in advance are left out.
pub(super) fn settle(order: &Order, dues: &mut [Due], on: Date, minor: i64) -> Parts {
    let mut left = minor.max(0);
    let mut settled = Parts::default();
    let mut pay = |due: &mut Due, component: Component| {
        let part = due.open.of(component).min(left);
        left -= part;
        *due.open.part(component) -= part;
        *settled.part(component) += part;
    };
    match order.direction {
        Direction::ByComponent => {
            for step in order.steps() {
                for due in dues.iter_mut().filter(|due| bucket(due, on) == step.bucket) {
                    pay(due, step.component);
                }
            }
        }
        Direction::ByInstalment => {
            for wanted in order.buckets() {
                for due in dues.iter_mut().filter(|due| bucket(due, on) == wanted) {
                    for step in order.steps().filter(|step| step.bucket == wanted) {
                        pay(due, step.component);
                    }
                }
            }
        }
    }
    settled
}

impl Order {
    /// The buckets in the order in which each is first named.
    fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        let first = |bucket: &Bucket| self.steps.iter().position(|step| step.bucket == *bucket);
        let mut buckets = BUCKETS;
        buckets.sort_by_key(first);
        buckets.into_iter()
    }

    /// Whether, in advance, principal comes before interest.
    pub(super) fn principal_before_interest(&self) -> bool {
        let place = |component| {
            self.steps.iter().position(|step| *step == Step { bucket: Bucket::InAdvance, component })
        };
        place(Component::Principal) < place(Component::Interest)
    }
}

fn bucket(due: &Due, on: Date) -> Bucket {
    if due.due_on < on { Bucket::PastDue } else { Bucket::Due }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn due(day: i8, interest: i64, principal: i64, penalty: i64) -> Due {
        let open = Parts { penalty, interest, principal, ..Parts::default() };
        Due { number: None, due_on: date(2026, 1, day), open, late_charged: false }
    }

    #[test]
    fn the_oldest_instalment_is_settled_whole_before_the_next() {
        let mut dues = [due(1, 10, 90, 5), due(11, 10, 90, 0)];

        let settled = settle(&Order::cost_first(), &mut dues, date(2026, 1, 20), 110);

        assert_eq!(settled, Parts { penalty: 5, interest: 15, principal: 90, ..Parts::default() });
        assert_eq!(dues[0].open.total(), 0);
        assert_eq!(dues[1].open, Parts { interest: 5, principal: 90, ..Parts::default() });
    }

    #[test]
    fn by_component_all_interest_comes_before_any_principal() {
        let components = [
            Component::Interest,
            Component::Principal,
            Component::Penalty,
            Component::Fee,
            Component::Escrow,
        ];
        let order = Order::of_components(components, Direction::ByComponent).unwrap();
        let mut dues = [due(1, 10, 90, 5), due(11, 10, 90, 0)];

        let settled = settle(&order, &mut dues, date(2026, 1, 20), 110);

        assert_eq!(settled, Parts { interest: 20, principal: 90, ..Parts::default() });
        assert_eq!(dues[0].open, Parts { penalty: 5, ..Parts::default() });
    }

    #[test]
    fn what_is_due_today_waits_for_what_is_past_due() {
        let mut dues = [due(20, 10, 0, 0), due(1, 0, 50, 0)];

        settle(&Order::periodic_first(), &mut dues, date(2026, 1, 20), 50);

        assert_eq!(dues[0].open.interest, 10);
        assert_eq!(dues[1].open.total(), 0);
    }

    #[test]
    fn an_order_names_every_step_once() {
        let steps: Vec<Step> = Order::cost_first().steps().collect();
        assert_eq!(Order::new(&steps, Direction::ByInstalment), Ok(Order::cost_first()));
        assert_eq!(Order::new(&steps[1..], Direction::ByInstalment), Err(InvalidOrder));
        let twice: Vec<Step> = steps[..14].iter().chain(&steps[..1]).copied().collect();
        assert_eq!(Order::new(&twice, Direction::ByInstalment), Err(InvalidOrder));
        assert_eq!(Order::of_components([Component::Fee; 5], Direction::ByInstalment), Err(InvalidOrder),);
    }

    proptest! {
        #[test]
        fn every_minor_unit_is_accounted_for_in_any_order(
            paid in 0_i64..2_000,
            owed in prop::collection::vec((1_i8..28, 0_i64..100, 0_i64..100, 0_i64..100), 0..10),
            components in Just(Component::ALL.to_vec()).prop_shuffle(),
            by_component in any::<bool>(),
        ) {
            let direction = if by_component { Direction::ByComponent } else { Direction::ByInstalment };
            let order = Order::of_components(components.try_into().unwrap(), direction).unwrap();
            let mut dues: Vec<Due> = owed.iter().map(|(day, a, b, c)| due(*day, *a, *b, *c)).collect();
            let before: i64 = dues.iter().map(|due| due.open.total()).sum();

            let settled = settle(&order, &mut dues, date(2026, 1, 15), paid);

            let after: i64 = dues.iter().map(|due| due.open.total()).sum();
            prop_assert_eq!(settled.total(), paid.min(before));
            prop_assert_eq!(before - after, settled.total());
            prop_assert!(dues.iter().all(|due| Component::ALL.iter().all(|c| due.open.of(*c) >= 0)));
        }
    }
}
