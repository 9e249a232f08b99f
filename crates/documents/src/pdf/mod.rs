//! A sheet as PDF: tagged, with embedded fonts, PDF/UA-1 and PDF/A-2a.
//!
//! Three steps. [`faces`] and [`lines`] measure and break text; [`flow`] and its neighbours lay blocks out on pages, which
//! are lists of marks beside a tree of what they mean ([`canvas`]); [`paint`] writes pages and tree. Only when
//! all pages are laid out is it known how many there are.
#![expect(clippy::disallowed_types, reason = "positions on a page are no money")]

mod canvas;
mod design;
mod faces;
mod figures;
mod flow;
mod head;
mod lines;
mod paint;
mod table;

use crate::sheet::{Block, Sheet};
use crate::{Error, Paper};
use flow::Flow;

/// The sheet as the bytes of a PDF file.
///
/// # Errors
/// [`Error::Typesetting`].
pub fn set(sheet: &Sheet, paper: Paper) -> Result<Vec<u8>, Error> {
    paint::paint(sheet, &laid_out(sheet, paper)?, paper)
}

/// The sheet's pages.
fn laid_out(sheet: &Sheet, paper: Paper) -> Result<canvas::Canvas, Error> {
    let faces = faces::faces()?;
    let mut flow = Flow::new(faces, paper);
    head::opening(&mut flow, sheet);
    for block in &sheet.blocks {
        match block {
            Block::Heading(text) => flow.heading(text),
            Block::Text(text) => flow.paragraph(text),
            Block::Small(text) => flow.small(text),
            Block::Figures(all) => figures::row(&mut flow, all),
            Block::Facts(pairs) => figures::facts(&mut flow, pairs),
            Block::Table(table) => table::set(&mut flow, table),
            Block::Notice(title, text) => figures::notice(&mut flow, title, text),
            Block::Points(points) => figures::points(&mut flow, points),
        }
    }
    head::margins(&mut flow, sheet);
    Ok(flow.canvas)
}

#[cfg(test)]
mod tests;
