//! Lists by their publishers, and the files that they come in.

use std::fmt;
use std::io::Read;
use std::str::FromStr;

use flate2::read::MultiGzDecoder;
use florin_screening::lists::{OfacFiles, UnNames, read_bis, read_house, read_ofac, read_un};
use florin_screening::{Entry, List};
use sha2::{Digest, Sha256};

use super::Error;

/// The most that one file may have when unpacked, in bytes: ten times the largest list.
pub(super) const FILE_BYTES_MAX: u64 = 256 << 20;
/// How a packed file begins (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A list that can be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Specially designated nationals, United States Treasury.
    OfacSdn,
    /// The other lists of the United States Treasury.
    OfacCons,
    /// The consolidated list of the United Nations.
    Un,
    /// Denied persons, United States Department of Commerce.
    Bis,
    /// The institution's own.
    House,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::OfacSdn, Self::OfacCons, Self::Un, Self::Bis, Self::House];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OfacSdn => "ofac_sdn",
            Self::OfacCons => "ofac_cons",
            Self::Un => "un",
            Self::Bis => "bis",
            Self::House => "house",
        }
    }

    /// The files that it consists of, by the names that their publisher gives them, in lower case and in the order in which they are given.
    pub const fn parts(self) -> &'static [&'static str] {
        match self {
            Self::OfacSdn => &["sdn.csv", "alt.csv", "add.csv"],
            Self::OfacCons => &["cons_prim.csv", "cons_alt.csv", "cons_add.csv"],
            Self::Un => &["consolidated.xml"],
            Self::Bis => &["dpl.txt"],
            Self::House => &["house.csv"],
        }
    }

    /// The list that an entry stands on.
    pub const fn of(list: &List) -> Self {
        match list {
            List::OfacSdn => Self::OfacSdn,
            List::OfacConsolidated => Self::OfacCons,
            List::UnConsolidated => Self::Un,
            List::BisDenied => Self::Bis,
            List::House(_) => Self::House,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|one| one.code() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|one| one.code()).collect();
            format!("one of {} is wanted", known.join(", "))
        })
    }
}

/// The files of a list, unpacked, in the order of [`Source::parts`].
pub struct Parts(Vec<Vec<u8>>);

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(Vec::len)).finish()
    }
}

impl Parts {
    /// The files of a list, each packed by gzip or not.
    ///
    /// # Errors
    /// [`Error::Parts`] when there are too few or too many, [`Error::TooLarge`], [`Error::Io`] for what cannot be unpacked.
    pub fn read(source: Source, files: Vec<Vec<u8>>) -> Result<Self, Error> {
        if files.len() != source.parts().len() {
            return Err(Error::Parts(source));
        }
        files.into_iter().map(unpacked).collect::<Result<_, _>>().map(Self)
    }

    /// What the content is known by: SHA-256 over the files with their lengths, in hexadecimal.
    pub(super) fn hash(&self, source: Source) -> String {
        let mut hash = Sha256::new();
        hash.update(source.code());
        for part in &self.0 {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            for nibble in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(nibble), 16));
            }
            text
        })
    }

    /// The entries of the list, whole or not at all.
    pub(super) fn entries(&self, source: Source) -> Result<Vec<Entry>, Error> {
        let part = |at: usize| self.0.get(at).map_or(&[][..], Vec::as_slice);
        let ofac = |list: &List| {
            read_ofac(list, OfacFiles { primary: part(0), alternates: part(1), addresses: part(2) })
        };
        let read = match source {
            Source::OfacSdn => ofac(&List::OfacSdn),
            Source::OfacCons => ofac(&List::OfacConsolidated),
            Source::Un => read_un(part(0), UnNames::All),
            Source::Bis => read_bis(part(0)),
            Source::House => read_house("house", part(0)),
        };
        Ok(read?)
    }
}

fn unpacked(file: Vec<u8>) -> Result<Vec<u8>, Error> {
    let too_large = Error::TooLarge(FILE_BYTES_MAX >> 20);
    if !file.starts_with(&GZIP) {
        let fits = u64::try_from(file.len()).is_ok_and(|length| length <= FILE_BYTES_MAX);
        return if fits { Ok(file) } else { Err(too_large) };
    }
    let mut plain = Vec::new();
    // What would unpack to more than any list is no list.
    let read = MultiGzDecoder::new(file.as_slice())
        .take(FILE_BYTES_MAX.saturating_add(1))
        .read_to_end(&mut plain)?;
    if u64::try_from(read).is_ok_and(|length| length <= FILE_BYTES_MAX) { Ok(plain) } else { Err(too_large) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_and_plain_files_are_one_content() {
        use std::io::Write as _;
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zip.write_all(b"abc").unwrap();
        let packed = Parts::read(Source::Un, vec![zip.finish().unwrap()]).unwrap();
        let plain = Parts::read(Source::Un, vec![b"abc".to_vec()]).unwrap();

        assert_eq!(packed.hash(Source::Un), plain.hash(Source::Un));
        assert_ne!(plain.hash(Source::Un), plain.hash(Source::Bis));
        assert!(matches!(Parts::read(Source::OfacSdn, vec![Vec::new()]), Err(Error::Parts(Source::OfacSdn))));
        assert!(matches!(Parts::read(Source::Un, vec![vec![0x1f, 0x8b, 8, 0]]), Err(Error::Io(_))));
    }

    #[test]
    fn sources_read_back_from_their_codes() {
        for source in Source::ALL {
            assert_eq!(source.code().parse(), Ok(source));
        }
        assert!("eu".parse::<Source>().is_err());
    }
}
