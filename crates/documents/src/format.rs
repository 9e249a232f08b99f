//! The formats, and what comes out.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A format of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: PDF, tagged, PDF/UA-1 and PDF/A-2a.
    Pdf,
    /// For spreadsheets: comma-separated values by RFC 4180.
    Csv,
    /// For programs.
    Json,
    /// For bookkeeping software: OFX 2.2.
    Ofx,
    /// For treasuries: ISO 20022 camt.053.001.08.
    Camt053,
}

/// Text that names no format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("one of pdf, csv, json, ofx, camt053 is wanted")]
pub struct UnknownFormat;

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pdf, Self::Csv, Self::Json, Self::Ofx, Self::Camt053];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ofx => "ofx",
            Self::Camt053 => "camt053",
        }
    }

    /// The media type, with its parameters.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::Ofx => "application/x-ofx",
            Self::Camt053 => "application/xml",
        }
    }

    /// The ending of a file's name, without the point.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Camt053 => "xml",
            _ => self.code(),
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(code: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.code() == code).ok_or(UnknownFormat)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The size of a printed page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Paper {
    /// 210 mm by 297 mm.
    #[default]
    A4,
    /// 8½ in by 11 in.
    Letter,
}

impl FromStr for Paper {
    type Err = UnknownFormat;

    fn from_str(code: &str) -> Result<Self, UnknownFormat> {
        match code {
            "a4" => Ok(Self::A4),
            "letter" => Ok(Self::Letter),
            _ => Err(UnknownFormat),
        }
    }
}

/// A document in one format.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The media type.
    pub content_type: &'static str,
    /// A name for the file: small letters, digits, hyphens and one point.
    pub file_name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Rendered {
    /// Tells how large it is; what it says belongs to its reader.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {} bytes)", self.file_name, self.content_type, self.bytes.len())
    }
}
