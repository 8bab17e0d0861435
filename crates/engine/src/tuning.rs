//! Which parameters learn, from when on, and how fast: what fine-tuning adds to training.

use std::collections::BTreeMap;

use attentive_attention::is_lens;
use serde::Serialize;

/// Stands for any text in a pattern of paths.
const ANY: char = '*';

/// How a model that has learned already goes on learning.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TuningPlan {
    /// Patterns of parameters that stay as they are.
    pub frozen: Vec<String>,
    /// Patterns of those that learn all the same.
    pub learning: Vec<String>,
    /// The learning rate of a block is so much of that of the block above it (Howard and Ruder 2018; Clark et al. 2020).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_decay: Option<f64>,
    /// After each so many steps the next block from the top begins to learn (Howard and Ruder 2018).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thaw: Option<u64>,
}

impl TuningPlan {
    /// Whether a parameter never learns.
    pub fn freezes(&self, path: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, path));
        // What compares a student with its teacher is of no use but to learn.
        !is_lens(path) && any(&self.frozen) && !any(&self.learning)
    }

    /// Patterns that no parameter answers to.
    pub fn idle<'a>(&'a self, paths: &'a [String]) -> impl Iterator<Item = &'a str> {
        let answered = |pattern: &&String| paths.iter().any(|path| matches(pattern, path));
        self.frozen.iter().chain(&self.learning).filter(move |pattern| !answered(pattern)).map(String::as_str)
    }
}

/// The plan for the parameters of one model.
#[derive(Clone, Debug, Default)]
pub struct Tuning {
    plan: TuningPlan,
    depths: BTreeMap<String, u64>,
}

impl Tuning {
    pub fn new<'a>(plan: Option<&TuningPlan>, paths: impl Iterator<Item = &'a String> + Clone) -> Self {
        let Some(plan) = plan else { return Self::default() };
        let blocks = |stack: &str| {
            let numbers = paths.clone().filter_map(|path| block(path).filter(|(of, _)| *of == stack));
            numbers.map(|(_, number)| number + 1).max().unwrap_or(0)
        };
        let depth = |path: &String| match block(path) {
            Some((stack, number)) => blocks(stack) - number,
            None if is_above(path) => 0,
            None => paths.clone().filter_map(|path| block(path)).map(|(_, number)| number + 2).max().unwrap_or(1),
        };
        Self { plan: plan.clone(), depths: paths.clone().map(|path| (path.clone(), depth(path))).collect() }
    }

    /// Whether a parameter learns at this step, counted from zero.
    pub(crate) fn learns(&self, path: &str, step: u64) -> bool {
        let thawed = self.plan.thaw.is_none_or(|every| step >= every.saturating_mul(self.depth(path)));
        thawed && !self.plan.freezes(path)
    }

    /// What the learning rate of a parameter is multiplied with.
    pub(crate) fn rate(&self, path: &str) -> f64 {
        self.plan.layer_decay.map_or(1.0, |decay| decay.powf(self.depth(path) as f64))
    }

    /// How many blocks stand above, and the parameter's own: none for a head, all and one for an embedding.
    fn depth(&self, path: &str) -> u64 {
        self.depths.get(path).copied().unwrap_or(0)
    }
}

/// The stack of blocks that a path leads into, and the number of the block.
fn block(path: &str) -> Option<(&str, u64)> {
    let (stack, rest) = path.split_once("blocks.")?;
    Some((stack, rest.split('.').next()?.parse().ok()?))
}

/// Whether a parameter outside of blocks stands behind them.
fn is_above(path: &str) -> bool {
    path.split('.')
        .any(|name| ["head", "norm", "pooler", "projection", "lens"].contains(&name) || name.ends_with("_projection"))
}

/// Whether a path is like a pattern, in which `*` stands for anything.
fn matches(pattern: &str, path: &str) -> bool {
    let Some((before, rest)) = pattern.split_once(ANY) else { return pattern == path };
    let Some(mut left) = path.strip_prefix(before) else { return false };
    let mut parts: Vec<&str> = rest.split(ANY).collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 6] = [
        "tokens.table",
        "blocks.0.attention.query.weight",
        "blocks.1.attention.query.weight",
        "blocks.1.feed_forward.up.bias",
        "norm.weight",
        "head.weight",
    ];

    fn tuning(plan: TuningPlan) -> Tuning {
        let paths: Vec<String> = PATHS.map(ToOwned::to_owned).to_vec();
        Tuning::new(Some(&plan), paths.iter())
    }

    fn learning(tuning: &Tuning, step: u64) -> Vec<&'static str> {
        PATHS.into_iter().filter(|path| tuning.learns(path, step)).collect()
    }

    #[test]
    fn all_learn_unless_said() {
        assert_eq!(learning(&Tuning::default(), 0), PATHS);
        assert!(PATHS.iter().all(|path| Tuning::default().rate(path).to_bits() == 1.0_f64.to_bits()));
    }

    #[test]
    fn patterns_freeze_and_except() {
        let plan = TuningPlan {
            frozen: vec!["*".into()],
            learning: vec!["head.*".into(), "*.bias".into()],
            ..Default::default()
        };
        assert_eq!(learning(&tuning(plan), 0), ["blocks.1.feed_forward.up.bias", "head.weight"]);
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, path, like) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*a", "a", false),
            ("*b*d", "abcd", true),
            ("*b*d", "abc", false),
            ("*x*", "abc", false),
            ("a*b*b", "ab", false),
        ] {
            assert_eq!(matches(pattern, path), like, "{pattern} and {path}");
        }
    }

    #[test]
    fn patterns_that_mean_nothing_are_found() {
        let plan = TuningPlan { frozen: vec!["blocks.*".into(), "block.*".into()], ..Default::default() };
        let paths = PATHS.map(ToOwned::to_owned);
        assert_eq!(plan.idle(&paths).collect::<Vec<_>>(), ["block.*"]);
    }

    #[test]
    fn deeper_blocks_learn_slower() {
        let tuning = tuning(TuningPlan { layer_decay: Some(0.5), ..Default::default() });
        let rates: Vec<f64> = PATHS.iter().map(|path| tuning.rate(path)).collect();
        assert_eq!(rates, [0.125, 0.25, 0.5, 0.5, 1.0, 1.0]);
    }

    #[test]
    fn blocks_thaw_from_the_top() {
        let tuning = tuning(TuningPlan { thaw: Some(10), ..Default::default() });
        assert_eq!(learning(&tuning, 9), ["norm.weight", "head.weight"]);
        assert_eq!(learning(&tuning, 10), PATHS[2..]);
        assert_eq!(learning(&tuning, 20), PATHS[1..]);
        assert_eq!(learning(&tuning, 30), PATHS);
    }
}
