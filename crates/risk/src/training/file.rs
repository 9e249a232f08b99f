//! A model in a file.

use std::fmt::Write as _;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Calibration;
use crate::learn::Model;
use crate::rules::Band;

/// The form of the file.
const FORM: &str = "florin-model/1";

/// What a model was learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The first day.
    pub first_day: Date,
    /// The day after the last.
    pub last_day: Date,
    /// How many rows.
    pub rows: u64,
    /// How many of them frauds.
    pub frauds: u64,
    /// The hexadecimal SHA-256 of the data.
    pub data: String,
}

/// A model with all that is needed to use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Which set of features it asks about, with its version.
    pub features: String,
    /// The trees.
    pub model: Model,
    /// From their scores to probabilities.
    pub calibration: Calibration,
    /// From which score on it holds and refuses, in thousandths; none of a model that decides about nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Band>,
    /// What it was learned from.
    pub provenance: Provenance,
}

/// The file: the model as text, and what that text hashes to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    form: String,
    sha256: String,
    model: serde_json::Value,
}

/// Why a file is no model.
#[derive(Debug, Error)]
pub enum FileError {
    /// It is not JSON of this form.
    #[error("not a model of the form {FORM}: {0}")]
    Form(String),
    /// It was changed, or damaged.
    #[error("the model is not what its checksum says: it was changed, or damaged")]
    Checksum,
    /// Its trees do not hold together, or its calibration is none.
    #[error("the model's trees do not hold together")]
    Unsound,
}

impl Kept {
    /// The version: the first twelve digits of its hash.
    pub fn version(&self) -> String {
        self.hash().get(..12).unwrap_or_default().to_owned()
    }

    /// The hexadecimal SHA-256 of what it says.
    pub fn hash(&self) -> String {
        hash_of(&self.value())
    }

    fn value(&self) -> serde_json::Value {
        // Models are made of numbers and texts, all of which JSON has: their scores and edges are finite.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The file.
    pub fn to_file(&self) -> String {
        let model = self.value();
        let sheet = Sheet { form: FORM.to_owned(), sha256: hash_of(&model), model };
        serde_json::to_string(&sheet).unwrap_or_default()
    }

    /// The model of a file.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn from_file(text: &str) -> Result<Self, FileError> {
        let form = |error: serde_json::Error| FileError::Form(error.to_string());
        let sheet: Sheet = serde_json::from_str(text).map_err(form)?;
        if sheet.form != FORM {
            return Err(FileError::Form(format!("it says {:?}", sheet.form)));
        }
        if hash_of(&sheet.model) != sheet.sha256 {
            return Err(FileError::Checksum);
        }
        let kept: Self = serde_json::from_value(sheet.model).map_err(form)?;
        if kept.model.check().is_err() || !kept.calibration.is_sound() {
            return Err(FileError::Unsound);
        }
        Ok(kept)
    }
}

/// Objects are written with their keys in order, so that a value has one text.
fn hash_of(value: &serde_json::Value) -> String {
    hex(&Sha256::digest(value.to_string().as_bytes()))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
