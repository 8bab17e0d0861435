//! Whether a whole sequence is right: the score of SCAN (Lake and Baroni 2018), where one wrong action is a failure.

use crate::share;

/// What was written and what should have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<'a> {
    pub predicted: &'a str,
    pub reference: &'a str,
}

impl Written<'_> {
    /// Word for word the same. The space between words and around them does not count; case and punctuation do.
    pub fn is_exact(&self) -> bool {
        self.predicted.split_whitespace().eq(self.reference.split_whitespace())
    }
}

/// The share of sequences that are exactly right.
pub fn exact_match(items: &[Written]) -> Option<f64> {
    share(items.iter().map(Written::is_exact))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_exact(predicted: &str, reference: &str) -> bool {
        Written { predicted, reference }.is_exact()
    }

    #[test]
    fn every_word_counts() {
        assert!(is_exact("I_JUMP I_WALK", " I_JUMP  I_WALK\n"));
        assert!(is_exact("", " "));
        for wrong in ["I_JUMP", "I_JUMP I_WALK I_WALK", "I_WALK I_JUMP", "i_jump i_walk", "I_JUMPI_WALK"] {
            assert!(!is_exact(wrong, "I_JUMP I_WALK"), "{wrong}");
        }
    }

    #[test]
    fn the_share_of_exact_ones() {
        let items = [("a b", "a b"), ("a", "a b"), ("ä", "ä"), ("", "a")]
            .map(|(predicted, reference)| Written { predicted, reference });
        assert_eq!(exact_match(&items), Some(0.5));
        assert_eq!(exact_match(&[]), None);
    }
}
