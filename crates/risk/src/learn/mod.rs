//! Gradient-boosted trees for yes-or-no questions: logistic loss, second-order splits, shrinkage.
//!
//! Features are cut into at most [`BINS_MAX`] bins at their own quantiles, each its own value where there are fewer, so
//! that no split is lost to coarse histograms. A value that is missing (`NaN`) goes to the side that learned to take it.
//! Nothing is random, and sums are added in the order of the rows.

mod bins;
mod grow;
mod model;
mod shap;
mod table;

pub use bins::BINS_MAX;
pub use grow::{Settings, train};
pub use model::{InvalidModel, Model};
pub use table::{Table, UnevenTable};
