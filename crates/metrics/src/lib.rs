//! Scores as pure functions: numbers in, numbers out. Nothing here knows a tensor, a model or a file.
//!
//! A score is a share in `0..=1` unless it says otherwise. It is `None` where the number does not exist; where the
//! reference implementation defines a value all the same (a class that never occurs, for scikit-learn), that value is
//! given and documented. Items come as slices of one struct or array each, so that no list can be longer than its
//! partner, and an [`interval`] of any score is had by taking the score of resampled items.

pub mod calibration;
pub mod choice;
pub mod classification;
pub mod comparison;
pub mod correlation;
mod error;
pub mod exact;
pub mod interval;
mod language;
pub mod mean;
pub mod reading;
pub mod retrieval;
pub mod translation;

pub use error::MetricError;
pub use interval::{Interval, bootstrap, bootstrap_mean};
pub use language::{Language, bits_per, perplexity};
pub use mean::{mean, share, standard_error};
