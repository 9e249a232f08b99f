//! Arabic letters, with those of Persian, Pashto and Urdu, and Hebrew.
//!
//! Short vowels are not written in these scripts, so what is made here is compared by its consonants alone. The long
//! vowels are written as vowels; that they also stand for consonants is the affair of the comparison.

/// Whether a character belongs to a script that leaves its vowels out.
pub fn is_vowelless(c: char) -> bool {
    matches!(c, '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}' | '\u{6d5}')
}

/// The letters of a word; the article is parted from what follows it by a hyphen.
pub fn plain(word: &str) -> String {
    let bare = word.chars().filter(|c| is_vowelless(*c)).count();
    let (article, rest) = match word.strip_prefix("ال") {
        Some(rest) if bare > 3 => ("al-", rest),
        _ => ("", word),
    };
    let mut text = String::from(article);
    for c in rest.chars() {
        match letters(c) {
            Some(letters) => text.push_str(letters),
            None if c.is_ascii() => text.push(c.to_ascii_lowercase()),
            None => text.push_str(deunicode::deunicode_char(c).unwrap_or(" ")),
        }
    }
    text.to_ascii_lowercase()
}

fn letters(c: char) -> Option<&'static str> {
    arabic(c).or_else(|| hebrew(c))
}

fn arabic(c: char) -> Option<&'static str> {
    Some(match c {
        'ا' | 'أ' | 'آ' | 'ٱ' | 'ة' | 'ى' | 'ۀ' | 'ە' => "a",
        'ء' | 'ع' => "",
        'إ' | 'ئ' | 'ي' | 'ی' | 'ې' | 'ۍ' | 'ے' | 'ێ' | 'ۓ' => "i",
        'ؤ' | 'و' | 'ۆ' | 'ۇ' => "u",
        'ب' => "b",
        'پ' => "p",
        'ت' | 'ط' | 'ټ' | 'ٹ' => "t",
        'ث' => "th",
        'ج' => "j",
        'چ' => "ch",
        'ح' | 'ه' | 'ہ' | 'ھ' => "h",
        'خ' | 'ځ' => "kh",
        'د' | 'ض' | 'ډ' | 'ڈ' => "d",
        'ذ' => "dh",
        'ر' | 'ړ' | 'ڑ' => "r",
        'ز' | 'ظ' => "z",
        'ژ' => "zh",
        'س' | 'ص' => "s",
        'ش' | 'ښ' => "sh",
        'غ' => "gh",
        'ف' => "f",
        'ڤ' => "v",
        'ق' => "q",
        'ك' | 'ک' | 'ڪ' => "k",
        'گ' | 'ګ' => "g",
        'ل' => "l",
        'م' => "m",
        'ن' | 'ں' | 'ڼ' => "n",
        _ => return None,
    })
}

fn hebrew(c: char) -> Option<&'static str> {
    Some(match c {
        'א' | 'ע' => "a",
        'ב' => "b",
        'ג' => "g",
        'ד' => "d",
        'ה' => "h",
        'ו' => "u",
        'ז' => "z",
        'ח' => "kh",
        'ט' | 'ת' => "t",
        'י' => "i",
        'כ' | 'ך' | 'ק' => "k",
        'ל' => "l",
        'מ' | 'ם' => "m",
        'נ' | 'ן' => "n",
        'ס' => "s",
        'פ' | 'ף' => "p",
        'צ' | 'ץ' => "ts",
        'ר' => "r",
        'ש' => "sh",
        _ => return None,
    })
}
