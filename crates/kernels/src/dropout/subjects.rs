//! Dropout on the residual stream of a 6 x 384 model.

use attentive_random::Key;

use super::{Dropout, dropout, reference};
use crate::subject::{Subject, flat};

const DIMS: [usize; 2] = [2048, 384];

pub(crate) fn subjects() -> Vec<Subject> {
    let site = || Dropout { key: Key::new(1), probability: 0.2, row: 0 };
    let numbers = DIMS[0] * DIMS[1];
    let subject = Subject::new(
        ("dropout", format!("{} x {}", DIMS[0], DIMS[1])),
        &[numbers],
        move |leaves| flat(dropout(leaves[0].clone().reshape(DIMS), Some(site()))),
        move |leaves| flat(reference(leaves[0].clone().reshape(DIMS), site())),
    );
    vec![subject.forward(0, 2 * numbers).backward(0, 2 * numbers)]
}
