//! What must hold for any input.

use std::collections::BTreeSet;

use attentive_metrics::calibration::{Belief, calibration_error};
use attentive_metrics::choice::{By, Ending, Question};
use attentive_metrics::classification::{Average, Confusion, Judgment, Scored};
use attentive_metrics::comparison::paired_bootstrap;
use attentive_metrics::correlation::{kendall, pearson, ranks, spearman};
use attentive_metrics::reading::{AnswerLanguage, Normalization, answered, answered_or_abstained};
use attentive_metrics::retrieval::{mean_reciprocal_rank, rank};
use attentive_metrics::{bootstrap_mean, mean};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

/// Sums in another order differ in the last digits.
const ROUNDING: f64 = 1e-12;
const AVERAGES: [Average; 4] = [Average::Binary { positive: 1 }, Average::Micro, Average::Macro, Average::Weighted];

fn judgments() -> impl Strategy<Value = Vec<Judgment>> {
    let judgment = (0..5_usize, 0..6_usize).prop_map(|(reference, predicted)| Judgment { reference, predicted });
    vec(judgment, 1..60)
}

/// Small whole numbers tie often.
fn pairs() -> impl Strategy<Value = Vec<[f64; 2]>> {
    let number = prop_oneof![(-3..4_i32).prop_map(f64::from), -1e3..1e3_f64];
    vec([number.clone(), number], 0..40)
}

fn any_pairs() -> impl Strategy<Value = Vec<[f64; 2]>> {
    vec([proptest::num::f64::ANY, proptest::num::f64::ANY], 0..12)
}

fn near(left: Option<f64>, right: Option<f64>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => (left - right).abs() <= ROUNDING,
        (left, right) => left == right,
    }
}

fn is_share(score: f64) -> bool {
    (0.0..=1.0).contains(&score)
}

proptest! {
    #[test]
    fn class_scores_are_bounded_and_orderless(mut judgments in judgments()) {
        let table: Confusion = judgments.iter().copied().collect();
        for average in AVERAGES {
            let scores = [table.precision(average), table.recall(average), table.f1(average)];
            prop_assert!(scores.iter().all(|score| score.is_some_and(|score| (0.0..=1.0 + ROUNDING).contains(&score))));
        }
        prop_assert!(table.matthews().is_some_and(|score| (-1.0 - ROUNDING..=1.0 + ROUNDING).contains(&score)));
        judgments.reverse();
        prop_assert_eq!(judgments.into_iter().collect::<Confusion>(), table);
    }

    #[test]
    fn averages_hang_together(judgments in judgments()) {
        let table: Confusion = judgments.into_iter().collect();
        let single = |positive: &usize| table.f1(Average::Binary { positive: *positive }).expect("there are items");
        let classes: Vec<f64> = table.classes().iter().map(single).collect();
        prop_assert!(near(table.f1(Average::Macro), mean(&classes)));
        prop_assert!(near(table.f1(Average::Micro), table.accuracy()));
        prop_assert!(near(table.recall(Average::Weighted), table.accuracy()));
    }

    #[test]
    fn matthews_of_two_classes_is_pearsons(judgments in vec((0..2_usize, 0..2_usize), 1..50)) {
        let judgment = |&(reference, predicted): &_| Judgment { reference, predicted };
        let pair = |&(reference, predicted): &_| [reference, predicted].map(|class: usize| class as f64);
        let table: Confusion = judgments.iter().map(judgment).collect();
        let pairs: Vec<_> = judgments.iter().map(pair).collect();
        prop_assert!(near(table.matthews(), Some(pearson(&pairs).unwrap_or(0.0))));
    }

    #[test]
    fn more_places_find_more(scores in vec(proptest::num::f32::ANY, 1..12), right in 0..13_usize) {
        let found: Vec<bool> = (0..=scores.len()).map(|k| Scored { scores: &scores, right }.is_within(k)).collect();
        prop_assert!(!found[0] && found.is_sorted());
        prop_assert_eq!(found[scores.len()], scores.get(right).is_some_and(|score| !score.is_nan()));
    }

    #[test]
    fn calibration_errors_are_shares(beliefs in vec((0.0..=1.0_f64, any::<bool>()), 1..50)) {
        let beliefs: Vec<_> = beliefs.into_iter().map(|(confidence, correct)| Belief { confidence, correct }).collect();
        prop_assert!(calibration_error(&beliefs).is_some_and(is_share));
    }

    #[test]
    fn spearman_is_pearson_of_ranks(pairs in pairs()) {
        let column = |side: usize| pairs.iter().map(|pair| pair[side]).collect::<Vec<_>>();
        let [left, right] = [0, 1].map(|side| ranks(&column(side)).expect("no number is NaN"));
        let ranked: Vec<_> = left.into_iter().zip(right).map(<[f64; 2]>::from).collect();
        prop_assert_eq!(spearman(&pairs), pearson(&ranked));
    }

    #[test]
    fn kendall_counts_pairs(pairs in pairs()) {
        let agree = |first: &[f64; 2], second: &[f64; 2]| {
            let [left, right] = [0, 1].map(|side| second[side].total_cmp(&first[side]) as i32);
            (left * right, left.abs(), right.abs())
        };
        let [mut concordant, mut left, mut right] = [0, 0, 0];
        for (index, first) in pairs.iter().enumerate() {
            for second in &pairs[..index] {
                let (agrees, varies_left, varies_right) = agree(first, second);
                concordant += agrees;
                left += varies_left;
                right += varies_right;
            }
        }
        let expected = f64::from(concordant) / (f64::from(left) * f64::from(right)).sqrt();
        prop_assert!(near(kendall(&pairs), Some(expected).filter(|tau| tau.is_finite())));
    }

    #[test]
    fn correlations_are_bounded_symmetric_and_orderless(pairs in any_pairs()) {
        for correlation in [pearson, spearman, kendall] {
            let found = correlation(&pairs);
            prop_assert!(found.is_none_or(|score| (-1.0..=1.0).contains(&score)));
            let turned: Vec<_> = pairs.iter().rev().map(|&[left, right]| [right, left]).collect();
            prop_assert!(near(found, correlation(&turned)), "{:?} {:?}", found, correlation(&turned));
        }
    }

    #[test]
    fn a_text_answers_itself(text in any::<String>()) {
        let [chinese, arabic] = [AnswerLanguage::Chinese, AnswerLanguage::Arabic].map(Normalization::Mlqa);
        for normalization in [Normalization::Squad, chinese, arabic] {
            let reading = answered(&text, &[&text], normalization).expect("there is an answer");
            prop_assert_eq!(reading.exact, 1.0);
            prop_assert_eq!(reading.f1, if normalization.apply(&text).is_empty() { 0.0 } else { 1.0 });
        }
        prop_assert_eq!(answered_or_abstained(&text, &[&text]).f1, 1.0);
    }

    #[test]
    fn more_answers_never_hurt(prediction in "[aThe. ü]{0,12}", answers in vec("[aThe. ü]{0,12}", 1..4)) {
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        let read = |answers| answered(&prediction, answers, Normalization::Squad).expect("there is an answer");
        let [all, first] = [read(&answers), read(&answers[..1])];
        prop_assert!(is_share(all.exact) && is_share(all.f1));
        prop_assert!(all.exact >= first.exact && all.f1 >= first.f1);
    }

    #[test]
    fn a_rank_is_a_place(scores in vec(proptest::num::f32::ANY, 0..12), right in btree_set(0..14_usize, 0..4)) {
        let found = rank(&scores, &right);
        prop_assert_eq!(found.is_some(), right.iter().any(|&candidate| candidate < scores.len()));
        prop_assert!(found.is_none_or(|rank| (1..=scores.len()).contains(&rank)));
        if let Some(rank) = found {
            prop_assert!(mean_reciprocal_rank(&[rank]).is_some_and(is_share));
        }
    }

    #[test]
    fn candidates_have_no_order(scores in vec(-3..4_i8, 1..12)) {
        let scores: Vec<f32> = scores.into_iter().map(f32::from).collect();
        let turned: Vec<f32> = scores.iter().rev().copied().collect();
        let last = scores.len() - 1;
        prop_assert_eq!(rank(&scores, &BTreeSet::from([0])), rank(&turned, &BTreeSet::from([last])));
    }

    #[test]
    fn a_choice_is_one_of_the_endings(endings in vec((proptest::num::f64::ANY, ".{0,4}"), 0..6)) {
        let endings: Vec<_> = endings.iter().map(|(likelihood, text)| Ending::new(text, *likelihood)).collect();
        for by in [By::Whole, By::Character, By::Byte] {
            let chosen = Question { endings: &endings, right: 0 }.chosen(by);
            prop_assert!(chosen.is_none_or(|chosen| chosen < endings.len()));
        }
    }

    #[test]
    fn intervals_lie_among_the_values(values in vec(-1e3..1e3_f64, 1..20), seed in any::<u64>()) {
        let interval = bootstrap_mean(&values, seed, 40).expect("there are values");
        let least = values.iter().copied().fold(f64::MAX, f64::min) - 1e-9;
        let most = values.iter().copied().fold(f64::MIN, f64::max) + 1e-9;
        prop_assert!(least <= interval.low && interval.low <= interval.high && interval.high <= most);
    }

    #[test]
    fn a_comparison_can_be_turned(values in vec([-1e3..1e3_f64, -1e3..1e3_f64], 1..12), seed in any::<u64>()) {
        let score = |side: usize| {
            let values = &values;
            move |drawn: &[usize]| mean(&drawn.iter().map(|&item| values[item][side]).collect::<Vec<_>>())
        };
        let compare = |first, second| paired_bootstrap(values.len(), seed, 30, score(first), score(second));
        let [there, back] = [compare(0, 1), compare(1, 0)].map(|comparison| comparison.expect("there are means"));
        prop_assert_eq!(there.difference, -back.difference);
        prop_assert_eq!(there.p_value, back.p_value);
        prop_assert!(there.p_value > 0.0 && is_share(there.p_value) && is_share(there.wins));
    }
}
