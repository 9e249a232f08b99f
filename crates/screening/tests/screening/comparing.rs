//! Two names against each other: telling pairs, and what is true of all pairs.

use florin_screening::Kind;
use florin_screening::compare::compare;
use florin_screening::compare::like::How;
use proptest::prelude::*;

fn person(a: &str, b: &str) -> f64 {
    compare(a, b, Kind::Person).score
}

fn organisation(a: &str, b: &str) -> f64 {
    compare(a, b, Kind::Organisation).score
}

#[test]
fn one_person_spelled_in_many_ways_is_one() {
    for (a, b) in [
        ("Ana Lucía Rivera", "RIVERA, Ana Lucia"),
        ("Yousef Mahmoud Nasser", "Yusuf Mahmud Nasir"),
        ("Абдуллаев Тимур", "Timur Abdullayev"),
        ("Wladimir Orlow", "Vladimir Orlov"),
        ("'Abd al-Qadir Salim", "Abdelkader Salem"),
        ("Dr. Marta Keller", "Marta Keller"),
        ("MartaKeller", "Marta Keller"),
        ("M. Kellermann", "Marta Kellermann"),
        ("Jose Pérez Quintana", "Jose Antonio Perez Quintana"),
        ("Mart1n Petersen", "Martin Petersen"),
        ("김민준", "Kim Min-jun"),
        ("خالد المنصوري", "Khaled al-Mansouri"),
        ("שרון מזרחי", "Sharon Mizrahi"),
    ] {
        assert!(person(a, b) >= 0.70, "{a} / {b}: {:?}", compare(a, b, Kind::Person));
    }
}

#[test]
fn two_people_who_share_a_name_are_two() {
    for (a, b) in [
        ("Boris Keller", "Marta Keller"),
        ("Yusuf Ali al-Tamimi", "Yusuf Ali al-Dulaimi"),
        ("Kim Min Jun", "Kim Sok Ho"),
        ("Ivan Petrovich Sokolov", "Ivan Andreevich Sokolov"),
        ("Keller", "Marta Keller"),
        ("Ahmed Salem Omar", "Mohamed Salem Omar"),
        ("T. Keller", "Marta Keller"),
    ] {
        assert!(person(a, b) < 0.70, "{a} / {b}: {:?}", compare(a, b, Kind::Person));
    }
}

#[test]
fn legal_forms_and_spellings_do_not_make_another_company() {
    for (a, b) in [
        ("Amberline Limited", "AMBERLINE LTD."),
        ("OOO Amberline", "Amberline Limited Liability Company"),
        ("Amberline S.A. de C.V.", "Amberline"),
        ("The Amberline Organisation", "Amberline Organization"),
        ("A.B.K. Amberline", "ABK Amberline"),
        ("Amber Line Shipping", "Amberline Shipping"),
        ("Amberline Corporaton", "Amberline Corp"),
        ("Hagen & Sons GmbH", "Hagen and Sons Gesellschaft mit beschränkter Haftung"),
    ] {
        assert!(organisation(a, b) >= 0.85, "{a} / {b}: {:?}", compare(a, b, Kind::Organisation));
    }
}

#[test]
fn a_legal_form_or_a_generic_word_names_nobody() {
    for (a, b) in [
        ("CORP", "Amberline Corp"),
        ("Trading Company", "Amberline Trading Company"),
        ("Limited", "Amberline Limited"),
        ("International Bank", "International Bank of Amberline"),
        ("Amberline Chile", "Amberline Norge"),
        ("Amberline Technology", "Amberline"),
        ("Volga AG", "Siebert AG"),
    ] {
        assert!(organisation(a, b) < 0.70, "{a} / {b}: {:?}", compare(a, b, Kind::Organisation));
    }
}

#[test]
fn a_comparison_says_what_it_saw() {
    let seen = compare("Marta J. Keler", "KELLER, Marta Ana", Kind::Person);

    assert!(
        seen.pairs
            .iter()
            .any(|pair| pair.left == "keler" && pair.right == "keller" && pair.how == How::Sound)
    );
    assert!(seen.pairs.iter().any(|pair| pair.left == "marta" && pair.how == How::Same));
    assert_eq!(seen.left_alone, ["j"]);
    assert_eq!(seen.right_alone, ["ana"]);
}

#[test]
fn hostile_names_neither_fail_nor_take_long() {
    let long = "a".repeat(1_000_000);
    let many = "a b ".repeat(100_000);
    let odd = "\u{202e}\u{0}\u{ffff}\u{1f600}\u{301}\u{301}";
    for name in [long.as_str(), many.as_str(), odd, "", "   ", ",,,,", "''''", "-", "\u{fdfa}"] {
        for kind in [Kind::Person, Kind::Organisation] {
            let score = compare(name, "Marta Keller", kind).score;
            assert!((0.0..0.7).contains(&score));
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    let word = prop_oneof!["[A-Za-z]{1,12}", "[а-я]{2,9}", "[ا-ي]{2,8}", "al|bin|de|Mohammed|Ltd|V|3"];
    prop::collection::vec(word, 1..6).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn comparing_is_symmetric(a in name(), b in name()) {
        for kind in [Kind::Person, Kind::Organisation] {
            let (there, back) = (compare(&a, &b, kind).score, compare(&b, &a, kind).score);
            prop_assert!((there - back).abs() < 1e-9, "{there} {back}");
            prop_assert!((0.0..=1.0).contains(&there));
        }
    }

    #[test]
    fn a_name_is_itself(a in name()) {
        prop_assert!((person(&a, &a) - 1.0).abs() < 1e-9 || !a.chars().any(char::is_alphanumeric), "{}", person(&a, &a));
    }

    #[test]
    fn the_order_of_a_persons_words_does_not_matter(words in prop::collection::vec("[b-df-hj-np-tv-z]{5,9}", 2..5)) {
        let mut turned = words.clone();
        turned.rotate_left(1);
        prop_assert!(person(&words.join(" "), &turned.join(" ")) > 0.999);
    }

    #[test]
    fn words_of_noise_never_raise(words in prop::collection::vec("[a-m]{4,9}", 2..4), noise in "[n-z]{6,9}") {
        let name = words.join(" ");
        let noisy = format!("{name} {noise}");
        prop_assert!(person(&name, &noisy) <= person(&name, &name));
        let elsewhere = format!("{name} qqxzqx");
        prop_assert!(person(&noisy, &elsewhere) <= person(&name, &noisy) + 1e-9);
    }

    #[test]
    fn any_text_can_be_compared(a in any::<String>(), b in any::<String>()) {
        prop_assert!((0.0..=1.0).contains(&person(&a, &b)));
        prop_assert!((0.0..=1.0).contains(&organisation(&a, &b)));
    }
}
