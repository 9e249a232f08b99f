//! A model made ready to be asked: bound to the table of features, calibrated, with its bands.

use thiserror::Error;

use crate::features::{self, FEATURES, FEATURES_VERSION, Features};
use crate::learn::Model;
use crate::rules::Band;
pub use crate::training::Calibration;
use crate::training::Kept;

/// A model with what belongs to it; its version stands for all of that.
#[derive(Clone, Debug)]
pub struct Scorer {
    version: String,
    model: Model,
    calibration: Calibration,
    bands: Band,
    /// Where in vectors each of the model's features stands.
    places: Vec<usize>,
}

/// Why a model cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScorerError {
    /// It asks for a feature that there is not.
    #[error(
        "the model asks for a feature `{0}` that there is not: it was trained on another table of features"
    )]
    UnknownFeature(String),
    /// Its trees do not hold together, or it asks for too many features.
    #[error("the model's trees do not hold together")]
    Broken,
    /// It was learned from another table of features.
    #[error("the model asks about features {0}, and decisions about money have {name}", name = money_features())]
    OtherFeatures(String),
    /// Its calibration is none.
    #[error("a calibration is a line that rises")]
    Calibration,
    /// Its bands are in the wrong order.
    #[error("a model holds from a score above 0 on, and refuses from a score no smaller")]
    Bands,
}

/// The table of features that decisions about money are made of, as models name it: `money/1`.
pub fn money_features() -> String {
    format!("money/{FEATURES_VERSION}")
}

impl Scorer {
    /// Makes a model that was kept ready to be asked.
    ///
    /// # Errors
    /// [`ScorerError`]; of a model without bands [`ScorerError::Bands`].
    pub fn of(kept: &Kept) -> Result<Self, ScorerError> {
        if kept.features != money_features() {
            return Err(ScorerError::OtherFeatures(kept.features.clone()));
        }
        let bands = kept.bands.ok_or(ScorerError::Bands)?;
        Self::new(kept.version(), kept.model.clone(), kept.calibration, bands)
    }

    /// Binds a model to the table of features. Bands are in thousandths, as its score.
    ///
    /// # Errors
    /// [`ScorerError`].
    pub fn new(
        version: String,
        model: Model,
        calibration: Calibration,
        bands: Band,
    ) -> Result<Self, ScorerError> {
        model.check().map_err(|_| ScorerError::Broken)?;
        if !calibration.is_sound() {
            return Err(ScorerError::Calibration);
        }
        if bands.review == 0 || bands.decline < bands.review {
            return Err(ScorerError::Bands);
        }
        let place =
            |name: &String| features::find(name).ok_or_else(|| ScorerError::UnknownFeature(name.clone()));
        let places: Vec<usize> = model.names().iter().map(place).collect::<Result<_, _>>()?;
        if places.len() > FEATURES.len() {
            return Err(ScorerError::Broken);
        }
        Ok(Self { version, model, calibration, bands, places })
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// From which score on it holds and refuses.
    pub const fn bands(&self) -> Band {
        self.bands
    }

    /// The calibrated probability of fraud in thousandths; none if it is no number.
    pub fn score(&self, features: &Features) -> Option<u16> {
        let mut row = [0.0; FEATURES.len()];
        let probability = self.calibration.probability(self.model.score(self.fill(features, &mut row)));
        probability.is_finite().then(|| thousandths(probability))
    }

    /// What each feature contributes to the logarithm of the odds, by its place in vectors.
    pub fn contributions(&self, features: &Features) -> Vec<(usize, f64)> {
        let mut row = [0.0; FEATURES.len()];
        let (_, contributions) = self.model.contributions(self.fill(features, &mut row));
        self.places.iter().copied().zip(contributions).collect()
    }

    fn fill<'a>(&self, features: &Features, row: &'a mut [f64; FEATURES.len()]) -> &'a [f64] {
        for (slot, place) in row.iter_mut().zip(&self.places) {
            *slot = features.get(*place);
        }
        row.get(..self.places.len()).unwrap_or_default()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a probability is from 0 to 1")]
fn thousandths(probability: f64) -> u16 {
    (probability.clamp(0.0, 1.0) * 1_000.0).round() as u16
}

/// The models in use.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// The one that decides.
    pub champion: Champion,
    /// One that is asked and recorded, and decides nothing.
    pub challenger: Option<Scorer>,
}

/// The model that decides.
#[derive(Clone, Debug, Default)]
pub enum Champion {
    /// None is wanted: rules alone decide.
    #[default]
    None,
    /// It is ready.
    Ready(Box<Scorer>),
    /// One is wanted, and could not be loaded: every ruling says so.
    Missing,
}
