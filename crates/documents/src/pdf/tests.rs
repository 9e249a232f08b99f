//! Pages as they are laid out: nothing lies outside of them, nothing is lost, and everything has a meaning.

use florin_kernel::Date;
use krilla::text::Glyph;
use proptest::prelude::*;

use super::canvas::{Canvas, Mark, Meaning, Role};
use super::design::{BOTTOM, MARGIN, page};
use super::*;
use crate::sheet::{Cell, Column, Figure, Row, Table};

fn sheet(blocks: Vec<Block>) -> Sheet {
    Sheet {
        title: "Account statement".into(),
        subtitle: "January 2026".into(),
        issuer: ("Florin Bank".into(), vec!["1 Quay".into()]),
        addressee: vec!["Ada".into()],
        particulars: vec![("Account".into(), "****0042".into())],
        running: "****0042".into(),
        issued_on: Date::constant(2026, 1, 31),
        identity: "test".into(),
        blocks,
    }
}

/// What the marks of these meanings say, glyph by glyph.
fn said(canvas: &Canvas, wanted: impl Fn(Meaning) -> bool) -> String {
    let marks = canvas.pages.iter().flatten().filter(|(meaning, _)| wanted(*meaning));
    let text = |mark: &Mark| match mark {
        Mark::Text(line, ..) => {
            let glyphs = &line.glyphs[line.part.clone()];
            glyphs.iter().filter_map(|glyph| line.text.get(glyph.text_range())).collect::<String>()
        }
        Mark::Surface(..) => String::new(),
    };
    marks.map(|(_, mark)| text(mark)).collect()
}

fn assert_within(canvas: &Canvas, paper: Paper) {
    let (width, height) = page(paper);
    for (number, marks) in canvas.pages.iter().enumerate() {
        for (meaning, mark) in marks {
            let (left, right, top, bottom) = match mark {
                Mark::Text(line, x, y) => (*x, x + line.width, y - line.style.size, *y),
                Mark::Surface([x, y, wide, high, _], _) => (*x, x + wide, *y, y + high),
            };
            assert!(left >= 0.0 && right <= width + 0.01 && top >= 0.0 && bottom <= height, "{mark:?}");
            if matches!(meaning, Meaning::Of(_)) {
                assert!(left >= MARGIN - 0.01 && right <= width - MARGIN + 0.6, "page {number}: {mark:?}");
                assert!(bottom <= height - BOTTOM + 0.01, "page {number}: {mark:?}");
            }
        }
    }
}

fn table(rows: Vec<Row>) -> Block {
    let columns = vec![Column::text("What", 30), Column::figures("How much", 12)];
    Block::Table(Table { summary: "A table".into(), columns, rows })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9 ,.€ßж]{0,60}", "\\PC{0,40}", "[a-z ]{0,3000}", Just(String::new())]
}

fn any_block() -> impl Strategy<Value = Block> {
    let cell = (any_text(), "[a-z ]{0,30}").prop_map(|(text, below)| Cell { text, below });
    let row = (cell, "[0-9,.]{0,14}").prop_map(|(cell, figure)| Row::of([cell, figure.into()]));
    let figure =
        (any_text(), any_text()).prop_map(|(label, note)| Figure::new(&label, "$1,234.56".into(), &note));
    prop_oneof![
        any_text().prop_map(Block::Heading),
        any_text().prop_map(Block::Text),
        any_text().prop_map(Block::Small),
        "[a-z ]{0,40}".prop_map(|text| Block::Figures(vec![Figure::new(&text, "$12.00".into(), &text); 3])),
        prop::collection::vec(figure, 1..2).prop_map(Block::Figures),
        prop::collection::vec(("[a-z ]{0,40}", any_text()), 1..5).prop_map(Block::Facts),
        prop::collection::vec(row, 0..40).prop_map(table),
        ("[a-z ]{0,30}", any_text()).prop_map(|(title, text)| Block::Notice(title, text)),
        prop::collection::vec(any_text(), 1..5).prop_map(Block::Points),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn nothing_lies_outside_of_its_page(blocks in prop::collection::vec(any_block(), 0..12), letter in any::<bool>()) {
        let paper = if letter { Paper::Letter } else { Paper::A4 };
        let canvas = laid_out(&sheet(blocks), paper).unwrap();
        assert_within(&canvas, paper);
    }

    #[test]
    fn a_table_says_each_of_its_cells_once(texts in prop::collection::vec("[a-z]{1,12}( [a-z]{1,12}){0,300}", 1..30)) {
        let rows = texts.iter().map(|text| Row::of([text.as_str(), "1.00"])).collect();
        let canvas = laid_out(&sheet(vec![table(rows)]), Paper::A4).unwrap();
        let cells = |meaning| matches!(meaning, Meaning::Of(element)
            if canvas.nodes[element].role == Role::Cell);
        let all = said(&canvas, cells);

        let wanted = texts.join("1.00") + "1.00";
        let letters = |text: &str| {
            let mut all: Vec<char> = text.chars().filter(|letter| !letter.is_whitespace()).collect();
            all.sort_unstable();
            all
        };
        // The cells of a row that is broken over pages alternate; their letters are all there.
        prop_assert_eq!(letters(&all), letters(&format!("****0042{wanted}")));
    }
}

#[test]
fn a_tables_headings_repeat_on_each_page_and_are_told_once() {
    let rows = (0..200).map(|number| Row::of([format!("Row {number}"), "1.00".into()])).collect();
    let canvas = laid_out(&sheet(vec![table(rows)]), Paper::A4).unwrap();

    let repeated = said(&canvas, |meaning| meaning == Meaning::Repeated);
    assert!(canvas.pages.len() > 4);
    assert_eq!(repeated.matches("How much").count(), canvas.pages.len() - 1);
    let told = said(&canvas, |meaning| matches!(meaning, Meaning::Of(_)));
    assert_eq!(told.matches("How much").count(), 1);
}

#[test]
fn each_page_has_its_number_among_all() {
    let texts = vec![Block::Text("word ".repeat(4_000))];
    let canvas = laid_out(&sheet(texts), Paper::Letter).unwrap();

    let pages = canvas.pages.len();
    let repeated = said(&canvas, |meaning| meaning == Meaning::Repeated);
    assert!(pages > 2);
    for page in 1..=pages {
        assert!(repeated.contains(&format!("Page {page} of {pages}")), "{repeated}");
    }
}

#[test]
fn what_the_font_lacks_is_drawn_and_keeps_its_text() {
    for text in ["日本語", "עברית", "🙂🏽", "a\u{e000}b", "\u{0}\u{feff}\u{fffe}", "e\u{301}", "\u{301}"]
    {
        assert!(set(&sheet(vec![Block::Text(text.into())]), Paper::A4).is_ok(), "{text:?}");
    }
    let canvas = laid_out(&sheet(vec![Block::Text("Kontō 日本".into())]), Paper::A4).unwrap();
    assert!(said(&canvas, |_| true).contains("Kontō 日本"));
}
