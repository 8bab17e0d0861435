//! What the loop promises, shown on a small task that has everything the loop must cope with: dropout, rows of unequal
//! weight, blocks to recompute, and faults on demand.

mod checkpoints;
mod damage;
mod ending;
mod guarding;
mod languages;
mod learning;
mod preflighting;
mod resuming;
mod runs;
mod sampling;
mod searching;
mod synthetic;
mod updating;
