//! The fonts, and text measured in them.

use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, ShapePlan, UnicodeBuffer, script};

use crate::Error;

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// For text.
    Regular,
    /// For headings and what counts.
    SemiBold,
}

/// IBM Plex Sans 3.201 by IBM, SIL Open Font License 1.1. Its digits are all equally wide.
static REGULAR: &[u8] = include_bytes!("../../fonts/IBMPlexSans-Regular.ttf");
/// The same, heavier.
static SEMI_BOLD: &[u8] = include_bytes!("../../fonts/IBMPlexSans-SemiBold.ttf");

/// One font: for the file, and for measuring.
pub struct OneFace {
    /// As the file embeds it.
    pub font: Font,
    face: Face<'static>,
    plan: ShapePlan,
    /// What is drawn for letters that the font lacks.
    missing: u32,
}

/// Both fonts.
pub struct Faces {
    regular: OneFace,
    semi_bold: OneFace,
}

static FACES: LazyLock<Option<Faces>> =
    LazyLock::new(|| Some(Faces { regular: OneFace::read(REGULAR)?, semi_bold: OneFace::read(SEMI_BOLD)? }));

/// The fonts, read once.
///
/// # Errors
/// [`Error::Typesetting`] where what was compiled in is no font.
pub fn faces() -> Result<&'static Faces, Error> {
    FACES.as_ref().ok_or_else(|| Error::Typesetting("the fonts cannot be read".to_owned()))
}

impl Faces {
    /// The face of a weight.
    pub fn of(&self, weight: Weight) -> &OneFace {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        }
    }
}

impl OneFace {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let face = Face::from_slice(bytes, 0)?;
        let plan = ShapePlan::new(&face, Direction::LeftToRight, Some(script::LATIN), None, &[]);
        let missing =
            ['\u{fffd}', '\u{25a1}', '?'].into_iter().find_map(|letter| face.glyph_index(letter))?;
        let font = Font::new(bytes.into(), 0)?;
        Some(Self { font, face, plan, missing: u32::from(missing.0) })
    }

    /// The glyphs of a text, with kerning; their advances are of a text one point high.
    pub fn shape(&self, text: &str) -> Vec<KrillaGlyph> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let shaped = rustybuzz::shape_with_plan(&self.face, &self.plan, buffer);
        let (infos, positions) = (shaped.glyph_infos(), shaped.glyph_positions());
        let units = f32::from(u16::try_from(self.face.units_per_em()).unwrap_or(1_000).max(1));
        let mut ends =
            infos.iter().map(|info| to_index(info.cluster)).skip(1).chain([text.len()]).collect::<Vec<_>>();
        // Glyphs of one cluster end where the next cluster begins.
        for index in (1..ends.len()).rev() {
            let (begin, end) =
                (infos.get(index).map_or(0, |info| to_index(info.cluster)), ends.get(index).copied());
            if let (Some(before), Some(end)) = (ends.get_mut(index.saturating_sub(1)), end)
                && infos.get(index.saturating_sub(1)).is_some_and(|info| to_index(info.cluster) == begin)
            {
                *before = end;
            }
        }
        let glyph = |((info, position), end): ((&rustybuzz::GlyphInfo, &rustybuzz::GlyphPosition), usize)| {
            let id = if info.glyph_id == 0 { self.missing } else { info.glyph_id };
            let advance = if info.glyph_id == 0 { self.advance(id) } else { position.x_advance };
            KrillaGlyph::new(
                GlyphId::new(id),
                scaled(advance, units),
                scaled(position.x_offset, units),
                scaled(position.y_offset, units),
                scaled(position.y_advance, units),
                to_index(info.cluster)..end,
                None,
            )
        };
        infos.iter().zip(positions).zip(ends).map(glyph).collect()
    }

    fn advance(&self, glyph: u32) -> i32 {
        let id = rustybuzz::ttf_parser::GlyphId(u16::try_from(glyph).unwrap_or_default());
        self.face.glyph_hor_advance(id).map_or(0, i32::from)
    }
}

fn to_index(cluster: u32) -> usize {
    usize::try_from(cluster).unwrap_or(usize::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a font's units fit 24 bits")]
fn scaled(units: i32, per_em: f32) -> f32 {
    units as f32 / per_em
}
