//! What somebody types as a code.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::backup;

/// A code as it was typed: of an authenticator app, a backup code, or neither.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Code(Form);

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) enum Form {
    /// Six digits.
    Totp(String),
    /// The letters and digits of a backup code, in capitals.
    Backup(String),
    /// Something that is no code, and therefore a wrong one.
    Neither,
}

/// The longest text that is looked at.
const CHARS_MAX: usize = 64;

impl Code {
    /// Reads what was typed; blanks and hyphens between its characters do not count, nor does case.
    pub fn read(typed: &str) -> Self {
        if typed.len() > CHARS_MAX {
            return Self(Form::Neither);
        }
        let mut plain: String =
            typed.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).collect();
        if plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
            Self(Form::Totp(plain))
        } else if backup::is_form(&plain) {
            Self(Form::Backup(plain))
        } else {
            plain.zeroize();
            Self(Form::Neither)
        }
    }

    pub(super) fn form(&self) -> &Form {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for text in ["123456", "123 456", " 123-456 "] {
            assert!(matches!(Code::read(text).form(), Form::Totp(code) if code == "123456"), "{text}");
        }
        for text in ["ABCD-EFGH-JKLM-NP23", "abcd efgh jklm np23", "ABCDEFGHJKLMNP23"] {
            let code = Code::read(text);
            assert!(matches!(code.form(), Form::Backup(code) if code == "ABCDEFGHJKLMNP23"), "{text}");
        }
        for text in
            ["", "12345", "1234567", "١٢٣٤٥٦", "ABCD-EFGH-JKLM-NP2", "ABCD-EFGH-JKLM-NP01", "12345\u{0}"]
        {
            assert!(matches!(Code::read(text).form(), Form::Neither), "{text}");
        }
        assert_eq!(format!("{:?}", Code::read("123456")), "Code(..)");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,80}") {
            let _ = Code::read(&text);
        }
    }
}
