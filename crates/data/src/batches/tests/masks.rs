use std::sync::LazyLock;

use attentive_random::Key;
use proptest::prelude::*;

use crate::{Case, IGNORED, Masked, Masking, Recipe, Role, Text, Tokenizer, padded, padded_targets};

/// More than special tokens and letters: pieces of words.
static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(|| {
    let document = "unhidden words remain readable and hidden words are guessed ".repeat(20);
    let text = Text { documents: vec![document] };
    Tokenizer::build(&Recipe::WordPiece { vocabulary: 60, case: Case::Lower }, &text, &mut |_| ()).expect("built")
});

fn masking(share: f64) -> Masking {
    Masking::new(&TOKENIZER, share).expect("it has a mask")
}

/// `[CLS]`, as many ids that are not special, `[SEP]`.
fn sentence(tokens: usize) -> Vec<u32> {
    let [class, separator] = [Role::Class, Role::Separator].map(|role| TOKENIZER.role(role).expect("as BERT's"));
    let plain = (0..TOKENIZER.vocabulary() as u32).filter(|id| !TOKENIZER.special().contains(id)).cycle();
    std::iter::once(class).chain(plain.take(tokens)).chain([separator]).collect()
}

fn chosen(masked: &Masked) -> Vec<usize> {
    (0..masked.targets.len()).filter(|position| masked.targets[*position] != IGNORED).collect()
}

#[test]
fn special_tokens_are_those_of_roles() {
    let roles = [Role::Padding, Role::Unknown, Role::Class, Role::Separator, Role::Mask];
    let mut ids = roles.map(|role| TOKENIZER.role(role).expect("as BERT's"));
    ids.sort_unstable();
    assert_eq!(TOKENIZER.special(), ids);
}

#[test]
fn no_mask_is_an_error() {
    let text = Text { documents: vec!["abc".to_owned()] };
    let tokenizer = Tokenizer::build(&Recipe::Characters, &text, &mut |_| ()).expect("built");
    let error = Masking::new(&tokenizer, 0.15).expect_err("no mask").to_string();
    assert_eq!(
        error,
        "the tokenizer has no token that hides others; use the tokenizer of a masked model, or build one of pieces of words"
    );
}

/// 80 %, 10 % and 10 %, and every position as often.
#[test]
fn shares_are_those_of_bert() {
    let (masking, ids, mask) = (masking(0.15), sentence(40), TOKENIZER.role(Role::Mask).expect("it has one"));
    let (mut counts, mut hidden, mut replaced) = (vec![0_usize; ids.len()], 0, 0);
    let draws = 4000;
    for draw in 0..draws {
        let masked = masking.apply(Key::new(1).nth(draw), &ids, None);
        for position in chosen(&masked) {
            counts[position] += 1;
            hidden += usize::from(masked.inputs[position] == mask);
            replaced += usize::from(![mask, ids[position]].contains(&masked.inputs[position]));
        }
    }
    let all = 6 * draws as usize;
    // Standard deviations are 62 of 19,200; 46 of somewhat fewer than 2,400; 23 of 600 for each position.
    assert!(hidden.abs_diff(all * 8 / 10) < 300, "{hidden} of {all}");
    assert!(replaced.abs_diff(all / 10) < 250, "{replaced} of {all}");
    assert!(counts[1..41].iter().all(|count| count.abs_diff(600) < 120), "{counts:?}");
    assert_eq!([counts[0], counts[41]], [0, 0]);
}

#[test]
fn any_token_but_special_ones_may_replace() {
    let mut masking = masking(1.0);
    (masking.hidden, masking.replaced) = (0.0, 1.0);
    let ids = sentence(30);
    let shown = (0..100).flat_map(|draw| masking.apply(Key::new(draw), &ids, None).inputs[1..31].to_vec());
    let mut shown: Vec<u32> = shown.collect();
    shown.sort_unstable();
    shown.dedup();
    let special = TOKENIZER.special();
    let plain: Vec<u32> = (0..TOKENIZER.vocabulary() as u32).filter(|id| !special.contains(id)).collect();
    assert_eq!(shown, plain);
}

#[test]
fn one_token_at_least_is_chosen() {
    assert_eq!(chosen(&masking(0.15).apply(Key::new(1), &sentence(1), None)), [1]);
    let nothing = masking(0.15).apply(Key::new(1), &sentence(0), None);
    assert_eq!((chosen(&nothing), nothing.inputs), (vec![], sentence(0)));
}

#[test]
fn whole_words_are_chosen() {
    let ids = sentence(7);
    let words = [None, Some(0), Some(0), Some(0), Some(1), Some(2), Some(2), None, None];
    let choices = [vec![1, 2, 3], vec![4], vec![5, 6], vec![7]];
    let mut seen = [0_usize; 4];
    for draw in 0..400 {
        let chosen = chosen(&masking(0.15).apply(Key::new(draw), &ids, Some(&words)));
        seen[choices.iter().position(|choice| *choice == chosen).expect("one whole word")] += 1;
    }
    assert!(seen.iter().all(|count| count.abs_diff(100) < 45), "{seen:?}");
}

#[test]
fn the_tokenizer_tells_words() {
    let encoded = TOKENIZER.encode_pair("hidden unhidden", "words", 64).expect("room");
    let word = |position: usize| &encoded.words[position];
    assert_eq!(encoded.words.len(), encoded.ids.len());
    for position in 0..encoded.ids.len() {
        assert_eq!(word(position).is_none(), encoded.special[position] == 1);
    }
    let first: Vec<u32> = encoded
        .words
        .iter()
        .zip(&encoded.kinds)
        .filter(|(_, kind)| **kind == 0)
        .filter_map(|(word, _)| *word)
        .collect();
    assert!(first.is_sorted() && first.first() == Some(&0) && first.last() == Some(&1), "{first:?}");
}

#[test]
fn masked_rows_are_padded() {
    let rows = [3, 5].map(|tokens| masking(1.0).apply(Key::new(4), &sentence(tokens), None));
    let (inputs, targets) = (padded(&rows, 0), padded_targets(&rows, 7));
    assert_eq!((inputs.length, targets.len()), (7, 14));
    assert_eq!(targets[..5], rows[0].targets);
    assert_eq!(targets[5..7], [IGNORED; 2]);
}

proptest! {
    #[test]
    fn the_share_is_kept(tokens in 1_usize..60, share in 0.0..=1.0_f64, seed in 0_u64..1000) {
        let (masking, ids) = (masking(share), sentence(tokens));
        let masked = masking.apply(Key::new(seed), &ids, None);
        let wanted = ((share * tokens as f64).round() as usize).max(1);
        prop_assert_eq!(chosen(&masked).len(), wanted);
        for ((id, input), target) in ids.iter().zip(&masked.inputs).zip(&masked.targets) {
            let fits = if *target == IGNORED { input == id } else { *target == *id as i32 };
            prop_assert!(fits);
        }
        prop_assert_eq!(masking.apply(Key::new(seed), &ids, None), masked);
    }

    #[test]
    fn words_stay_whole(words in prop::collection::vec(1_usize..5, 1..12), share in 0.0..=0.6_f64, seed in 0_u64..1000) {
        let ids = sentence(words.iter().sum());
        let of: Vec<Option<u32>> = std::iter::once(None)
            .chain((0..).zip(&words).flat_map(|(word, tokens)| std::iter::repeat_n(Some(word), *tokens)))
            .chain([None])
            .collect();
        let chosen = chosen(&masking(share).apply(Key::new(seed), &ids, Some(&of)));
        let whole = |word: Option<u32>| {
            let tokens = of.iter().filter(|other| **other == word).count();
            let taken = chosen.iter().filter(|position| of[**position] == word).count();
            (taken == 0 || taken == tokens, taken)
        };
        prop_assert!((0..words.len()).all(|word| whole(Some(word as u32)).0));
        let wanted = ((share * (ids.len() - 2) as f64).round() as usize).max(1);
        let one = chosen.first().is_some_and(|first| whole(of[*first]).1 == chosen.len());
        prop_assert!(chosen.len() <= wanted || one);
    }
}
