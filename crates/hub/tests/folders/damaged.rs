//! Every small damage is told, or does none.

use super::*;

const VALUES: [f32; 6] = [1.0, -2.5, 0.0, 1e-30, 7.0, 0.125];

fn small() -> Vec<u8> {
    let said = header(&[entry("first", "F32", &[2, 2], 0, 16), entry("second", "F32", &[2], 16, 24)]);
    file(&said, &bytes(&VALUES))
}

#[test]
fn a_cut_file_is_refused_wherever_it_is_cut() {
    let (whole, home) = (small(), Home::of(&small()));
    home.weights().expect("it is sound");
    for length in 0..whole.len() {
        fs::write(home.at("model.safetensors"), &whole[..length]).expect("writable");
        assert!(matches!(home.weights(), Err(HubError::Damaged { .. })), "cut at {length}");
    }
}

#[test]
fn a_longer_file_is_refused() {
    let home = Home::of(&[small(), vec![0]].concat());
    assert!(matches!(home.weights(), Err(HubError::Damaged { .. })));
}

/// A bit may change a name, a type or a remark, but never what a tensor of the same name holds.
#[test]
fn a_flipped_bit_of_the_header_changes_no_values() {
    let (whole, home) = (small(), Home::of(&small()));
    let head = whole.len() - 4 * VALUES.len();
    let mut survived = 0;
    for bit in 0..8 * head {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(home.at("model.safetensors"), flipped).expect("writable");
        let Ok(weights) = home.weights() else { continue };
        survived += 1;
        for (name, shape, values) in [("first", &[2, 2][..], &VALUES[..4]), ("second", &[2], &VALUES[4..])] {
            if let Ok(Some(tensor)) = weights.read(name) {
                assert_eq!((&tensor.shape[..], &tensor.values[..]), (shape, values), "bit {bit}");
            }
        }
    }
    assert!(survived > 0 && survived < head, "{survived} of {}", 8 * head);
}

/// A file that shrinks after its header was read.
#[test]
fn a_file_that_is_cut_meanwhile_is_told() {
    let home = Home::of(&small());
    let weights = home.weights().expect("it is sound");
    fs::write(home.at("model.safetensors"), &small()[..small().len() - 1]).expect("writable");
    assert!(weights.read("first").is_ok());
    let text = weights.read("second").expect_err("its end is gone").to_string();
    assert!(text.ends_with("model.safetensors; check that it is there and may be read"), "{text}");
}
