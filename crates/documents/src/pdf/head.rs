//! The first page's head, and what repeats in the margins of each page.

use super::canvas::{Mark, Meaning, Role};
use super::design::{ACCENT, BOTTOM, INK, LINE, MARGIN, MUTED, SMALL};
use super::faces::Weight;
use super::flow::{FINE, Flow, TEXT};
use super::lines::{Style, fitted, line, lines};
use crate::sheet::Sheet;

const NAME: Style = Style { weight: Weight::SemiBold, size: 15.0, colour: ACCENT };
const TITLE: Style = Style { weight: Weight::SemiBold, size: 22.0, colour: INK };
const SUBTITLE: Style = Style { weight: Weight::Regular, size: 10.5, colour: MUTED };
const STRONG: Style = Style { weight: Weight::SemiBold, size: SMALL + 0.8, colour: INK };
/// Where the address window of an envelope begins, from the top edge.
const WINDOW: f32 = 128.0;

/// Name and address of the issuer, the addressee, the particulars and the title.
pub fn opening(flow: &mut Flow, sheet: &Sheet) {
    letterhead(flow, sheet);
    let column = MARGIN + flow.width() * 0.56;
    let left = addressee(flow, sheet);
    let right = particulars(flow, sheet, column);
    flow.y = left.max(right) + 26.0;

    let title = flow.root(Role::Heading(1, sheet.title.clone()));
    flow.canvas.outline.push((0, flow.y, sheet.title.clone()));
    let set = lines(flow.faces, &sheet.title, TITLE, flow.width());
    flow.put(&set, MARGIN, Meaning::Of(title));
    if !sheet.subtitle.is_empty() {
        let element = flow.root(Role::Paragraph);
        let set = lines(flow.faces, &sheet.subtitle, SUBTITLE, flow.width());
        flow.put(&set, MARGIN, Meaning::Of(element));
    }
    flow.y += 12.0;
}

fn letterhead(flow: &mut Flow, sheet: &Sheet) {
    let width = flow.page.0;
    flow.canvas.mark(Meaning::Ornament, Mark::Surface([0.0, 0.0, width, 5.0, 0.0], ACCENT));
    let element = flow.root(Role::Paragraph);
    let name = fitted(flow.faces, &sheet.issuer.0, NAME, flow.width() * 0.54);
    flow.put_at(&name, MARGIN, 40.0, Meaning::Of(element));
    let column = MARGIN + flow.width() * 0.56;
    let mut y = 42.0;
    if sheet.issuer.1.is_empty() {
        return;
    }
    let element = flow.root(Role::Paragraph);
    for text in sheet.issuer.1.iter().take(5) {
        let set = fitted(flow.faces, text, FINE, flow.width() * 0.44);
        flow.put_at(&set, column, y, Meaning::Of(element));
        y += FINE.leading();
    }
}

/// The lines for the window of an envelope; where they end.
fn addressee(flow: &mut Flow, sheet: &Sheet) -> f32 {
    let mut y = WINDOW;
    if sheet.addressee.is_empty() {
        return y;
    }
    let element = flow.root(Role::Paragraph);
    for text in sheet.addressee.iter().take(6) {
        let set = fitted(flow.faces, text, TEXT, flow.width() * 0.5);
        flow.put_at(&set, MARGIN, y, Meaning::Of(element));
        y += TEXT.leading();
    }
    y
}

/// Labels and values as a small table; where it ends.
fn particulars(flow: &mut Flow, sheet: &Sheet, column: f32) -> f32 {
    let mut y = WINDOW;
    if sheet.particulars.is_empty() {
        return y;
    }
    let label_width = flow.width() * 0.15;
    let value_width = flow.width() * 0.44 - label_width - 8.0;
    let table = flow.root(Role::Table("Particulars of this document".to_owned()));
    let rows = flow.canvas.element(Role::Rows, Some(table));
    for (label, value) in &sheet.particulars {
        let row = flow.canvas.element(Role::Row, Some(rows));
        let head = flow.canvas.element(Role::RowHead, Some(row));
        let cell = flow.canvas.element(Role::Cell, Some(row));
        let set = lines(flow.faces, label, FINE, label_width);
        let first = flow.stack(&set, column, y + 0.4, Meaning::Of(head));
        let set = lines(flow.faces, value, STRONG, value_width);
        let second = flow.stack(&set, column + label_width + 8.0, y, Meaning::Of(cell));
        y += first.max(second) + 1.6;
    }
    y
}

/// The running head of every page but the first, and the foot of all with "Page 2 of 5".
pub fn margins(flow: &mut Flow, sheet: &Sheet) {
    let (width, height) = flow.page;
    let pages = flow.canvas.pages.len();
    for page in 0..pages {
        let number = line(flow.faces, &format!("Page {} of {pages}", page.saturating_add(1)), FINE);
        let top = height - BOTTOM + 24.0;
        let rule = Mark::Surface([MARGIN, top - 7.0, flow.width(), 0.5, 0.0], LINE);
        flow.canvas.mark_on(page, Meaning::Ornament, rule);
        let name = fitted(flow.faces, &sheet.issuer.0, FINE, flow.width() * 0.6);
        let base = top + super::flow::baseline(FINE);
        let right = width - MARGIN - number.width;
        flow.canvas.mark_on(page, Meaning::Repeated, Mark::Text(name, MARGIN, base));
        flow.canvas.mark_on(page, Meaning::Repeated, Mark::Text(number, right, base));
        if page > 0 {
            running_head(flow, sheet, page);
        }
    }
}

fn running_head(flow: &mut Flow, sheet: &Sheet, page: usize) {
    let (width, top) = (flow.page.0, 40.0);
    flow.canvas.mark_on(page, Meaning::Ornament, Mark::Surface([0.0, 0.0, width, 5.0, 0.0], ACCENT));
    let strong = Style { size: SMALL, ..STRONG };
    let base = top + super::flow::baseline(FINE);
    let title = fitted(flow.faces, &sheet.title, strong, flow.width() * 0.48);
    flow.canvas.mark_on(page, Meaning::Repeated, Mark::Text(title, MARGIN, base));
    let about = fitted(flow.faces, &sheet.running, FINE, flow.width() * 0.48);
    let right = width - MARGIN - about.width;
    flow.canvas.mark_on(page, Meaning::Repeated, Mark::Text(about, right, base));
    let rule = Mark::Surface([MARGIN, top + 17.0, flow.width(), 0.5, 0.0], LINE);
    flow.canvas.mark_on(page, Meaning::Ornament, rule);
}
