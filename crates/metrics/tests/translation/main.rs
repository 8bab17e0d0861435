//! Scores of translations against sacreBLEU's, and what must hold for any text.

mod golden;
mod multi30k;
mod properties;
