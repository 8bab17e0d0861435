//! Tensors turned from foreign ones to ours and back.

use std::collections::BTreeMap;

use crate::{Lies, Place};

/// A tensor of a foreign file, on the host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Foreign {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Why a parameter cannot be taken from a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    #[error("the tensor `{tensor}` is missing")]
    Absent { tensor: String },

    /// Both shapes are as ours lie.
    #[error("the tensor `{tensor}` makes a parameter of shape {found:?}, where {wanted:?} is expected")]
    Shape { tensor: String, found: Vec<usize>, wanted: Vec<usize> },
}

/// The parameter of shape `wanted` that stands at these places: their sum, zeros where there is none.
pub fn gathered<E: From<Gap>>(
    places: &[Place],
    wanted: &[usize],
    mut read: impl FnMut(&str) -> Result<Option<Foreign>, E>,
) -> Result<Vec<f32>, E> {
    let mut sum = vec![0.0; wanted.iter().product()];
    for (number, Place { tensor, lies, .. }) in places.iter().enumerate() {
        let Foreign { shape, values } = read(tensor)?.ok_or_else(|| Gap::Absent { tensor: tensor.clone() })?;
        let found = lies.ours(&shape).unwrap_or_else(|| shape.clone());
        if long(&found) != long(wanted) || lies.ours(&shape).is_none() {
            return Err(Gap::Shape { tensor: tensor.clone(), found, wanted: wanted.to_vec() }.into());
        }
        for (ours, entry) in sum.iter_mut().zip(lies.entries(&shape)) {
            // The first as it is, so that a negative zero stays one.
            *ours = if number == 0 { values[entry] } else { *ours + values[entry] };
        }
    }
    Ok(sum)
}

/// Foreign tensors put together from ours.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    tensors: BTreeMap<String, Foreign>,
}

impl Assembly {
    /// Puts a parameter where it stands; of several places whose sum it is, all goes to the first.
    pub fn put(&mut self, places: &[Place], ours: &[usize], values: &[f32]) {
        for (number, place) in places.iter().enumerate() {
            let shape = place.foreign(ours);
            let total = shape.iter().product();
            let tensor = self.tensors.entry(place.tensor.clone()).or_default();
            if tensor.values.len() < total {
                *tensor = Foreign { values: vec![0.0; total], shape: shape.clone() };
            }
            for (value, entry) in values.iter().zip(place.lies.entries(&shape)).filter(|_| number == 0) {
                tensor.values[entry] = *value;
            }
        }
    }

    pub fn into_tensors(self) -> BTreeMap<String, Foreign> {
        self.tensors
    }
}

impl Place {
    /// The shape of the whole foreign tensor that a parameter of ours belongs to.
    fn foreign(&self, ours: &[usize]) -> Vec<usize> {
        match (&self.shape, self.lies, ours) {
            (Some(shape), ..) => shape.clone(),
            (_, Lies::Turned | Lies::Neighbors { .. }, &[ins, outs]) => vec![outs, ins],
            (_, Lies::Part { of, .. }, &[ins, outs]) => vec![ins, of * outs],
            (_, Lies::TurnedPart { of, .. }, &[ins, outs]) => vec![of * outs, ins],
            (_, Lies::Part { of, .. } | Lies::TurnedPart { of, .. }, &[outs]) => vec![of * outs],
            (_, Lies::Below { rows }, &[ours, width]) => vec![rows + ours, width],
            (_, Lies::Without { .. }, &[ours, width]) => vec![ours + 1, width],
            _ => ours.to_vec(),
        }
    }
}

/// The axes longer than one.
fn long(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|&length| length != 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers 0, 1, 2, … in this shape.
    fn counted(shape: &[usize]) -> Foreign {
        Foreign {
            shape: shape.to_vec(),
            values: (0..shape.iter().product()).map(|entry: usize| entry as f32).collect(),
        }
    }

    fn ours(lies: Lies, foreign: &[usize], wanted: &[usize]) -> Result<Vec<f32>, Gap> {
        gathered(&[Place::new("x", lies)], wanted, |_| Ok::<_, Gap>(Some(counted(foreign))))
    }

    #[test]
    fn matrices_are_turned() {
        assert_eq!(ours(Lies::Turned, &[2, 3], &[3, 2]), Ok(vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
        assert_eq!(ours(Lies::Turned, &[2, 1, 1, 3], &[3, 2]), ours(Lies::Turned, &[2, 3], &[3, 2]));
    }

    #[test]
    fn parts_stand_side_by_side() {
        assert_eq!(ours(Lies::Part { index: 1, of: 2 }, &[2, 4], &[2, 2]), Ok(vec![2.0, 3.0, 6.0, 7.0]));
        assert_eq!(ours(Lies::Part { index: 1, of: 2 }, &[4], &[2]), Ok(vec![2.0, 3.0]));
        assert_eq!(ours(Lies::TurnedPart { index: 1, of: 2 }, &[4, 2], &[2, 2]), Ok(vec![4.0, 6.0, 5.0, 7.0]));
    }

    #[test]
    fn neighbors_are_brought_half_a_head_apart() {
        assert_eq!(ours(Lies::Neighbors { channels: 4 }, &[4, 1], &[1, 4]), Ok(vec![0.0, 2.0, 1.0, 3.0]));
    }

    #[test]
    fn rows_are_taken_from_tables() {
        assert_eq!(ours(Lies::Below { rows: 1 }, &[3, 2], &[2, 2]), Ok(vec![2.0, 3.0, 4.0, 5.0]));
        assert_eq!(ours(Lies::Row { index: 1 }, &[1, 3, 2], &[1, 2]), Ok(vec![2.0, 3.0]));
        assert_eq!(ours(Lies::Without { index: 1 }, &[1, 3, 2], &[2, 2]), Ok(vec![0.0, 1.0, 4.0, 5.0]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let shape = |found: &[usize], wanted: &[usize]| {
            Err(Gap::Shape { tensor: "x".into(), found: found.to_vec(), wanted: wanted.to_vec() })
        };
        assert_eq!(ours(Lies::Turned, &[2, 3], &[2, 3]), shape(&[3, 2], &[2, 3]));
        assert_eq!(ours(Lies::Turned, &[3], &[3]), shape(&[3], &[3]));
        assert_eq!(ours(Lies::Part { index: 0, of: 3 }, &[4], &[1]), shape(&[4], &[1]));
        assert_eq!(ours(Lies::Row { index: 3 }, &[3, 2], &[1, 2]), shape(&[3, 2], &[1, 2]));
        let absent = gathered(&[Place::straight("y")], &[1], |_| Ok::<_, Gap>(None));
        assert_eq!(absent, Err(Gap::Absent { tensor: "y".into() }));
    }

    #[test]
    fn what_is_gathered_goes_back() {
        let lies = [
            (Lies::Straight, vec![5]),
            (Lies::Turned, vec![3, 4]),
            (Lies::Neighbors { channels: 2 }, vec![3, 4]),
            (Lies::Neighbors { channels: 4 }, vec![4]),
        ];
        for (lies, ours) in lies {
            let values: Vec<f32> = counted(&ours).values;
            let mut assembly = Assembly::default();
            assembly.put(&[Place::new("x", lies)], &ours, &values);
            let written = assembly.into_tensors().remove("x");
            assert_eq!(gathered(&[Place::new("x", lies)], &ours, |_| Ok::<_, Gap>(written.clone())), Ok(values));
        }
    }

    #[test]
    fn parts_meet_in_one_tensor() {
        let (whole, mut assembly) = (counted(&[2, 6]), Assembly::default());
        for index in 0..3 {
            let place = [Place::new("x", Lies::Part { index, of: 3 })];
            let part = gathered(&place, &[2, 2], |_| Ok::<_, Gap>(Some(whole.clone()))).expect("it fits");
            assembly.put(&place, &[2, 2], &part);
        }
        assert_eq!(assembly.into_tensors()["x"], whole);
    }
}
