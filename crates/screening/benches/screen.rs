//! How long one name takes against 25,000 made ones, and how long the index takes to make.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use florin_screening::{Entry, Kind, List, Name, NameKind, Quality, Query, Screener};

const FIRST: [&str; 12] = [
    "Mohammed", "Ahmed", "Sergei", "Carlos", "Ana", "Jong", "Olena", "Fatima", "Viktor", "Luis", "Amina",
    "Peter",
];
const SYLLABLES: [&str; 16] =
    ["ka", "ro", "vi", "mar", "sul", "tan", "ev", "ber", "lo", "di", "shen", "qad", "ur", "po", "nik", "zah"];

/// Names of three words, of which the first is common and the others are made of syllables.
fn entries(count: usize) -> Vec<Entry> {
    let syllable = |at: usize| SYLLABLES.get(at % SYLLABLES.len()).copied().unwrap_or_default();
    let word = |at: usize| format!("{}{}{}", syllable(at), syllable(at / 16), syllable(at / 256));
    let name = |at: usize| {
        let first = FIRST.get(at % FIRST.len()).copied().unwrap_or_default();
        format!("{first} {} {}", word(at * 7), word(at * 13 + 5))
    };
    let entry = |at: usize| Entry {
        list: List::House("bench".to_owned()),
        id: at.to_string(),
        kind: Kind::Person,
        names: vec![Name { text: name(at), kind: NameKind::Primary, quality: Quality::Good }],
        births: Vec::new(),
        countries: Vec::new(),
        gender: None,
        identifiers: Vec::new(),
        programmes: Vec::new(),
        remarks: String::new(),
    };
    (0..count).map(entry).collect()
}

fn screen(c: &mut Criterion) {
    let screener = Screener::new(entries(25_000));
    for (label, name) in [
        ("nobody", "Jennifer Lindqvist"),
        ("common", "Mohammed Ahmed Ali Karovimar"),
        ("other script", "Сергей Викторович Лавров"),
        ("without vowels", "محمد أحمد"),
    ] {
        let query = Query::named(name);
        c.bench_function(&format!("screen/{label}"), |b| {
            b.iter(|| black_box(screener.screen(black_box(&query))));
        });
    }
}

criterion_group!(benches, screen);
criterion_main!(benches);
