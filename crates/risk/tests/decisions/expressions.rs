//! The language of conditions: it reads back what it writes, means what it says, and tells where it is wrong.

use florin_kernel::{Currency, Uuid};
use florin_risk::features::{FEATURES, Unit, find};
use florin_risk::rules::{Binary, Condition, Expression, Literal, Measure, Node, Position, Scene, Unary};
use florin_risk::{Attempt, Kind, ListDimension, ListHit, Listed};
use proptest::prelude::*;

use crate::world::country;

fn make(node: Node) -> Expression {
    Expression { at: Position { line: 1, column: 1 }, node }
}

fn number() -> impl Strategy<Value = Expression> {
    let literal = (0..2_000_u32, any::<bool>()).prop_map(|(whole, half)| {
        let digits = if half { format!("{whole}.5") } else { whole.to_string() };
        make(Node::Number(Literal { digits, measure: Measure::Plain }))
    });
    let counts: Vec<&str> =
        FEATURES.iter().filter(|one| one.unit == Unit::Number).map(|one| one.name).collect();
    let feature = prop::sample::select(counts).prop_map(|name| make(Node::Name(name.to_owned())));
    let leaf = prop_oneof![literal, feature];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let signs =
            [Binary::Plus, Binary::Minus, Binary::Times, Binary::Over, Binary::Least, Binary::Greatest];
        prop_oneof![
            (prop::sample::select(signs.to_vec()), inner.clone(), inner.clone())
                .prop_map(|(sign, one, other)| make(Node::Binary(sign, Box::new(one), Box::new(other)))),
            (prop::sample::select(vec![Unary::Minus, Unary::Absolute]), inner)
                .prop_map(|(unary, part)| make(Node::Unary(unary, Box::new(part)))),
        ]
    })
}

fn condition() -> impl Strategy<Value = Expression> {
    let signs = [
        Binary::Less,
        Binary::LessOrEqual,
        Binary::Greater,
        Binary::GreaterOrEqual,
        Binary::Equal,
        Binary::Unequal,
    ];
    let flags: Vec<&str> =
        FEATURES.iter().filter(|one| one.unit == Unit::Truth).map(|one| one.name).collect();
    let all: Vec<&str> = FEATURES.iter().map(|one| one.name).collect();
    let leaf = prop_oneof![
        (prop::sample::select(signs.to_vec()), number(), number())
            .prop_map(|(sign, one, other)| make(Node::Binary(sign, Box::new(one), Box::new(other)))),
        any::<bool>().prop_map(|truth| make(Node::Truth(truth))),
        prop::sample::select(flags).prop_map(|name| make(Node::Name(name.to_owned()))),
        prop::sample::select(all).prop_map(|name| make(Node::Known(name.to_owned()))),
        (
            any::<bool>(),
            prop::option::of(prop::sample::select(ListDimension::ALL.map(ListDimension::name).to_vec()))
        )
            .prop_map(|(blocked, dimension)| make(Node::Listed {
                blocked,
                dimension: dimension.map(str::to_owned)
            })),
        prop::collection::vec(prop::sample::select(vec!["CA", "US", "GB", "JP"]), 1..5).prop_map(|codes| {
            make(Node::OneOf("country".into(), codes.into_iter().map(str::to_owned).collect()))
        }),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (prop::sample::select(vec![Binary::And, Binary::Or]), inner.clone(), inner.clone())
                .prop_map(|(sign, one, other)| make(Node::Binary(sign, Box::new(one), Box::new(other)))),
            inner.prop_map(|part| make(Node::Unary(Unary::Not, Box::new(part)))),
        ]
    })
}

/// What an expression says, by walking its tree: the second implementation.
fn walk(expression: &Expression, features: &[f64], listed: &Listed, place: &str) -> f64 {
    let truth = |truth: bool| if truth { 1.0 } else { 0.0 };
    let of = |part: &Expression| walk(part, features, listed, place);
    match &expression.node {
        Node::Number(literal) => literal.digits.parse().unwrap(),
        Node::Truth(value) => truth(*value),
        Node::Name(name) => {
            let at = find(name).unwrap();
            if FEATURES[at].unit == Unit::Truth { truth(features[at] == 1.0) } else { features[at] }
        }
        Node::Known(name) => truth(!features[find(name).unwrap()].is_nan()),
        Node::Listed { blocked, dimension } => {
            let hits = if *blocked { &listed.blocks } else { &listed.allows };
            truth(hits.iter().any(|hit| dimension.as_deref().is_none_or(|name| name == hit.dimension.name())))
        }
        Node::OneOf(_, codes) => truth(codes.iter().any(|code| code == place)),
        Node::Text(_) => unreachable!("texts stand in comparisons alone"),
        Node::Unary(Unary::Not, part) => 1.0 - of(part),
        Node::Unary(Unary::Minus, part) => -of(part),
        Node::Unary(Unary::Absolute, part) => of(part).abs(),
        Node::Binary(binary, one, other) => {
            let (one, other) = (of(one), of(other));
            let known = !one.is_nan() && !other.is_nan();
            match binary {
                Binary::And => truth(one == 1.0 && other == 1.0),
                Binary::Or => truth(one == 1.0 || other == 1.0),
                Binary::Less => truth(one < other),
                Binary::LessOrEqual => truth(one <= other),
                Binary::Greater => truth(one > other),
                Binary::GreaterOrEqual => truth(one >= other),
                Binary::Equal => truth(one == other),
                Binary::Unequal => truth(known && one != other),
                Binary::Plus => one + other,
                Binary::Minus => one - other,
                Binary::Times => one * other,
                Binary::Over => one / other,
                Binary::Least => {
                    if known {
                        one.min(other)
                    } else {
                        f64::NAN
                    }
                }
                Binary::Greatest => {
                    if known {
                        one.max(other)
                    } else {
                        f64::NAN
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_and_means_the_same(
        expression in condition(),
        values in prop::collection::vec(prop_oneof![Just(f64::NAN), Just(0.0), Just(1.0), 0.0..2_000.0], FEATURES.len()),
        blocked in prop::sample::subsequence(ListDimension::ALL.to_vec(), 0..4),
    ) {
        let text = expression.to_string();
        let again = Expression::parse(&text).unwrap();
        prop_assert_eq!(&again, &expression, "{}", text);

        let mut attempt = Attempt::new(Uuid::nil(), Kind::Payment, 0, 0, Currency::USD);
        attempt.country = country("CA");
        let hit = |dimension| ListHit { entry: Uuid::nil(), dimension, reason: String::new() };
        let listed = Listed { blocks: blocked.into_iter().map(hit).collect(), allows: Vec::new() };
        if let Ok(compiled) = Condition::compile(&again, Currency::USD) {
            let holds = compiled.holds(&Scene::new(&attempt, &values, &listed));
            prop_assert_eq!(holds, walk(&expression, &values, &listed, "CA") == 1.0, "{}", text);
        }
    }

    #[test]
    fn no_text_makes_reading_fail_otherwise_than_by_saying_so(text in "[ a-z0-9.()<>=!\"\\[\\],+*/\n-]{0,120}") {
        if let Ok(expression) = Expression::parse(&text) {
            drop(Condition::compile(&expression, Currency::USD));
        }
    }
}

fn fault(text: &str) -> String {
    let compiled = Expression::parse(text).and_then(|read| Condition::compile(&read, Currency::USD));
    compiled.unwrap_err().to_string()
}

#[test]
fn faults_say_where_and_what() {
    let cases = [
        (
            "user.cuont.10m > 3",
            "line 1, column 1: there is no feature `user.cuont.10m`; is `user.count.10m` meant?",
        ),
        ("user.count.10m >\n  5 USD", "line 1, column 1: a number and an amount cannot be compared"),
        (
            "amount > 500 EUR",
            "line 1, column 10: amounts are compared in USD, the reference currency, not in EUR",
        ),
        ("amount > 5.001 USD", "line 1, column 10: USD has 2 digits after the point"),
        ("user.count.10m", "line 1, column 1: a condition is true or false, and this is a number"),
        (
            "payee.new and\n amount",
            "line 2, column 2: true or false is wanted here, and this is an amount: compare it with something",
        ),
        (
            "kind == \"transfr\"",
            "line 1, column 1: \"transfr\" is not known here: transfer, payment, withdrawal, deposit, card_authorization, login",
        ),
        (
            "blocked(planet)",
            "line 1, column 1: there is no list of `planet`: there are lists of user, account, counterparty, card, merchant, terminal, email, device, ip, country",
        ),
        ("amount = 5", "line 1, column 8: `=` means nothing here; to compare, write `==`"),
        (
            "payee.new payee.new",
            "line 1, column 11: `payee.new` is not expected here: join conditions with `and` or `or`",
        ),
        ("country == \"CA", "line 1, column 12: this text has no closing quotation mark"),
        (
            "system(1)",
            "line 1, column 1: there is no function `system`: there are known, blocked, allowed, abs, min and max",
        ),
        ("", "line 1, column 1: a feature, a number or a bracket is wanted here, not the end"),
    ];
    for (text, told) in cases {
        assert_eq!(fault(text), told, "{text}");
    }
    assert!(fault(&"(".repeat(100)).contains("too deep"));
    assert!(fault(&"true and ".repeat(1_000)).contains("at most 4096"));
}

#[test]
fn numbers_mean_what_their_measure_says() {
    let holds = |text: &str, name: &str, value: f64| {
        let mut values = vec![f64::NAN; FEATURES.len()];
        values[find(name).unwrap()] = value;
        let condition = Condition::compile(&Expression::parse(text).unwrap(), Currency::USD).unwrap();
        let attempt = Attempt::new(Uuid::nil(), Kind::Payment, 0, 0, Currency::USD);
        condition.holds(&Scene::new(&attempt, &values, &Listed::default()))
    };

    assert!(holds("amount == 5_000.50 USD", "amount", 500_050.0));
    assert!(holds("account.age == 2 days", "account.age", 172_800.0));
    assert!(holds("amount.of_limit >= 90 percent", "amount.of_limit", 0.9));
    assert!(holds("not amount.of_limit < 1", "amount", 1.0), "what is not known is not less");
    assert!(holds("kind in [\"login\", \"payment\"] and country != \"CA\"", "amount", 1.0));
    assert!(!holds("country == \"CA\" or currency == \"CAD\"", "amount", 1.0));
}
