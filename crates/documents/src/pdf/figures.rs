//! Key figures, facts, notices and numbered points.

use super::canvas::{Mark, Meaning, Role};
use super::design::{ACCENT, GUTTER, INK, LINE, MARGIN, MUTED, PALE, SMALL, SURFACE, WHITE};
use super::faces::Weight;
use super::flow::{FINE, Flow, TEXT, height};
use super::lines::{Line, Style, fitted, lines};
use crate::sheet::Figure;

const INSIDE: f32 = 11.0;
const LABEL: Style = Style { weight: Weight::SemiBold, size: SMALL, colour: MUTED };
const VALUE: Style = Style { weight: Weight::SemiBold, size: 15.5, colour: INK };
const STRONG: Style = Style { weight: Weight::SemiBold, size: 10.5, colour: INK };

/// Key figures side by side, four at most on a line.
pub fn row(flow: &mut Flow, all: &[Figure]) {
    flow.space(4.0);
    for some in all.chunks(4) {
        let columns = as_points(some.len());
        let width = (flow.width() - GUTTER * (columns - 1.0)) / columns;
        let cards: Vec<Card> = some.iter().map(|figure| Card::new(flow, figure, width)).collect();
        // Values of one line stand on one line, however long the labels above them are.
        let labels = cards.iter().map(|card| height(&card.label)).fold(0.0, f32::max);
        let high = cards.iter().map(|card| card.height(labels)).fold(0.0, f32::max);
        flow.need(high + 12.0);
        let mut x = MARGIN;
        for card in &cards {
            card.put(flow, [x, width, high], labels);
            x += width + GUTTER;
        }
        flow.y += high + 12.0;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of columns")]
fn as_points(count: usize) -> f32 {
    count.max(1) as f32
}

struct Card {
    label: Vec<Line>,
    value: Line,
    note: Vec<Line>,
    is_main: bool,
}

impl Card {
    fn new(flow: &Flow, figure: &Figure, width: f32) -> Self {
        let inside = width - 2.0 * INSIDE;
        let (label, value, fine) = if figure.is_main {
            (
                Style { colour: PALE, ..LABEL },
                Style { colour: WHITE, ..VALUE },
                Style { colour: PALE, ..FINE },
            )
        } else {
            (LABEL, VALUE, FINE)
        };
        // A figure is never cut: it is set smaller until it fits.
        let mut size = value.size;
        let mut set = fitted(flow.faces, &figure.value, value, f32::INFINITY);
        while set.width > inside && size > 6.0 {
            size -= 0.5;
            set = fitted(flow.faces, &figure.value, Style { size, ..value }, f32::INFINITY);
        }
        let note =
            if figure.note.is_empty() { Vec::new() } else { lines(flow.faces, &figure.note, fine, inside) };
        Self {
            label: lines(flow.faces, &figure.label, label, inside),
            value: set,
            note,
            is_main: figure.is_main,
        }
    }

    fn height(&self, labels: f32) -> f32 {
        2.0 * INSIDE + labels + VALUE.leading() + height(&self.note) + 1.0
    }

    fn put(&self, flow: &mut Flow, [x, width, high]: [f32; 3], labels: f32) {
        let colour = if self.is_main { ACCENT } else { SURFACE };
        flow.canvas.mark(Meaning::Ornament, Mark::Surface([x, flow.y, width, high, 4.0], colour));
        let element = flow.root(Role::Paragraph);
        let (x, mut y) = (x + INSIDE, flow.y + INSIDE - 1.0);
        flow.stack(&self.label, x, y, Meaning::Of(element));
        y += labels + 1.0;
        let base = y + super::flow::baseline(VALUE);
        flow.canvas.mark(Meaning::Of(element), Mark::Text(self.value.clone(), x, base));
        y += VALUE.leading();
        flow.stack(&self.note, x, y, Meaning::Of(element));
    }
}

/// Labels with their values, a pair a line, as a table whose rows have headings.
pub fn facts(flow: &mut Flow, facts: &[(String, String)]) {
    let label_width = flow.width() * 0.36;
    let value_width = flow.width() - label_width - GUTTER;
    let table = flow.root(Role::Table("Labels and values".to_owned()));
    let rows = flow.canvas.element(Role::Rows, Some(table));
    for (label, value) in facts {
        let left = lines(flow.faces, label, Style { colour: MUTED, ..TEXT }, label_width);
        let right = lines(flow.faces, value, TEXT, value_width);
        let high = height(&left).max(height(&right)).min(flow.full()) + 6.0;
        flow.need(high);
        let row = flow.canvas.element(Role::Row, Some(rows));
        let head = flow.canvas.element(Role::RowHead, Some(row));
        let cell = flow.canvas.element(Role::Cell, Some(row));
        let top = flow.y;
        flow.stack(&left, MARGIN, top + 3.0, Meaning::Of(head));
        flow.y = top + 3.0;
        let before = flow.canvas.pages.len();
        flow.put(&right, MARGIN + label_width + GUTTER, Meaning::Of(cell));
        let moved = flow.canvas.pages.len() > before;
        flow.y = if moved { flow.y + 3.0 } else { top + high };
        flow.rule(MARGIN, flow.y, flow.width(), 0.4, LINE);
    }
    flow.y += 8.0;
}

/// A frame with a title.
pub fn notice(flow: &mut Flow, title: &str, text: &str) {
    flow.space(6.0);
    let inside = flow.width() - 2.0 * INSIDE - 6.0;
    let (head, body) = (lines(flow.faces, title, STRONG, inside), lines(flow.faces, text, TEXT, inside));
    let high = height(&head) + height(&body) + 2.0 * INSIDE + 2.0;
    let is_framed = high <= flow.full();
    if is_framed {
        flow.need(high);
        let place = [MARGIN, flow.y, flow.width(), high, 4.0];
        flow.canvas.mark(Meaning::Ornament, Mark::Surface(place, SURFACE));
        let bar = [MARGIN, flow.y, 3.0, high, 0.0];
        flow.canvas.mark(Meaning::Ornament, Mark::Surface(bar, ACCENT));
        flow.y += INSIDE;
    }
    let x = MARGIN + INSIDE + 6.0;
    let element = flow.root(Role::Paragraph);
    flow.put(&head, x, Meaning::Of(element));
    let element = flow.root(Role::Paragraph);
    flow.y += 2.0;
    flow.put(&body, x, Meaning::Of(element));
    flow.y += INSIDE + 8.0;
}

/// Numbered points.
pub fn points(flow: &mut Flow, points: &[String]) {
    let list = flow.root(Role::List);
    for (index, point) in points.iter().enumerate() {
        let item = flow.canvas.element(Role::Item, Some(list));
        let label = flow.canvas.element(Role::Label, Some(item));
        let body = flow.canvas.element(Role::Body, Some(item));
        let number = format!("{}. ", index.saturating_add(1));
        let strong = Style { weight: Weight::SemiBold, ..TEXT };
        let number = fitted(flow.faces, &number, strong, f32::INFINITY);
        flow.need(TEXT.leading());
        flow.put_at(&number, MARGIN + 4.0, flow.y, Meaning::Of(label));
        let set = lines(flow.faces, point, TEXT, flow.width() - 24.0);
        flow.put(&set, MARGIN + 24.0, Meaning::Of(body));
        flow.y += 3.0;
    }
    flow.y += 5.0;
}
