//! Genuine people: they travel, they shop, they pay rent, and they are let through.

use florin_risk::{Kind, Outcome, Place, Verdict};

use crate::world::{Chance, DAY, HOUR, LONDON, MINUTE, NOON, attempt, country, engine, go, settled, token};

#[test]
fn a_holiday_shopper_is_never_declined_and_hardly_ever_held() {
    let engine = engine();
    let (mut held, mut all) = (0, 0);
    for person in 0..40_u64 {
        settled(&engine, person);
        let mut chance = Chance(1_000 + person);
        let mut at_us = NOON;
        go(&engine, &attempt(person, 1, Kind::CardAuthorization, at_us, 30_00));
        // A flight of eight hours, then three days of shops: up to 25 an afternoon, three to six times the usual amount.
        at_us += 8 * HOUR;
        for number in 2..60_u64 {
            at_us += if number % 20 == 0 { 12 * HOUR } else { chance.minor(4 * MINUTE, 30 * MINUTE) };
            let mut bought =
                attempt(person, number, Kind::CardAuthorization, at_us, chance.minor(20_00, 350_00));
            bought.merchant = Some(token("abroad", chance.below(300)));
            (bought.place, bought.country) = (Some(LONDON), country("GB"));
            bought.ip = None;

            let ruling = go(&engine, &bought);

            assert_ne!(ruling.verdict, Verdict::Decline, "{:?}", ruling.reasons);
            held += usize::from(ruling.verdict == Verdict::Review);
            all += 1;
        }
    }
    assert!(held * 200 <= all, "{held} of {all} held");
}

#[test]
fn few_genuine_attempts_are_held_and_hardly_any_declined() {
    let engine = engine();
    let (mut declined, mut held, mut all) = (0_u32, 0_u32, 0_u32);
    let mut attempts = Vec::new();
    for person in 0..80_u64 {
        let mut chance = Chance(person);
        // Some spend ten times what others do; some act at night, travel, change their device, or are new here.
        let usual = chance.minor(15_00, 150_00);
        let night = if chance.below(10) == 0 { 14 * HOUR } else { 0 };
        let mut device = person;
        for number in 0..120_u64 {
            let day = i64::try_from(number).unwrap() * 2 / 3;
            let at_us = NOON - 80 * DAY + day * DAY + night + chance.minor(0, 9 * HOUR);
            let kinds = [
                Kind::CardAuthorization,
                Kind::CardAuthorization,
                Kind::CardAuthorization,
                Kind::Payment,
                Kind::Transfer,
                Kind::Login,
            ];
            let kind = kinds[usize::try_from(chance.below(6)).unwrap()];
            let many = if chance.below(30) == 0 { 12 } else { 1 };
            let minor = (usual / 4 + chance.minor(0, usual * 2)) * many;
            let mut made = attempt(person, number, kind, at_us, if kind == Kind::Login { 0 } else { minor });
            device = if chance.below(60) == 0 { device + 10_000 } else { device };
            made.device = Some(token("device", device));
            made.available_minor = Some(minor + chance.minor(1, 4_000_00));
            made.place = Some(Place {
                latitude_udeg: 43_600_000 + i32::try_from(chance.below(200_000)).unwrap(),
                longitude_udeg: -79_400_000,
            });
            made.user_known_since_us = Some(NOON - 81 * DAY - i64::try_from(person).unwrap() * 20 * DAY);
            made.account_opened_at_us = made.user_known_since_us;
            if matches!(kind, Kind::Payment | Kind::Transfer) {
                made.counterparty = Some(token("payee", person * 100 + chance.below(8)));
            }
            attempts.push(made);
        }
    }
    attempts.sort_by_key(|attempt| attempt.at_us);

    for attempt in attempts {
        let wrong_password = attempt.kind == Kind::Login && attempt.at_us % 17 == 0;
        let ruling = engine.assess(&attempt);
        engine.learn(&attempt, if wrong_password { Outcome::FailedLogin } else { Outcome::Approved });
        all += 1;
        declined += u32::from(ruling.verdict == Verdict::Decline);
        held += u32::from(ruling.verdict == Verdict::Review);
    }

    assert!(declined * 1_000 <= all, "{declined} of {all} declined");
    assert!(held * 100 <= all, "{held} of {all} held");
}
