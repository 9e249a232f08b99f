//! A model made ready to be asked: bound to the table of features, calibrated, with its bands.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::features::{self, FEATURES, Features};
use crate::learn::Model;
use crate::rules::Band;

/// How much of a model's score is believed: the probability of fraud for a score, between points that were measured.
///
/// Points are a score (the logarithm of the odds) and the probability observed there, both rising. Without any the model's
/// own probability is taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration(Vec<(f64, f64)>);

impl Calibration {
    /// Between these points.
    ///
    /// # Errors
    /// [`ScorerError::Calibration`]: points that do not rise, or are no probabilities.
    pub fn new(points: Vec<(f64, f64)>) -> Result<Self, ScorerError> {
        let calibration = Self(points);
        calibration.check()?;
        Ok(calibration)
    }

    fn check(&self) -> Result<(), ScorerError> {
        let sound =
            |(score, probability): &(f64, f64)| score.is_finite() && (0.0..=1.0).contains(probability);
        let rises = self.0.windows(2).all(|pair| match pair {
            [one, other] => one.0 < other.0 && one.1 <= other.1,
            _ => true,
        });
        if rises && self.0.iter().all(sound) { Ok(()) } else { Err(ScorerError::Calibration) }
    }

    fn probability(&self, score: f64) -> f64 {
        if self.0.is_empty() {
            return 1.0 / (1.0 + (-score).exp());
        }
        let after = self.0.partition_point(|(point, _)| *point <= score);
        let below = after.checked_sub(1).and_then(|before| self.0.get(before));
        match (below, self.0.get(after)) {
            (Some(below), Some(above)) => {
                let share = (score - below.0) / (above.0 - below.0);
                below.1 + share * (above.1 - below.1)
            }
            (Some(only), None) | (None, Some(only)) => only.1,
            (None, None) => 0.0,
        }
    }
}

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
    /// Its calibration is none.
    #[error("a calibration has rising scores, and rising probabilities from 0 to 1")]
    Calibration,
    /// Its bands are in the wrong order.
    #[error("a model holds from a score above 0 on, and refuses from a score no smaller")]
    Bands,
}

impl Scorer {
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
        calibration.check()?;
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
