use super::*;

#[test]
fn the_signature_is_sacrebleus() {
    let bleu = Bleu { smoothing: Smoothing::Floor(0.1), case: Case::Lower, ..Bleu::default() };
    assert_eq!(
        bleu.signature(References::Each(1), None),
        format!("nrefs:1|case:lc|eff:no|tok:13a|smooth:floor[0.10]|version:{SACREBLEU}")
    );
    let drawn = Resampling { resamples: 1000, seed: 12345 };
    assert_eq!(
        Ter::default().signature(References::Varying, Some(drawn)),
        format!("nrefs:var|bs:1000|seed:12345|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:{SACREBLEU}")
    );
}

#[test]
fn references_are_counted_by_segment() {
    assert_eq!(References::of(&[vec!["a", "b"], vec!["c", "d"]]), References::Each(2));
    assert_eq!(References::of(&[vec!["a", "b"], vec!["c"]]), References::Varying);
    assert_eq!(References::of::<&str>(&[]), References::Each(0));
}

#[test]
fn what_cannot_be_scored_is_told() {
    let corpus = |hypotheses: &[&str], references: &[Vec<&str>]| Chrf::default().corpus(hypotheses, references);
    assert_eq!(corpus(&[], &[]), Err(MetricError::NoTranslation));
    assert_eq!(
        corpus(&["a"], &[vec!["a"], vec!["b"]]),
        Err(MetricError::UnequalSegments { hypotheses: 1, references: 2 })
    );
    assert_eq!(corpus(&["a", "b"], &[vec!["a"], vec![]]), Err(MetricError::NoReference { segment: 2 }));
}

#[test]
fn no_reference_counts_like_an_empty_one() {
    fn same<M: TranslationMetric<Statistics: std::fmt::Debug + PartialEq>>(metric: &M) {
        assert_eq!(metric.segment("one two", &[]), metric.segment("one two", &[""]));
    }
    same(&Bleu::default());
    same(&Chrf::plus_plus());
    same(&Ter::default());
}
