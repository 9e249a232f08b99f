//! Each typology is caught under its name; each look-alike is left alone.

use std::collections::BTreeSet;

use florin_compliance::evaluate::evaluate;
use florin_compliance::monitor::Typology;
use florin_kernel::AccountId;

use crate::watched;
use crate::world::{LookAlike, Size, World};

const SMALL: Size = Size { accounts: 600, days: 120, hard: false };

/// Three worlds with one scheme each: found and named in all of them, and with nobody else.
fn is_caught(typology: Typology) {
    for seed in 1..=3 {
        let mut world = World::calm(seed, SMALL);
        world.add_scheme(typology);

        let report = evaluate(&watched(&world), &world.schemes);

        assert_eq!((report.total.found, report.total.named), (1, 1), "{typology} of seed {seed}");
        assert!(report.precision() > 0.85, "{typology} of seed {seed} names others: {}", report.precision());
    }
}

/// Three worlds with three look-alikes each: nobody is named whom one is about.
fn is_left_alone(look_alike: LookAlike) {
    for seed in 1..=3 {
        let mut world = World::calm(seed, SMALL);
        let innocent: BTreeSet<AccountId> = (0..3).flat_map(|_| world.add_look_alike(look_alike)).collect();

        for finding in watched(&world) {
            let named: Vec<_> =
                finding.accounts.iter().filter(|named| innocent.contains(&named.account)).collect();
            assert!(
                named.is_empty(),
                "{look_alike:?} of seed {seed}: {}: {}",
                finding.typology,
                finding.explanation
            );
        }
    }
}

macro_rules! caught {
    ($($test:ident: $typology:ident,)+) => {$(
        #[test]
        fn $test() {
            is_caught(Typology::$typology);
        }
    )+};
}

macro_rules! left_alone {
    ($($test:ident: $look_alike:ident,)+) => {$(
        #[test]
        fn $test() {
            is_left_alone(LookAlike::$look_alike);
        }
    )+};
}

caught! {
    layers_of_accounts_are_a_stack: Stack,
    two_groups_that_pay_criss_cross_are_bipartite: Bipartite,
    what_scatters_and_gathers_is_caught: ScatterGather,
    cash_of_many_for_one_is_smurfing: Smurfing,
    what_gathers_and_scatters_is_caught: GatherScatter,
    money_that_comes_back_is_a_round_trip: RoundTrip,
    a_new_account_that_passes_money_on_is_a_mule: MuleNewAccount,
    cash_in_and_out_daily_is_a_funnel: FunnelAccount,
    an_account_that_wakes_up_to_pass_money_on_is_caught: DormantReactivation,
    money_in_and_out_within_hours_is_rapid_movement: RapidMovement,
    deposits_under_the_limit_are_structuring: Structuring,
    many_strangers_who_pay_one_are_a_fan_in: FanIn,
    many_strangers_whom_one_pays_are_a_fan_out: FanOut,
}

left_alone! {
    wedding_gifts_are_no_fan_in: Gifts,
    a_bonus_off_pay_day_is_no_fan_out: Bonus,
    an_agency_that_strangers_pay_all_year_is_no_fan_in: Agency,
    a_studio_that_pays_strangers_all_year_is_no_fan_out: Studio,
    buying_a_house_is_no_rapid_movement: HousePurchase,
    a_car_sold_for_cash_is_no_structuring: CarSale,
    one_day_of_cash_above_the_limit_is_no_structuring: OneDayOfCash,
    a_restaurant_close_to_the_limit_is_no_structuring: Restaurant,
    waking_up_to_spend_is_no_dormant_reactivation: Awakening,
    ones_own_accounts_are_no_round_trip: OwnAccounts,
    a_treasury_that_always_wires_on_is_no_rapid_movement: Treasury,
    a_new_customer_who_spends_is_no_mule: NewCustomer,
    a_freelancer_who_pays_bills_is_no_rapid_movement: Freelancer,
    a_club_that_is_paid_monthly_is_no_slow_fan_in: ClubFees,
}

#[test]
fn daily_life_alone_names_hardly_anybody() {
    let mut named = 0;
    for seed in 11..=13 {
        named +=
            watched(&World::calm(seed, SMALL)).iter().map(|finding| finding.accounts.len()).sum::<usize>();
    }
    assert!(named <= 9, "{named} of 1,800 customers are suspected of nothing");
}

#[test]
fn a_busy_world_is_seen_through() {
    let size = Size { accounts: 3_000, days: 120, hard: false };
    let world = World::busy(42, size, 8);

    let report = evaluate(&watched(&world), &world.schemes);

    assert!(report.total.found >= 101, "{:?}", report.total);
    assert!(report.total.named >= 98, "{:?}", report.total);
    assert!(report.precision() >= 0.95, "{}", report.precision());
}

#[test]
fn a_hard_world_is_seen_through_mostly() {
    let size = Size { accounts: 3_000, days: 120, hard: true };
    let world = World::busy(43, size, 8);

    let report = evaluate(&watched(&world), &world.schemes);

    assert!(report.total.found >= 98, "{:?}", report.total);
    assert!(report.total.named >= 94, "{:?}", report.total);
    assert!(report.precision() >= 0.9, "{}", report.precision());
}
