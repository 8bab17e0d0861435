//! What can be wrong with what is to be scored: each error says where, what was expected and the remedy.

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    #[error("there is no translation to score; give at least one")]
    NoTranslation,
    #[error(
        "{hypotheses} translations were given, and references for {references} segments; give a list of references for \
         each translation"
    )]
    UnequalSegments { hypotheses: usize, references: usize },
    #[error("segment {segment} has no reference; give it at least one, or leave the segment out")]
    NoReference { segment: usize },
}
