//! Pages as lists of marks, beside the tree of what the marks mean.

use super::design::Colour;
use super::lines::Line;

/// What an element of the tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A heading of a level, with its text.
    Heading(u16, String),
    /// A paragraph.
    Paragraph,
    /// A list, and its parts.
    List,
    /// One point of a list.
    Item,
    /// What numbers a point.
    Label,
    /// What a point says.
    Body,
    /// A table, with what it shows.
    Table(String),
    /// A table's headings.
    Head,
    /// A table's rows.
    Rows,
    /// One row.
    Row,
    /// The heading of a column.
    ColumnHead,
    /// The heading of a row.
    RowHead,
    /// A cell.
    Cell,
}

/// An element's place in the tree.
pub type Element = usize;

/// An element of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub role: Role,
    /// The elements below it, in reading order.
    pub below: Vec<Element>,
}

/// What a mark belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// An element of the tree.
    Of(Element),
    /// Ornament: lines and surfaces.
    Ornament,
    /// What repeats on every page.
    Repeated,
}

/// A mark on a page; the origin is the upper left corner.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A line of text, from the left end of its baseline.
    Text(Line, f32, f32),
    /// A surface: left, top, width, height, radius of its corners.
    Surface([f32; 5], Colour),
}

/// All pages, and what is on them.
#[derive(Debug, Default)]
pub struct Canvas {
    /// The marks of each page, in reading order.
    pub pages: Vec<Vec<(Meaning, Mark)>>,
    /// The elements.
    pub nodes: Vec<Node>,
    /// The elements that stand in no other.
    pub roots: Vec<Element>,
    /// Headings for the outline: page, place from the top, text.
    pub outline: Vec<(usize, f32, String)>,
}

impl Canvas {
    /// Adds an element below another, or at the top.
    pub fn element(&mut self, role: Role, parent: Option<Element>) -> Element {
        let id = self.nodes.len();
        self.nodes.push(Node { role, below: Vec::new() });
        match parent.and_then(|parent| self.nodes.get_mut(parent)) {
            Some(parent) => parent.below.push(id),
            None => self.roots.push(id),
        }
        id
    }

    /// Puts a mark on the last page.
    pub fn mark(&mut self, meaning: Meaning, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push((meaning, mark));
        }
    }

    /// Puts a mark on one of the pages.
    pub fn mark_on(&mut self, page: usize, meaning: Meaning, mark: Mark) {
        if let Some(page) = self.pages.get_mut(page) {
            page.push((meaning, mark));
        }
    }
}
