//! A year of the demonstration bank: salaries and rents, groceries and coffee, friends, cash, savings.

use florin_kernel::{Currency, Date};
use florin_ledger::chart;
use florin_payments::{Direction, Product};

use super::chance::Chance;
use super::people::{CURRENCIES, Living, PEOPLE, Person};
use super::plan::{Act, Draft, Move, Opening, Place, Plan, Wish};

/// How many days the plan covers.
pub(super) const DAYS: i64 = 365;
/// The day on which somebody's account is frozen, and whose.
const FREEZE: (i64, usize) = (332, 11);
/// The day on which somebody closes their savings account, and who.
const CLOSE: (i64, usize) = (214, 6);
/// How long a card payment may stay reserved.
const WEEK_S: u32 = 7 * 24 * 60 * 60;

const DUE_FROM_BANKS: u16 = 1_100;
const SHARE_CAPITAL: u16 = 3_000;
const FEE_INCOME: u16 = 4_100;
const INTEREST_EXPENSE: u16 = 5_000;
/// The institution's own accounts that the plan needs in every currency.
pub(super) const OWN: [u16; 5] = [chart::CASH, DUE_FROM_BANKS, SHARE_CAPITAL, FEE_INCOME, INTEREST_EXPENSE];

const FRIENDLY: [&str; 6] = [
    "Dinner on Friday",
    "Concert tickets",
    "Half of the present",
    "Thank you!",
    "Football pitch",
    "Train tickets",
];

/// A customer with their accounts.
struct Customer {
    person: &'static Person,
    checking: usize,
    savings: Option<usize>,
    is_active: bool,
}

struct Year {
    chance: Chance,
    draft: Draft,
    customers: Vec<Customer>,
    wishes: Vec<Wish>,
}

/// The plan of a year that begins on `first`; the same for the same seed.
pub(super) fn plan(first: Date, seed: u64) -> Plan {
    let mut year = Year {
        chance: Chance::new(seed),
        draft: Draft::default(),
        customers: Vec::new(),
        wishes: Vec::new(),
    };
    year.open_accounts();
    let mut date = first;
    for day in 0..DAYS {
        if day == 0 {
            year.begin();
        }
        // Who leaves today does nothing else today.
        year.of_note(day);
        year.of_month(date);
        year.of_day(date);
        let wishes = std::mem::take(&mut year.wishes);
        let chance = &mut year.chance;
        year.draft.end_day(day.saturating_mul(86_400), &mut || chance.between(0, 3_000), wishes);
        date = date.tomorrow().unwrap_or(Date::MAX);
    }
    year.draft.plan
}

impl Year {
    fn open_accounts(&mut self) {
        for (owner, person) in PEOPLE.iter().enumerate() {
            let currency = person.currency;
            let checking = self.draft.open(Opening { owner, product: Product::Checking, currency });
            let saves = matches!(person.living, Living::Household { saves: true, .. });
            let savings =
                saves.then(|| self.draft.open(Opening { owner, product: Product::Savings, currency }));
            self.customers.push(Customer { person, checking, savings, is_active: true });
        }
    }

    fn wish(&mut self, hour: i64, act: Act) {
        self.wishes.push(Wish { hour, act });
    }

    fn pay(&mut self, hour: i64, from: Place, to: Place, minor: i64, currency: Currency, text: &'static str) {
        if minor > 0 {
            let one = Move { from, to, minor, currency, text, held_s: None, is_refused: false };
            self.wish(hour, Act::Moves(vec![one]));
        }
    }

    /// The checking account of a business.
    fn business(&self, currency: Currency, living: Living) -> Place {
        let found =
            self.customers.iter().find(|one| one.person.currency == currency && one.person.living == living);
        found.map_or(Place::Own(DUE_FROM_BANKS), |one| Place::Customer(one.checking))
    }

    /// The capital of the bank, and the money that its customers bring along.
    fn begin(&mut self) {
        for currency in CURRENCIES {
            let (banks, capital) = (Place::Own(DUE_FROM_BANKS), Place::Own(SHARE_CAPITAL));
            self.pay(8, banks, capital, 500_000_000, currency, "Capital paid in");
        }
        for index in 0..self.customers.len() {
            let Some(Customer { person, checking, .. }) = self.customers.get(index) else { continue };
            let (currency, checking) = (person.currency, Place::Customer(*checking));
            let brought = match person.living {
                Living::Household { salary, .. } => {
                    salary.saturating_add(self.chance.between(10_000, 400_000))
                }
                _ => self.chance.between(1_000_000, 2_500_000),
            };
            self.pay(
                9,
                Place::Own(DUE_FROM_BANKS),
                checking,
                brought,
                currency,
                "Transfer from my former bank",
            );
        }
    }

    /// What is due on its day of the month.
    fn of_month(&mut self, date: Date) {
        let banks = Place::Own(DUE_FROM_BANKS);
        for index in 0..self.customers.len() {
            let Some(&Customer { person, checking, savings, is_active }) = self.customers.get(index) else {
                continue;
            };
            if !is_active {
                continue;
            }
            let (currency, account) = (person.currency, Place::Customer(checking));
            let Living::Household { salary, rent, .. } = person.living else {
                if date.day() == 15 {
                    let spent = self.draft.spendable(checking) / 10 * 7;
                    self.pay(11, account, banks, spent, currency, "Suppliers and wages");
                }
                continue;
            };
            match date.day() {
                1 => {
                    let landlord = self.business(currency, Living::Landlord);
                    self.pay(7, account, landlord, rent, currency, "Rent");
                }
                3 => {
                    let bill = self.chance.between(6_500, 16_000);
                    self.pay(10, account, banks, bill, currency, "Electricity and heating");
                }
                5 => self.pay(10, account, banks, 2_499, currency, "Telephone and internet"),
                28 => {
                    self.pay(8, banks, account, salary, currency, "Salary");
                    if let Some(savings) = savings {
                        let part = salary / 100 * self.chance.between(4, 12);
                        self.pay(18, account, Place::Customer(savings), part, currency, "To my savings");
                    } else {
                        self.pay(20, account, Place::Own(FEE_INCOME), 450, currency, "Account fee");
                    }
                }
                _ => {}
            }
            self.pay_interest(date, savings, currency);
        }
    }

    /// Interest on savings at a quarter's end: 45 hundredths of a per cent, whole minor units of it.
    fn pay_interest(&mut self, date: Date, savings: Option<usize>, currency: Currency) {
        let Some(savings) = savings else { return };
        if date.month() % 3 == 0 && date.day() == 30 {
            let interest = self.draft.spendable(savings).saturating_mul(45) / 10_000;
            let expense = Place::Own(INTEREST_EXPENSE);
            self.pay(22, expense, Place::Customer(savings), interest, currency, "Interest");
        }
    }

    /// What happens on any day.
    fn of_day(&mut self, date: Date) {
        for index in 0..self.customers.len() {
            let Some(&Customer { person, checking, is_active, .. }) = self.customers.get(index) else {
                continue;
            };
            match person.living {
                Living::Household { .. } if is_active => self.of_household(index, checking, person.currency),
                Living::Grocer | Living::Cafe if date.weekday() == jiff::civil::Weekday::Monday => {
                    let minor = self.chance.between(300, 950).saturating_mul(100);
                    let (direction, text) = (Direction::In, "Takings of the week");
                    self.wish(9, Act::Cash { account: checking, direction, minor, text });
                }
                _ => {}
            }
        }
    }

    fn of_household(&mut self, index: usize, checking: usize, currency: Currency) {
        let account = Place::Customer(checking);
        if self.chance.happens(270) {
            let (hour, minor) = (self.chance.between(9, 19), self.chance.between(1_180, 9_450));
            let grocer = self.business(currency, Living::Grocer);
            self.pay(hour, account, grocer, minor, currency, "Groceries");
        }
        if self.chance.happens(280) {
            let (hour, minor) = (self.chance.between(8, 17), self.chance.between(280, 2_400));
            let cafe = self.business(currency, Living::Cafe);
            self.pay(hour, account, cafe, minor, currency, "Card payment, coffee");
        }
        if self.chance.happens(20) {
            self.pay_a_friend(index, account, currency);
        }
        if self.chance.happens(25) {
            let minor = self.chance.between(2, 20).saturating_mul(1_000);
            let (direction, text) = (Direction::Out, "Cash at the counter");
            self.wish(12, Act::Cash { account: checking, direction, minor, text });
        }
    }

    fn pay_a_friend(&mut self, index: usize, from: Place, currency: Currency) {
        let is_friend = |(other, one): &(usize, &Customer)| {
            let lives_here = one.person.currency == currency && one.is_active;
            *other != index && lives_here && matches!(one.person.living, Living::Household { .. })
        };
        let friends: Vec<usize> =
            self.customers.iter().enumerate().filter(is_friend).map(|(_, one)| one.checking).collect();
        let (minor, hour) = (self.chance.between(800, 7_500), self.chance.between(18, 21));
        let text = self.chance.one_of(&FRIENDLY).copied().unwrap_or_default();
        if let Some(friend) = self.chance.one_of(&friends).copied() {
            self.pay(hour, from, Place::Customer(friend), minor, currency, text);
        }
    }

    /// What happens once: holds and what becomes of them, refusals, a frozen and a closed account.
    fn of_note(&mut self, day: i64) {
        match day {
            120 => self.hold(0, 18_900, "Hotel deposit"),
            123 => self.wish(11, Act::Settle(0)),
            241 => self.hold(8, 25_000, "Rental car deposit"),
            243 => self.wish(15, Act::Release(1)),
            362 => self.hold(2, 14_250, "Hotel deposit"),
            363 => self.hold(10, 6_000, "Fuel"),
            364 => {
                self.hold(0, 4_000, "Fuel");
                self.hold(14, 11_500, "Theatre tickets");
            }
            _ => {}
        }
        if day % 61 == 60 {
            self.ask_too_much(day);
        }
        if day == FREEZE.0
            && let Some(customer) = self.customers.get_mut(FREEZE.1)
        {
            customer.is_active = false;
            let account = customer.checking;
            self.wish(23, Act::Freeze(account));
        }
        if day == CLOSE.0 {
            self.close_savings();
        }
    }

    fn hold(&mut self, index: usize, minor: i64, text: &'static str) {
        let Some(&Customer { person, checking, .. }) = self.customers.get(index) else { return };
        let (from, currency) = (Place::Customer(checking), person.currency);
        let to = Place::Own(DUE_FROM_BANKS);
        let one = Move { from, to, minor, currency, text, held_s: Some(WEEK_S), is_refused: false };
        self.wish(20, Act::Moves(vec![one]));
    }

    /// Somebody tries to pay more than they have.
    fn ask_too_much(&mut self, day: i64) {
        let index = usize::try_from(day % 8).unwrap_or(0);
        let Some(&Customer { person, checking, is_active: true, .. }) = self.customers.get(index) else {
            return;
        };
        let (from, to) = (Place::Customer(checking), Place::Own(DUE_FROM_BANKS));
        let (currency, minor) = (person.currency, 4_500_000);
        let one = Move { from, to, minor, currency, text: "New car", held_s: None, is_refused: true };
        self.wish(16, Act::Moves(vec![one]));
    }

    fn close_savings(&mut self) {
        let Some(customer) = self.customers.get_mut(CLOSE.1) else { return };
        let (currency, checking) = (customer.person.currency, customer.checking);
        let Some(savings) = customer.savings.take() else { return };
        let all = self.draft.spendable(savings);
        let (from, to) = (Place::Customer(savings), Place::Customer(checking));
        self.pay(22, from, to, all, currency, "Savings, all of it");
        self.wish(23, Act::Close(savings));
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn moves(plan: &Plan) -> Vec<Move> {
        let of = |act: &Act| if let Act::Moves(moves) = act { moves.clone() } else { Vec::new() };
        plan.steps.iter().flat_map(|step| of(&step.act)).collect()
    }

    fn count(plan: &Plan, is: impl Fn(&Act) -> bool) -> usize {
        plan.steps.iter().filter(|step| is(&step.act)).count()
    }

    #[test]
    fn the_same_seed_makes_the_same_year_and_another_makes_another() {
        let first = date(2025, 3, 9);

        assert_eq!(plan(first, 7), plan(first, 7));
        assert_ne!(plan(first, 7), plan(first, 8));
    }

    #[test]
    fn a_year_has_everything_that_is_to_be_seen() {
        for first in [date(2024, 2, 29), date(2025, 8, 31), date(2026, 1, 1)] {
            let plan = plan(first, 1);

            assert!((4_000..7_000).contains(&moves(&plan).len()), "{}", moves(&plan).len());
            assert!(count(&plan, |act| matches!(act, Act::Cash { .. })) > 200);
            assert_eq!(count(&plan, |act| matches!(act, Act::Freeze(_))), 1);
            assert_eq!(count(&plan, |act| matches!(act, Act::Close(_))), 1);
            assert_eq!(count(&plan, |act| matches!(act, Act::Settle(_) | Act::Release(_))), 2);
            assert!(moves(&plan).iter().any(|one| one.is_refused));
            let open = moves(&plan).iter().filter(|one| one.held_s.is_some()).count();
            assert_eq!(open, 6, "four of them stay open");
        }
    }

    #[test]
    fn times_go_forward_and_end_within_the_year() {
        let plan = plan(date(2025, 3, 9), 1);

        assert!(plan.steps.windows(2).all(|pair| pair[0].at_s < pair[1].at_s));
        assert!(plan.steps.last().unwrap().at_s < DAYS * 86_400);
    }
}
