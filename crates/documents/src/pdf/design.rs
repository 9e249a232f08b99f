//! The look: sizes, colours and distances, in points of 1/72 inch.

use crate::Paper;

/// A colour by its red, green and blue.
pub type Colour = (u8, u8, u8);

/// Text.
pub const INK: Colour = (0x16, 0x20, 0x1E);
/// What stands back: labels, small print. 6 : 1 on white.
pub const MUTED: Colour = (0x55, 0x62, 0x5F);
/// The house's colour.
pub const ACCENT: Colour = (0x0B, 0x5C, 0x4B);
/// Behind key figures.
pub const SURFACE: Colour = (0xF2, 0xF6, 0xF4);
/// Hairlines.
pub const LINE: Colour = (0xD3, 0xDC, 0xD9);
/// On the house's colour.
pub const WHITE: Colour = (0xFF, 0xFF, 0xFF);
/// Small text on the house's colour.
pub const PALE: Colour = (0xD8, 0xEA, 0xE4);

/// From the left and right edge of the page.
pub const MARGIN: f32 = 54.0;
/// From the top edge to the body of a page but the first.
pub const TOP: f32 = 82.0;
/// From the bottom edge to the body.
pub const BOTTOM: f32 = 66.0;
/// Between two columns that stand side by side.
pub const GUTTER: f32 = 12.0;

/// The size of body text.
pub const BODY: f32 = 9.5;
/// The size of tables.
pub const TABLE: f32 = 8.8;
/// The size of labels and small print.
pub const SMALL: f32 = 7.6;

/// The page's width and height.
pub const fn page(paper: Paper) -> (f32, f32) {
    match paper {
        Paper::A4 => (595.28, 841.89),
        Paper::Letter => (612.0, 792.0),
    }
}

/// From one baseline to the next, for text of this size.
pub fn leading(size: f32) -> f32 {
    size * 1.42
}
