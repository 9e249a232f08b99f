//! Pages and tree as the bytes of a file.

use std::num::NonZeroU16;

use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, Configuration, PdfVersion};
use krilla::destination::XyzDestination;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, SpanTag, TableHeaderScope, Tag,
    TagGroup, TagKind, TagTree,
};
use krilla::{Document, SerializeSettings};

use super::canvas::{Canvas, Element, Mark, Meaning, Role};
use super::design::{Colour, page};
use super::faces::{Faces, faces};
use crate::sheet::Sheet;
use crate::{Error, Paper};

/// The language of every document.
const LANGUAGE: &str = "en";

/// The file.
pub fn paint(sheet: &Sheet, canvas: &Canvas, paper: Paper) -> Result<Vec<u8>, Error> {
    let settings = SerializeSettings { configuration: configuration()?, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    document.set_metadata(metadata(sheet));
    let (width, height) = page(paper);
    // The marks of each element, in reading order.
    let mut marked: Vec<Vec<Identifier>> = canvas.nodes.iter().map(|_| Vec::new()).collect();
    for marks in &canvas.pages {
        let settings = PageSettings::from_wh(width, height)
            .ok_or_else(|| Error::Typesetting("a page has no size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        draw(&mut surface, marks, &mut marked)?;
        surface.finish();
        page.finish();
    }
    document.set_outline(outline(canvas));
    let mut tree = TagTree::new().with_lang(Some(LANGUAGE.to_owned()));
    for root in &canvas.roots {
        tree.push(group(canvas, &marked, *root));
    }
    document.set_tag_tree(tree);
    document.finish().map_err(|error| Error::Typesetting(error.to_string()))
}

/// PDF 1.7 that meets PDF/UA-1 and PDF/A-2a.
fn configuration() -> Result<Configuration, Error> {
    krilla::configure::ConfigurationBuilder::new()
        .with_version(PdfVersion::Pdf17)
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| Error::Typesetting(format!("{error:?}")))
}

fn metadata(sheet: &Sheet) -> Metadata {
    let day = sheet.issued_on;
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    let date = DateTime::new(u16::try_from(day.year()).unwrap_or_default())
        .month(small(day.month()))
        .day(small(day.day()))
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(sheet.title.clone())
        .description(sheet.subtitle.clone())
        .authors(vec![sheet.issuer.0.clone()])
        .creator("Florin".to_owned())
        .language(LANGUAGE.to_owned())
        .document_id(sheet.identity.clone())
        .creation_date(date)
}

fn outline(canvas: &Canvas) -> Outline {
    let mut outline = Outline::new();
    for (page, top, text) in &canvas.outline {
        let place = XyzDestination::new(*page, Point::from_xy(0.0, (top - 12.0).max(0.0)));
        outline.push_child(OutlineNode::new(text.clone(), place));
    }
    outline
}

/// Marks one after another; neighbours of one element are one piece of it.
fn draw(
    surface: &mut Surface<'_>,
    marks: &[(Meaning, Mark)],
    marked: &mut [Vec<Identifier>],
) -> Result<(), Error> {
    let faces = faces()?;
    for same in marks.chunk_by(|(one, _), (next, _)| one == next) {
        let Some((meaning, _)) = same.first() else { continue };
        let tag = match meaning {
            Meaning::Of(_) => ContentTag::Span(SpanTag::empty()),
            Meaning::Ornament => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            Meaning::Repeated => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
        };
        let identifier = surface.start_tagged(tag);
        if let Meaning::Of(element) = meaning
            && let Some(pieces) = marked.get_mut(*element)
        {
            pieces.push(identifier);
        }
        for (_, mark) in same {
            one(surface, faces, mark);
        }
        surface.end_tagged();
    }
    Ok(())
}

fn one(surface: &mut Surface<'_>, faces: &Faces, mark: &Mark) {
    match mark {
        Mark::Text(line, x, y) => {
            let Some(glyphs) = line.glyphs.get(line.part.clone()).filter(|glyphs| !glyphs.is_empty()) else {
                return;
            };
            surface.set_stroke(None);
            surface.set_fill(Some(fill(line.style.colour)));
            let font = faces.of(line.style.weight).font.clone();
            surface.draw_glyphs(Point::from_xy(*x, *y), glyphs, font, &line.text, line.style.size, false);
        }
        Mark::Surface(place, colour) => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*colour)));
            if let Some(path) = rounded(*place) {
                surface.draw_path(&path);
            }
        }
    }
}

fn fill(colour: Colour) -> Fill {
    Fill {
        paint: rgb::Color::new(colour.0, colour.1, colour.2).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::default(),
    }
}

/// A rectangle with round corners.
fn rounded([x, y, width, height, radius]: [f32; 5]) -> Option<Path> {
    let mut path = PathBuilder::new();
    if radius <= 0.0 {
        path.push_rect(Rect::from_xywh(x, y, width, height)?);
        return path.finish();
    }
    // How far the handles of a quarter circle lie from its ends.
    let (right, bottom, handle) = (x + width, y + height, radius * 0.447_7);
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - handle, y, right, y + handle, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - handle, right - handle, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.cubic_to(x + handle, bottom, x, bottom - handle, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + handle, x + handle, y, x + radius, y);
    path.close();
    path.finish()
}

/// An element with all below it.
fn group(canvas: &Canvas, marked: &[Vec<Identifier>], element: Element) -> Node {
    let Some(node) = canvas.nodes.get(element) else { return TagGroup::new(Tag::NonStruct).into() };
    let mut group = TagGroup::new(tag(&node.role));
    for identifier in marked.get(element).into_iter().flatten() {
        group.push(*identifier);
    }
    for below in &node.below {
        group.push(self::group(canvas, marked, *below));
    }
    group.into()
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Heading(level, text) => {
            Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(text.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::List => Tag::L(ListNumbering::Decimal).into(),
        Role::Item => Tag::LI.into(),
        Role::Label => Tag::Lbl.into(),
        Role::Body => Tag::LBody.into(),
        Role::Table(summary) => Tag::Table.with_summary(Some(summary.clone())).into(),
        Role::Head => Tag::THead.into(),
        Role::Rows => Tag::TBody.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
        Role::RowHead => Tag::TH(TableHeaderScope::Row).into(),
        Role::Cell => Tag::TD.into(),
    }
}
