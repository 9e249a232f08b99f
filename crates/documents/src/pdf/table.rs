//! Tables: headings repeated on every page, figures at a common edge.

use super::canvas::{Element, Meaning, Role};
use super::design::{INK, LINE, MARGIN, MUTED, SMALL, TABLE};
use super::faces::Weight;
use super::flow::{Flow, height};
use super::lines::{Line, Style, lines};
use crate::sheet::{Cell, Column, Row, Table};

const HEAD: Style = Style { weight: Weight::SemiBold, size: SMALL, colour: MUTED };
const CELL: Style = Style { weight: Weight::Regular, size: TABLE, colour: INK };
const BELOW: Style = Style { weight: Weight::Regular, size: SMALL, colour: MUTED };
/// Above and below the text of a cell.
const INSIDE: f32 = 4.2;
/// Between two columns.
const BETWEEN: f32 = 10.0;
/// Between a column of figures and one of text, whose cells would stand back to back.
const APART: f32 = 24.0;

/// A column's place and how its cells stand in it.
struct Place {
    x: f32,
    width: f32,
    is_figure: bool,
}

/// A table from the flow's place on.
pub fn set(flow: &mut Flow, table: &Table) {
    let places = places(flow.width(), &table.columns);
    let element = flow.root(Role::Table(table.summary.clone()));
    let titles: Vec<Vec<Line>> = table
        .columns
        .iter()
        .zip(&places)
        .map(|(column, place)| lines(flow.faces, &column.title, HEAD, place.width))
        .collect();
    flow.need(80.0);
    head(flow, &places, &titles, Some(element));
    let rows = flow.canvas.element(Role::Rows, Some(element));
    for row in &table.rows {
        body(flow, &places, &titles, row, rows);
    }
    flow.rule(MARGIN, flow.y - 0.4, flow.width(), 0.8, INK);
    flow.y += 10.0;
}

fn places(width: f32, columns: &[Column]) -> Vec<Place> {
    let gap = |before: Option<&Column>, column: &Column| match before {
        None => 0.0,
        Some(before) if before.is_figure && !column.is_figure => APART,
        Some(_) => BETWEEN,
    };
    let befores = || [None].into_iter().chain(columns.iter().map(Some));
    let gaps: Vec<f32> = befores().zip(columns).map(|(before, column)| gap(before, column)).collect();
    let shares: f32 = columns.iter().map(|column| f32::from(column.share)).sum();
    let unit = (width - gaps.iter().sum::<f32>()) / shares.max(1.0);
    let mut x = MARGIN;
    let place = |(column, gap): (&Column, f32)| {
        let place = Place { x: x + gap, width: f32::from(column.share) * unit, is_figure: column.is_figure };
        x = place.x + place.width;
        place
    };
    columns.iter().zip(gaps).map(place).collect()
}

/// The headings; those that repeat on a later page are told to nobody twice.
fn head(flow: &mut Flow, places: &[Place], titles: &[Vec<Line>], table: Option<Element>) {
    let row = table.map(|table| {
        let head = flow.canvas.element(Role::Head, Some(table));
        flow.canvas.element(Role::Row, Some(head))
    });
    let high = titles.iter().map(|title| height(title)).fold(0.0, f32::max);
    for (place, title) in places.iter().zip(titles) {
        let meaning = match row {
            Some(row) => Meaning::Of(flow.canvas.element(Role::ColumnHead, Some(row))),
            None => Meaning::Repeated,
        };
        // Headings of several lines stand on the rule.
        let top = flow.y + 2.0 + high - height(title);
        column_of(flow, place, title, top, meaning);
    }
    flow.y += high + 6.0;
    flow.rule(MARGIN, flow.y - 0.8, flow.width(), 0.8, INK);
}

/// Lines in a column, at its left edge or at its right one.
fn column_of(flow: &mut Flow, place: &Place, set: &[Line], top: f32, meaning: Meaning) -> f32 {
    let mut y = 0.0;
    for line in set {
        let x = if place.is_figure { place.x + place.width - line.width } else { place.x };
        flow.put_at(line, x, top + y, meaning);
        y += line.style.leading();
    }
    y
}

fn body(flow: &mut Flow, places: &[Place], titles: &[Vec<Line>], row: &Row, rows: Element) {
    let weight = if row.is_total { Weight::SemiBold } else { Weight::Regular };
    let style = Style { weight, ..CELL };
    let cell = |(cell, place): (&Cell, &Place)| {
        let mut set = lines(flow.faces, &cell.text, style, place.width);
        if !cell.below.is_empty() {
            set.extend(lines(flow.faces, &cell.below, BELOW, place.width));
        }
        set
    };
    let mut cells: Vec<Vec<Line>> = row.cells.iter().zip(places).map(cell).collect();
    let element = flow.canvas.element(Role::Row, Some(rows));
    let elements: Vec<Element> =
        cells.iter().map(|_| flow.canvas.element(Role::Cell, Some(element))).collect();
    // A row stays in one piece, unless no page could hold it.
    loop {
        let high = cells.iter().map(|cell| height(cell)).fold(0.0, f32::max) + 2.0 * INSIDE;
        let most = flow.full() - 60.0;
        if flow.need(high.min(most)) {
            head(flow, places, titles, None);
        }
        let room = most - 2.0 * INSIDE;
        let mut is_more = false;
        let mut used = 0.0_f32;
        for ((place, set), element) in places.iter().zip(&mut cells).zip(&elements) {
            let fitting = fitting(set, room);
            let now: Vec<Line> = set.drain(..fitting).collect();
            is_more |= !set.is_empty();
            used = used.max(column_of(flow, place, &now, flow.y + INSIDE, Meaning::Of(*element)));
        }
        flow.y += used + 2.0 * INSIDE;
        flow.rule(MARGIN, flow.y - 0.4, flow.width(), 0.4, LINE);
        if !is_more {
            return;
        }
        flow.y = f32::INFINITY;
    }
}

/// How many of the lines fit into a height; one at least.
fn fitting(set: &[Line], room: f32) -> usize {
    let mut used = 0.0;
    let fits = |line: &&Line| {
        used += line.style.leading();
        used <= room
    };
    set.iter().take_while(fits).count().max(usize::from(!set.is_empty()))
}
