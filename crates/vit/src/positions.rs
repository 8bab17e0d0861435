//! Where patches lie: fixed waves over the plane, and learned positions resized to another grid.

use attentive_attention::waves;
use burn::tensor::{Device, Tensor, TensorData};

/// The bend of the cubic kernel (Keys 1981), as torch and OpenCV choose it.
const BEND: f64 = -0.75;

/// The vectors of a grid's places row by row, `[1, position, width]`: the first half of the channels knows the column, the second the
/// row. Those of the tokens before the patches are zero.
pub(crate) fn plane_waves(leading: usize, [rows, columns]: [usize; 2], width: usize, device: &Device) -> Tensor<3> {
    let place =
        |row: usize, column: usize| [waves(column as f64, width / 2), waves(row as f64, width - width / 2)].concat();
    let places = (0..rows).flat_map(|row| (0..columns).flat_map(move |column| place(row, column)));
    let values: Vec<f32> = std::iter::repeat_n(0.0, leading * width).chain(places).collect();
    Tensor::from_data(TensorData::new(values, [1, leading + rows * columns, width]), device)
}

/// A table `[position, width]` whose rows behind the `leading` ones lie in a grid, for another grid: between the places of the old one
/// by cubic convolution, as torch's `interpolate` does without aligned corners and without antialiasing.
pub fn resized(table: Tensor<2>, leading: usize, from: [usize; 2], to: [usize; 2]) -> Tensor<2> {
    if from == to {
        return table;
    }
    let [old, new] = [from, to].map(|[rows, columns]| rows * columns);
    let [vertical, horizontal] = [0, 1].map(|axis| taps(from[axis], to[axis]));
    let entry = |row: &[f64], column: &[f64]| -> Vec<f32> {
        row.iter().flat_map(|one| column.iter().map(move |other| (one * other) as f32)).collect()
    };
    let shares = vertical.iter().flat_map(|row| horizontal.iter().flat_map(move |column| entry(row, column)));
    let shares = Tensor::<2>::from_data(TensorData::new(shares.collect::<Vec<f32>>(), [new, old]), &table.device());
    let grid = shares.matmul(table.clone().narrow(0, leading, old)); // [position, width]
    if leading == 0 { grid } else { Tensor::cat(vec![table.narrow(0, 0, leading), grid], 0) }
}

/// How much of each old place goes into each new one, along one axis.
fn taps(from: usize, to: usize) -> Vec<Vec<f64>> {
    let last = from as i64 - 1;
    let row = |place: usize| {
        let source = (place as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let mut row = vec![0.0; from];
        for near in source.floor() as i64 - 1..=source.floor() as i64 + 2 {
            row[near.clamp(0, last) as usize] += cubic((source - near as f64).abs());
        }
        row
    };
    (0..to).map(row).collect()
}

/// The kernel at this distance.
fn cubic(distance: f64) -> f64 {
    if distance <= 1.0 {
        ((BEND + 2.0) * distance - (BEND + 3.0)) * distance * distance + 1.0
    } else if distance < 2.0 {
        BEND * (((distance - 5.0) * distance + 8.0) * distance - 4.0)
    } else {
        0.0
    }
}
