//! Where money went: a picture of accounts and what moved between them, drawn on the server, with the same in a table.
//!
//! Accounts stand in columns: those that money comes from at the left, and each as far to the right as the shortest way to it
//! is long. Everything is whole numbers; colours come from the style sheet by class.

use std::cmp::Ordering;
use std::collections::VecDeque;

use maud::{Markup, Render, html};

use super::{Column, Table};

const COLUMN: i64 = 230;
const ROW: i64 = 76;
const NODE_WIDTH: i64 = 150;
const NODE_HEIGHT: i64 = 48;
const MARGIN: i64 = 16;
/// How far two ways between the same two stand from the middle.
const TWIN: i64 = 10;
/// How far a way within a column stands out.
const BULGE: i64 = 70;
/// How many letters of a name fit into its box.
const NAME_CHARS: usize = 20;

/// An account, or a person, of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// What it is called.
    pub(crate) name: String,
    /// Whose it is, or what else tells it from others.
    pub(crate) note: String,
    /// Where more is told of it.
    pub(crate) href: Option<String>,
    /// Whether it is what the picture is about.
    pub(crate) main: bool,
}

/// What moved between two nodes, which are named by their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Where it came from.
    pub(crate) from: usize,
    /// Where it went.
    pub(crate) to: usize,
    /// How much, in words.
    pub(crate) told: String,
    /// How many times.
    pub(crate) times: usize,
    /// Whether it is in question, and not just around it.
    pub(crate) strong: bool,
}

/// Where a node stands: its left and its top.
type Place = (i64, i64);

/// The picture with its table; nothing where nothing moved.
pub(crate) fn graph(title: &str, nodes: &[Node], edges: &[Edge]) -> Markup {
    let edges: Vec<&Edge> = edges
        .iter()
        .filter(|edge| edge.from != edge.to && edge.from < nodes.len() && edge.to < nodes.len())
        .collect();
    if edges.is_empty() {
        return Markup::default();
    }
    let columns = columns(nodes.len(), &edges);
    let (places, width, height) = places(&columns);
    html! {
        figure.chart.graph {
            figcaption { (title) }
            div.graph-box role="group" aria-label=(title) tabindex="0" {
                svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label={ (title) ". The figures are in the table that follows." } {
                    defs {
                        marker id="graph-head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto" {
                            path.graph-head d="M0 0L8 4L0 8z" {}
                        }
                    }
                    @for edge in &edges { (drawn_edge(edge, &places, shift(edge, &edges))) }
                    @for (node, place) in nodes.iter().zip(&places) { (drawn_node(node, *place)) }
                }
            }
            details.figures { summary { "Figures" } (figures(title, nodes, &edges)) }
        }
    }
}

/// In which column each node stands: at first those that nothing comes to, or where all go in circles the first of them.
fn columns(count: usize, edges: &[&Edge]) -> Vec<usize> {
    let mut columns: Vec<Option<usize>> = vec![None; count];
    let fed = |node| edges.iter().any(|edge| edge.to == node);
    let mut next: VecDeque<(usize, usize)> =
        (0..count).filter(|node| !fed(*node)).map(|node| (node, 0)).collect();
    for seed in 0..count {
        while let Some((node, column)) = next.pop_front() {
            let Some(place) = columns.get_mut(node).filter(|place| place.is_none()) else { continue };
            *place = Some(column);
            let onward = edges.iter().filter(|edge| edge.from == node);
            next.extend(onward.map(|edge| (edge.to, column.saturating_add(1))));
        }
        next.push_back((seed, 0));
    }
    columns.into_iter().map(Option::unwrap_or_default).collect()
}

fn figure(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Where each node stands, and how wide and high all of it is.
fn places(columns: &[usize]) -> (Vec<Place>, i64, i64) {
    let last = columns.iter().copied().max().unwrap_or(0);
    let mut filled = vec![0_usize; last.saturating_add(1)];
    let mut places = Vec::with_capacity(columns.len());
    for column in columns {
        let row =
            filled.get_mut(*column).map_or(0, |count| std::mem::replace(count, count.saturating_add(1)));
        let left = figure(*column).saturating_mul(COLUMN).saturating_add(MARGIN);
        places.push((left, figure(row).saturating_mul(ROW).saturating_add(MARGIN)));
    }
    let rows = filled.iter().copied().max().unwrap_or(0);
    let width = figure(last).saturating_mul(COLUMN).saturating_add(NODE_WIDTH + BULGE + 2 * MARGIN);
    // What goes back passes below.
    let height = figure(rows).saturating_mul(ROW).saturating_add(2 * MARGIN);
    (places, width, height)
}

fn drawn_node(node: &Node, (left, top): Place) -> Markup {
    let body = html! {
        rect.graph-node.main[node.main] x=(left) y=(top) width=(NODE_WIDTH) height=(NODE_HEIGHT) rx="8" {}
        text.graph-name x=(left + 10) y=(top + 20) { (shortened(&node.name)) }
        text.graph-note x=(left + 10) y=(top + 37) { (shortened(&node.note)) }
    };
    html! {
        g {
            title { (node.name) " " (node.note) }
            (body)
        }
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= NAME_CHARS {
        return text.to_owned();
    }
    text.chars().take(NAME_CHARS - 1).chain(['…']).collect()
}

/// By how much an edge gives way to another between the same two.
fn shift(edge: &Edge, edges: &[&Edge]) -> i64 {
    let twin =
        edges.iter().any(|one| one.from == edge.from && one.to == edge.to && one.strong != edge.strong);
    match (twin, edge.strong) {
        (false, _) => 0,
        (true, true) => -TWIN,
        (true, false) => TWIN,
    }
}

/// The way of an edge, and where its label stands: onward from side to side, within a column along its right side, and back
/// from bottom to bottom.
fn way((from_x, from_y): Place, (to_x, to_y): Place, shift: i64) -> (String, Place) {
    let middle = NODE_HEIGHT / 2 + shift;
    let (side, half) = (from_x + NODE_WIDTH, NODE_WIDTH / 2);
    match to_x.cmp(&from_x) {
        Ordering::Greater => {
            let (y1, x2, y2) = (from_y + middle, to_x - 2, to_y + middle);
            let bend = i64::midpoint(side, x2);
            (format!("M{side} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"), (bend, i64::midpoint(y1, y2) - 5))
        }
        Ordering::Equal => {
            let (y1, y2, bend) = (from_y + middle, to_y + middle, side + BULGE);
            let x2 = side + 2;
            (
                format!("M{side} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"),
                (side + BULGE / 2, i64::midpoint(y1, y2)),
            )
        }
        Ordering::Less => {
            let (x1, y1, x2, y2) = (from_x + half, from_y + NODE_HEIGHT, to_x + half, to_y + NODE_HEIGHT + 2);
            let low = y1.max(y2) + 26 + shift;
            (format!("M{x1} {y1}C{x1} {low} {x2} {low} {x2} {y2}"), (i64::midpoint(x1, x2), low - 4))
        }
    }
}

fn drawn_edge(edge: &Edge, places: &[Place], shift: i64) -> Markup {
    let (Some(from), Some(to)) = (places.get(edge.from).copied(), places.get(edge.to).copied()) else {
        return Markup::default();
    };
    let (path, (x, y)) = way(from, to, shift);
    html! {
        path.graph-edge.strong[edge.strong] d=(path) marker-end="url(#graph-head)" {}
        text.graph-label x=(x) y=(y) text-anchor="middle" { (edge.told) }
    }
}

fn figures(title: &str, nodes: &[Node], edges: &[&Edge]) -> Markup {
    let columns = [
        Column::text("From"),
        Column::text("To"),
        Column::figures("Times"),
        Column::figures("Sum"),
        Column::text("In question"),
    ];
    let mut table = Table::new(title, columns);
    for edge in edges {
        table.row([
            named(nodes.get(edge.from)),
            named(nodes.get(edge.to)),
            html! { (edge.times) },
            html! { (edge.told) },
            html! { @if edge.strong { "Yes" } @else { "No" } },
        ]);
    }
    table.render()
}

fn named(node: Option<&Node>) -> Markup {
    let Some(node) = node else { return Markup::default() };
    html! {
        @match &node.href {
            Some(href) => a href=(href) { (node.name) },
            None => (node.name),
        }
        @if !node.note.is_empty() { br; span.muted { (node.note) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> Node {
        Node { name: name.to_owned(), note: String::new(), href: Some(format!("/{name}")), main: name == "a" }
    }

    fn edge(from: usize, to: usize) -> Edge {
        Edge { from, to, told: format!("{from} to {to}"), times: 1, strong: from == 0 }
    }

    fn columns_of(count: usize, edges: &[Edge]) -> Vec<usize> {
        columns(count, &edges.iter().collect::<Vec<_>>())
    }

    #[test]
    fn accounts_stand_behind_those_that_feed_them() {
        assert_eq!(columns_of(4, &[edge(0, 1), edge(1, 2), edge(0, 2), edge(3, 2)]), [0, 1, 1, 0]);
        assert_eq!(columns_of(3, &[edge(0, 1), edge(1, 2)]), [0, 1, 2]);
    }

    #[test]
    fn circles_end() {
        assert_eq!(columns_of(3, &[edge(0, 1), edge(1, 2), edge(2, 0)]), [0, 1, 2]);
        assert_eq!(columns_of(4, &[edge(0, 1), edge(2, 3), edge(3, 2)]), [0, 1, 0, 1]);
    }

    #[test]
    fn nothing_stands_on_anything_else() {
        let edges: Vec<Edge> = (1..6).map(|to| edge(0, to)).chain([edge(5, 0)]).collect();

        let (mut places, width, height) = places(&columns_of(6, &edges));

        assert!(places.iter().all(|(x, y)| x + NODE_WIDTH <= width && y + NODE_HEIGHT <= height));
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 6);
    }

    #[test]
    fn two_ways_between_the_same_two_give_way_to_each_other() {
        let (question, around) = (edge(0, 1), Edge { strong: false, ..edge(0, 1) });
        let both = [&question, &around];

        assert_eq!((shift(&question, &both), shift(&around, &both)), (-TWIN, TWIN));
        assert_eq!(shift(&question, &[&question]), 0);
        assert_ne!(way((0, 0), (COLUMN, 0), -TWIN), way((0, 0), (COLUMN, 0), TWIN));
    }

    #[test]
    fn the_picture_has_a_table_and_no_style_of_its_own() {
        let nodes = [node("a"), node("b<"), node("an account with a very long name")];
        let html = graph("Money", &nodes, &[edge(0, 1), edge(1, 0), edge(1, 2), edge(2, 2), edge(1, 9)]).0;

        assert_eq!(html.matches("<tr>").count(), 4, "what goes nowhere is left out: {html}");
        assert!(html.contains("<caption>Money</caption>") && html.contains("role=\"img\""), "{html}");
        assert!(html.contains("an account with a v…") && html.contains("b&lt;"), "{html}");
        assert!(!html.contains("style="), "{html}");
        assert_eq!(graph("Money", &nodes, &[edge(1, 1)]).0, "");
    }
}
