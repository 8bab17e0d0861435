//! The proof before the start notices gradients that are missing or wrong.

use attentive_engine::{Check, preflight};
use attentive_testkit::device;

use crate::synthetic::{Cut, Synthetic};

const ROWS: usize = 6;

fn checks(cut: Cut) -> [Check; 2] {
    let task = Synthetic { cut, ..Synthetic::default() };
    let checks = preflight(&task, &device(), (ROWS, 3)).expect("the task makes batches");
    checks.try_into().expect("there are two checks")
}

fn passed(checks: &[Check; 2]) -> [bool; 2] {
    [checks[0].passed, checks[1].passed]
}

#[test]
fn a_healthy_task_passes() {
    let checks = checks(Cut::Nowhere);
    assert_eq!(passed(&checks), [true, true], "{checks:?}");
    assert!(checks[1].detail.starts_with("20 tensors compared"), "{checks:?}");
}

#[test]
fn tensors_that_the_loss_does_not_reach_are_named() {
    let checks = checks(Cut::Input);
    assert_eq!(passed(&checks), [false, true], "{checks:?}");
    assert_eq!(checks[0].detail, "input.bias gets none, input.weight gets none");
}

#[test]
fn a_wrong_gradient_is_noticed() {
    let checks = checks(Cut::Half);
    assert_eq!(passed(&checks), [true, false], "{checks:?}");
}
