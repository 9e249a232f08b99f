//! Blocks one below the other, page after page.

use super::canvas::{Canvas, Element, Mark, Meaning, Role};
use super::design::{self, BODY, BOTTOM, INK, MARGIN, MUTED, SMALL, TOP};
use super::faces::{Faces, Weight};
use super::lines::{Line, Style, lines};
use crate::Paper;

/// Where the next block goes.
pub struct Flow {
    /// The fonts.
    pub faces: &'static Faces,
    /// What is laid out so far.
    pub canvas: Canvas,
    /// The page's width and height.
    pub page: (f32, f32),
    /// How far from the top edge the next block begins.
    pub y: f32,
}

/// Body text.
pub const TEXT: Style = Style { weight: Weight::Regular, size: BODY, colour: INK };
/// Small print and labels.
pub const FINE: Style = Style { weight: Weight::Regular, size: SMALL, colour: MUTED };
const HEADING: Style = Style { weight: Weight::SemiBold, size: 12.5, colour: INK };

impl Flow {
    /// An empty first page.
    pub fn new(faces: &'static Faces, paper: Paper) -> Self {
        let canvas = Canvas { pages: vec![Vec::new()], ..Canvas::default() };
        Self { faces, canvas, page: design::page(paper), y: MARGIN }
    }

    /// How wide the body is.
    pub fn width(&self) -> f32 {
        self.page.0 - 2.0 * MARGIN
    }

    /// How much is left of the page.
    pub fn left(&self) -> f32 {
        self.page.1 - BOTTOM - self.y
    }

    /// How high the body of a page but the first is.
    pub fn full(&self) -> f32 {
        self.page.1 - BOTTOM - TOP
    }

    /// Goes on to the next page where less than `height` is left; tells whether it did.
    pub fn need(&mut self, height: f32) -> bool {
        if self.left() >= height || self.y <= TOP {
            return false;
        }
        self.canvas.pages.push(Vec::new());
        self.y = TOP;
        true
    }

    /// Leaves a space below the last block; none at the top of a page.
    pub fn space(&mut self, height: f32) {
        if self.y > TOP {
            self.y += height;
        }
    }

    /// A heading, which stays with what follows.
    pub fn heading(&mut self, text: &str) {
        self.space(20.0);
        self.need(86.0);
        let element = self.canvas.element(Role::Heading(2, text.to_owned()), None);
        let page = self.canvas.pages.len().saturating_sub(1);
        self.canvas.outline.push((page, self.y, text.to_owned()));
        let set = lines(self.faces, text, HEADING, self.width());
        self.put(&set, MARGIN, Meaning::Of(element));
        self.y += 6.0;
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.running(text, TEXT);
        self.y += 6.0;
    }

    /// A paragraph in small print.
    pub fn small(&mut self, text: &str) {
        self.space(4.0);
        self.running(text, FINE);
        self.y += 2.0;
    }

    fn running(&mut self, text: &str, style: Style) {
        let element = self.canvas.element(Role::Paragraph, None);
        let set = lines(self.faces, text, style, self.width().min(style.size * 56.0));
        self.put(&set, MARGIN, Meaning::Of(element));
    }

    /// Lines from `x` on, over pages where they must.
    pub fn put(&mut self, set: &[Line], x: f32, meaning: Meaning) {
        for line in set {
            let leading = line.style.leading();
            self.need(leading);
            let baseline = self.y + baseline(line.style);
            self.canvas.mark(meaning, Mark::Text(line.clone(), x, baseline));
            self.y += leading;
        }
    }

    /// One line with its upper edge at `top`; the flow stays where it is.
    pub fn put_at(&mut self, line: &Line, x: f32, top: f32, meaning: Meaning) {
        let baseline = top + baseline(line.style);
        self.canvas.mark(meaning, Mark::Text(line.clone(), x, baseline));
    }

    /// Lines below each other from `top`, none of them on another page; how high they are.
    pub fn stack(&mut self, set: &[Line], x: f32, top: f32, meaning: Meaning) -> f32 {
        let mut height = 0.0;
        for line in set {
            self.put_at(line, x, top + height, meaning);
            height += line.style.leading();
        }
        height
    }

    /// A hairline across `width`.
    pub fn rule(&mut self, x: f32, y: f32, width: f32, weight: f32, colour: design::Colour) {
        self.canvas.mark(Meaning::Ornament, Mark::Surface([x, y, width, weight, 0.0], colour));
    }

    /// An element at the top of the tree.
    pub fn root(&mut self, role: Role) -> Element {
        self.canvas.element(role, None)
    }
}

/// From the upper edge of a line to its baseline.
pub fn baseline(style: Style) -> f32 {
    (style.leading() - style.size) / 2.0 + style.size * 0.80
}

/// How high lines are together.
pub fn height(set: &[Line]) -> f32 {
    set.iter().map(|line| line.style.leading()).sum()
}
