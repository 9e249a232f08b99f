//! Text in lines of a width.

use std::ops::Range;
use std::rc::Rc;

use krilla::text::{Glyph, KrillaGlyph};
use unicode_normalization::UnicodeNormalization;

use super::design::{Colour, leading};
use super::faces::{Faces, Weight};

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// How heavy.
    pub weight: Weight,
    /// How large, in points.
    pub size: f32,
    /// In which colour.
    pub colour: Colour,
}

impl Style {
    /// From one baseline to the next.
    pub fn leading(self) -> f32 {
        leading(self.size)
    }
}

/// One line, set.
#[derive(Clone, Debug)]
pub struct Line {
    /// How it looks.
    pub style: Style,
    /// The whole text that the line is a part of.
    pub text: Rc<str>,
    /// The text's glyphs.
    pub glyphs: Rc<[KrillaGlyph]>,
    /// Which of them are on this line; a space at its end is among them.
    pub part: Range<usize>,
    /// How wide it is, without the space at its end.
    pub width: f32,
}

/// The text in lines no wider than `width`; at least one, which may be empty.
pub fn lines(faces: &Faces, text: &str, style: Style, width: f32) -> Vec<Line> {
    let mut all = Vec::new();
    for paragraph in text.split('\n') {
        broken(faces, paragraph, style, width, &mut all);
    }
    all
}

/// The text on one line, however wide that is.
pub fn line(faces: &Faces, text: &str, style: Style) -> Line {
    let text: Rc<str> = clean(text).into();
    let glyphs: Rc<[KrillaGlyph]> = faces.of(style.weight).shape(&text).into();
    let part = 0..glyphs.len();
    let width = glyphs.iter().map(|glyph| glyph.x_advance(style.size)).sum();
    Line { style, text, glyphs, part, width }
}

/// The text on one line of this width, cut with an ellipsis where it is too long.
pub fn fitted(faces: &Faces, text: &str, style: Style, width: f32) -> Line {
    let whole = line(faces, text, style);
    if whole.width <= width {
        return whole;
    }
    let mut letters: Vec<char> = text.chars().collect();
    // By halves down to what fits: as many tries as the length has bits.
    let (mut fits, mut too_many) = (0, letters.len());
    while too_many.saturating_sub(fits) > 1 {
        let middle = fits.midpoint(too_many);
        let tried: String = letters.iter().take(middle).chain(&['…']).collect();
        if line(faces, &tried, style).width <= width {
            fits = middle;
        } else {
            too_many = middle;
        }
    }
    letters.truncate(fits);
    letters.push('…');
    line(faces, &letters.into_iter().collect::<String>(), style)
}

fn broken(faces: &Faces, text: &str, style: Style, width: f32, all: &mut Vec<Line>) {
    let Line { text, glyphs, .. } = line(faces, text, style);
    let is_space = |glyph: &KrillaGlyph| text.get(glyph.text_range()) == Some(" ");
    let (mut begin, mut used, mut visible) = (0, 0.0, 0.0);
    // After the last space: where a line may end, and how wide it is up to there.
    let mut space: Option<(usize, f32)> = None;
    let mut index = 0;
    let push = |part: Range<usize>, width: f32, all: &mut Vec<Line>| {
        all.push(Line { style, text: Rc::clone(&text), glyphs: Rc::clone(&glyphs), part, width });
    };
    while let Some(glyph) = glyphs.get(index) {
        let advance = glyph.x_advance(style.size);
        if is_space(glyph) {
            space = Some((index.saturating_add(1), visible));
            used += advance;
            index = index.saturating_add(1);
            continue;
        }
        if used + advance > width && index > begin {
            // A word that is wider than the line is broken where it must.
            let (end, wide) = space.filter(|(end, _)| *end > begin).unwrap_or((index, used));
            push(begin..end, wide, all);
            (begin, index, used, visible, space) = (end, end, 0.0, 0.0, None);
            continue;
        }
        used += advance;
        visible = used;
        index = index.saturating_add(1);
    }
    push(begin..glyphs.len(), visible, all);
}

/// The text in composed form, without what has no place in print: controls are spaces, private and forbidden
/// characters a replacement character.
fn clean(text: &str) -> String {
    let plain = |letter: char| match letter {
        '\u{feff}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{ad}' => None,
        letter if letter.is_control() || letter == '\u{2028}' || letter == '\u{2029}' => Some(' '),
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fdd0}'..='\u{fdef}' => Some('\u{fffd}'),
        letter if u32::from(letter) & 0xfffe == 0xfffe => Some('\u{fffd}'),
        letter => Some(letter),
    };
    text.chars().filter_map(plain).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::super::design::INK;
    use super::super::faces::faces;
    use super::*;

    const STYLE: Style = Style { weight: Weight::Regular, size: 10.0, colour: INK };

    fn texts(all: &[Line]) -> Vec<String> {
        let text = |line: &Line| {
            let glyphs = &line.glyphs[line.part.clone()];
            glyphs.iter().filter_map(|glyph| line.text.get(glyph.text_range())).collect::<String>()
        };
        all.iter().map(text).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_lose_nothing() {
        let all = lines(faces().unwrap(), "one two three four five six seven", STYLE, 60.0);
        assert!(all.len() > 2);
        assert!(all.iter().all(|line| line.width <= 60.0));
        assert_eq!(texts(&all).concat(), "one two three four five six seven");
        assert!(texts(&all).iter().rev().skip(1).all(|text| text.ends_with(' ')), "{:?}", texts(&all));
    }

    #[test]
    fn a_word_wider_than_the_line_is_broken() {
        let all = lines(faces().unwrap(), &"W".repeat(60), STYLE, 50.0);
        assert!(all.len() > 5 && all.iter().all(|line| line.width <= 50.0));
        assert_eq!(texts(&all).concat(), "W".repeat(60));
    }

    #[test]
    fn digits_are_equally_wide() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            let wide = |text: &str| line(faces().unwrap(), text, Style { weight, ..STYLE }).width;
            assert!((0..10).all(|digit| (wide(&format!("{digit}.00")) - wide("0.00")).abs() < 0.001));
        }
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        let short = fitted(faces().unwrap(), "A very long name of an institution", STYLE, 80.0);
        assert!(short.width <= 80.0 && short.text.ends_with('…'));
        assert_eq!(&*fitted(faces().unwrap(), "Short", STYLE, 80.0).text, "Short");
    }

    #[test]
    fn text_is_cleaned_of_what_print_does_not_know() {
        assert_eq!(clean("a\u{0}b\tc\u{feff}d\u{e001}e\u{301}\u{fffe}"), "a b cd\u{fffd}é\u{fffd}");
    }
}
