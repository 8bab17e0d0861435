//! Runs beside each other: what differs in their plans, and which differences of scores are more than luck.

use std::path::{Path, PathBuf};

use attentive_metrics::{Interval, comparison};

use super::{Evaluation, Measure};
use crate::{TrainerError, prepare::planned, provenance::flattened};

/// Runs side by side, in the order in which they were named.
#[derive(Clone, Debug)]
pub struct Compared {
    pub runs: Vec<PathBuf>,
    pub differences: Vec<Difference>,
    pub comparisons: Vec<Comparison>,
}

/// A value of the plans that is not the same in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub path: String,
    /// A run each; absent where the plan has no such value.
    pub values: Vec<Option<String>>,
}

/// One score on one split.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub on: String,
    pub measure: String,
    /// A run each; absent where it was not judged so.
    pub standings: Vec<Option<Standing>>,
}

#[derive(Clone, Debug)]
pub struct Standing {
    pub step: u64,
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    /// Against the first run, on the same items.
    pub against_first: Option<comparison::Comparison>,
}

/// Sets runs beside each other, by their plans and by what `attentive evaluate` has kept in their folders.
pub fn compare(runs: &[PathBuf]) -> Result<Compared, TrainerError> {
    let plans: Vec<Vec<(String, String)>> = runs.iter().map(|run| plan(run)).collect::<Result<_, _>>()?;
    let kept: Vec<Vec<Evaluation>> = runs.iter().map(|run| Evaluation::kept(run)).collect::<Result<_, _>>()?;
    Ok(Compared { runs: runs.to_vec(), differences: differences(&plans), comparisons: comparisons(&kept) })
}

fn plan(run: &Path) -> Result<Vec<(String, String)>, TrainerError> {
    Ok(flattened(&toml::Value::try_from(planned(run)?).expect("a plan is plain data")))
}

fn differences(plans: &[Vec<(String, String)>]) -> Vec<Difference> {
    let value = |plan: &[(String, String)], path: &str| {
        plan.iter().find(|(known, _)| known == path).map(|(_, value)| value.clone())
    };
    let all = unique(plans.iter().flatten().map(|(path, _)| path.clone()));
    let rows = all.into_iter().map(|path| {
        let values = plans.iter().map(|plan| value(plan, &path)).collect();
        Difference { path, values }
    });
    rows.filter(|row| row.values.iter().any(|value| *value != row.values[0])).collect()
}

fn comparisons(kept: &[Vec<Evaluation>]) -> Vec<Comparison> {
    let names = |evaluation: &Evaluation| {
        let on = evaluation.on.clone();
        evaluation.measures.iter().map(|measure| (on.clone(), measure.name.clone())).collect::<Vec<_>>()
    };
    let all = unique(kept.iter().flatten().flat_map(names));
    all.into_iter().map(|(on, measure)| comparison(kept, on, measure)).collect()
}

fn comparison(kept: &[Vec<Evaluation>], on: String, measure: String) -> Comparison {
    let found: Vec<Option<(u64, &Measure)>> = kept.iter().map(|run| judged(run, &on, &measure)).collect();
    let first = found.first().copied().flatten().map(|(_, measure)| measure);
    let standing = |index: usize, (step, measure): (u64, &Measure)| Standing {
        step,
        value: measure.value(),
        interval: measure.interval(),
        against_first: first.filter(|_| index > 0).and_then(|first| measure.against(first)),
    };
    let standings = found.iter().enumerate().map(|(index, found)| found.map(|found| standing(index, found))).collect();
    Comparison { on, measure, standings }
}

fn judged<'a>(run: &'a [Evaluation], on: &str, measure: &str) -> Option<(u64, &'a Measure)> {
    let evaluation = run.iter().find(|evaluation| evaluation.on == on)?;
    Some((evaluation.step, evaluation.measures.iter().find(|known| known.name == measure)?))
}

/// Each once, in the order in which they come.
fn unique<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for item in all {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(right: impl Fn(usize) -> bool) -> Vec<Evaluation> {
        let measures = vec![Measure::share("accuracy", (0..200).map(right))];
        vec![Evaluation { on: "copa:validation".to_owned(), step: 7, language: None, measures }]
    }

    #[test]
    fn plans_differ_where_any_value_does() {
        let plan = |entries: &[(&str, &str)]| entries.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let plans = [plan(&[("seed", "1"), ("width", "8")]), plan(&[("seed", "1"), ("width", "9"), ("window", "4")])];
        let found = differences(&plans);
        assert_eq!(found.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(), ["width", "window"]);
        assert_eq!(found[1].values, [None, Some("4".to_owned())]);
    }

    #[test]
    fn a_real_difference_is_told_from_luck() {
        let runs = [run(|item| item % 2 == 0), run(|item| item % 10 != 0), run(|item| item % 2 == 1)];
        let found = comparisons(&runs);
        let against = |index: usize| {
            let standing = found[0].standings[index].as_ref().expect("all were judged");
            standing.against_first.expect("the same items")
        };
        assert!(found[0].standings[0].as_ref().is_some_and(|first| first.against_first.is_none()));
        assert!(against(1).p_value < 0.01 && against(2).p_value > 0.5);
    }

    #[test]
    fn a_run_that_was_not_judged_has_no_standing() {
        let found = comparisons(&[run(|_| true), Vec::new()]);
        assert!(found[0].standings[1].is_none());
    }
}
