//! Branches of banks in Canada.

use std::fmt;

use thiserror::Error;

/// A branch of a financial institution in Canada: three digits for the institution, five for the branch (its transit
/// number). Neither has a check digit (Payments Canada, Rule 006 and Standard 006).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanadianBranch {
    institution: String,
    transit: String,
}

/// What names no branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidBranch {
    /// The institution's number.
    #[error("an institution number has three digits and is not 000")]
    Institution,
    /// The branch's number.
    #[error("a transit number has five digits and is not 00000")]
    Transit,
}

impl InvalidBranch {
    /// The field that is wrong.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Institution => "institution_number",
            Self::Transit => "transit_number",
        }
    }
}

fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte != b'0')
}

impl CanadianBranch {
    /// The branch of this institution.
    ///
    /// # Errors
    /// [`InvalidBranch`].
    pub fn try_new(institution: &str, transit: &str) -> Result<Self, InvalidBranch> {
        if !is_number(institution, 3) {
            return Err(InvalidBranch::Institution);
        }
        if !is_number(transit, 5) {
            return Err(InvalidBranch::Transit);
        }
        Ok(Self { institution: institution.to_owned(), transit: transit.to_owned() })
    }

    /// Reads the electronic form, `0IIITTTTT`.
    ///
    /// # Errors
    /// [`InvalidBranch`].
    pub fn from_electronic(text: &str) -> Result<Self, InvalidBranch> {
        let rest = text.strip_prefix('0').ok_or(InvalidBranch::Institution)?;
        let (institution, transit) = rest.split_at_checked(3).ok_or(InvalidBranch::Institution)?;
        Self::try_new(institution, transit)
    }

    /// The institution's three digits.
    pub fn institution(&self) -> &str {
        &self.institution
    }

    /// The branch's five digits.
    pub fn transit(&self) -> &str {
        &self.transit
    }

    /// As it is written in electronic payments: `0IIITTTTT`.
    pub fn electronic(&self) -> String {
        format!("0{}{}", self.institution, self.transit)
    }

    /// As it stands on cheques: `TTTTT-III`.
    pub fn on_cheques(&self) -> String {
        format!("{}-{}", self.transit, self.institution)
    }
}

impl fmt::Display for CanadianBranch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.on_cheques())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_has_three_and_five_digits() {
        for (institution, transit, why) in [
            ("01", "01234", InvalidBranch::Institution),
            ("000", "01234", InvalidBranch::Institution),
            ("00a", "01234", InvalidBranch::Institution),
            ("001", "1234", InvalidBranch::Transit),
            ("001", "00000", InvalidBranch::Transit),
            ("001", "012345", InvalidBranch::Transit),
        ] {
            assert_eq!(CanadianBranch::try_new(institution, transit), Err(why), "{institution} {transit}");
        }
        assert_eq!(CanadianBranch::from_electronic("100101234"), Err(InvalidBranch::Institution));
        assert_eq!(CanadianBranch::from_electronic("0é"), Err(InvalidBranch::Institution));
    }
}
