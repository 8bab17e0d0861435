//! What must hold for any text.

use attentive_metrics::translation::{Bleu, Case, Chrf, Smoothing, Ter, Tokenize, TranslationMetric};
use proptest::prelude::*;
use proptest::sample::select;

/// Scores of one text are sums of a few rounded numbers.
const ROUNDING: f64 = 1e-9;

/// Few words, so that matches and shifts are common.
fn line() -> impl Strategy<Value = String> {
    let word = select(vec!["a", "b", "c,", "D", "1,5", "(e", "é.", "中文"]);
    prop::collection::vec(word, 0..25).prop_map(|words| words.join(" "))
}

/// Words and whatever Unicode has.
fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![line(), any::<String>(), "[ \\n\\t&;.,'s0-9-]{0,20}"]
}

fn bleu() -> impl Strategy<Value = Bleu> {
    let tokenize = select(vec![
        Tokenize::Western,
        Tokenize::International,
        Tokenize::Chinese,
        Tokenize::Characters,
        Tokenize::None,
    ]);
    let smoothing = select(vec![Smoothing::Exponential, Smoothing::None, Smoothing::Floor(0.1), Smoothing::AddK(1.0)]);
    (tokenize, smoothing, 0..8_u8, any::<bool>()).prop_map(|(tokenize, smoothing, order, effective_order)| Bleu {
        tokenize,
        smoothing,
        order,
        effective_order,
        case: Case::Lower,
    })
}

fn chrf() -> impl Strategy<Value = Chrf> {
    (0..8_u8, 0..4_u8, 0..4_u8, any::<bool>(), any::<bool>()).prop_map(
        |(characters, words, beta, whitespace, epsilon)| Chrf {
            characters,
            words,
            beta,
            whitespace,
            epsilon,
            case: Case::Mixed,
        },
    )
}

fn ter() -> impl Strategy<Value = Ter> {
    any::<[bool; 3]>().prop_map(|[normalized, punctuation, asian]| Ter {
        normalized,
        punctuation,
        asian,
        case: Case::Lower,
    })
}

fn one<M: TranslationMetric>(metric: &M, hypothesis: &str, references: &[String]) -> M::Score {
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    metric.score(&metric.segment(hypothesis, &references))
}

proptest! {
    #[test]
    fn every_text_has_a_score_within_bounds(
        hypothesis in any_line(), references in prop::collection::vec(any_line(), 1..4),
        bleu in bleu(), chrf in chrf(), ter in ter()
    ) {
        for score in [one(&bleu, &hypothesis, &references).score, one(&chrf, &hypothesis, &references).score] {
            prop_assert!((-ROUNDING..=100.0 + ROUNDING).contains(&score), "{score}");
        }
        let score = one(&ter, &hypothesis, &references);
        prop_assert!(score.score >= 0.0 && score.score.is_finite());
    }

    #[test]
    fn what_is_a_reference_is_perfect(line in any_line(), other in any_line(), ter in ter()) {
        let ter = Ter { normalized: false, ..ter }; // normalizing cuts references twice, so that they may differ
        let references = [other, line.clone()];
        prop_assert_eq!(one(&ter, &line, &references).edits, 0);
        if line.chars().any(|character| character.is_alphanumeric()) {
            let sentence = Bleu { effective_order: true, ..Bleu::default() };
            prop_assert!((one(&sentence, &line, &references).score - 100.0).abs() <= ROUNDING);
            prop_assert!((one(&Chrf::plus_plus(), &line, &references).score - 100.0).abs() <= ROUNDING);
        }
    }

    #[test]
    fn the_order_of_segments_does_not_matter(
        mut segments in prop::collection::vec((line(), prop::collection::vec(line(), 1..3)), 1..6)
    ) {
        fn scores(segments: &[(String, Vec<String>)]) -> [f64; 3] {
            let (hypotheses, references): (Vec<String>, Vec<Vec<String>>) = segments.iter().cloned().unzip();
            [
                Bleu::default().corpus(&hypotheses, &references).expect("scored").score,
                Chrf::default().corpus(&hypotheses, &references).expect("scored").score,
                Ter::default().corpus(&hypotheses, &references).expect("scored").score,
            ]
        }
        let before = scores(&segments);
        segments.reverse();
        for (before, after) in before.into_iter().zip(scores(&segments)) {
            prop_assert!((before - after).abs() <= ROUNDING);
        }
    }

    /// Each shift must pay for itself, and no edit can make up for missing words.
    #[test]
    fn edits_lie_between_the_difference_and_the_sum_of_lengths(hypothesis in line(), reference in line()) {
        let edits = one(&Ter::default(), &hypothesis, std::slice::from_ref(&reference)).edits as usize;
        let [longer, shorter] = {
            let mut lengths = [hypothesis, reference].map(|line| line.split_whitespace().count());
            lengths.sort_unstable_by(|left, right| right.cmp(left));
            lengths
        };
        prop_assert!((longer - shorter..=longer).contains(&edits));
    }
}
