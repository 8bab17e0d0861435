//! The numbers that products are taken of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    #[default]
    F32,
    /// Operands of products rounded to bf16, weights and sums in f32.
    Bf16,
}

impl Precision {
    pub const ALL: [Self; 2] = [Self::F32, Self::Bf16];

    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        }
    }
}

/// Whether this processor multiplies bf16; where it does not, [`Precision::Bf16`] computes in f32.
pub fn bf16_available() -> bool {
    #[cfg(feature = "flex")]
    return crate::cpu::product::bf16_available();
    #[cfg(not(feature = "flex"))]
    false
}
