use super::{BYTES, examples, rows, text};
use crate::{Case, IGNORED, Limit, Pair, Pairs, Recipe, Text, Tokenizer, paired};

const START: u32 = 3;

fn pairs(most: usize, texts: &[(&str, &str)]) -> Vec<Pair> {
    let cells = texts.iter().map(|(source, target)| [text(source), text(target)]).collect();
    examples(&BYTES, most).pairs(rows(["source", "target"], cells), START, &mut |_| ()).expect("read")
}

fn ids(text: &str) -> Vec<u32> {
    BYTES.encode(text).expect("any text")
}

#[test]
fn both_sides_are_closed_and_targets_opened() {
    let end = BYTES.end().expect("bytes have one");
    let pair = pairs(99, &[("the cat", "sat")]).remove(0);
    assert_eq!(pair.source, [ids("the cat"), vec![end]].concat());
    assert_eq!(pair.target, [vec![START], ids("sat"), vec![end]].concat());
    assert_eq!(pair.inputs(), [vec![START], ids("sat")].concat());
    assert_eq!(pair.targets(), [ids("sat"), vec![end]].concat());
    assert_eq!(pair.lengths(), (ids("the cat").len() + 1, ids("sat").len() + 1));
}

#[test]
fn long_texts_are_cut_and_closed_all_the_same() {
    let pair = pairs(4, &[("the cat sat on the mat", "the dog ran around, unhappily")]).remove(0);
    assert_eq!(pair.lengths(), (4, 4));
    assert_eq!([pair.source.last().copied(), pair.targets().last().copied()], [BYTES.end(); 2]);
    assert_eq!(pair.source[..3], ids("the cat sat on the mat")[..3]);
}

#[test]
fn nothing_is_a_text_too() {
    assert_eq!(pairs(4, &[("", "")])[0].lengths(), (1, 1));
}

#[test]
fn a_batch_has_targets_beside_inputs() {
    let pairs = pairs(99, &[("the cat", "sat"), ("the", "the dog ran")]);
    let table = paired(&pairs.iter().collect::<Vec<_>>(), 7);
    assert_eq!((table.source.rows, table.inputs.rows), (2, 2));
    assert_eq!(table.inputs.length, pairs[1].inputs().len());
    assert_eq!(table.targets.len(), 2 * table.inputs.length);
    let first = &table.targets[..table.inputs.length];
    let own = pairs[0].targets().len();
    assert!(first[..own].iter().zip(pairs[0].targets()).all(|(target, id)| *target == *id as i32));
    assert!(first[own..].iter().all(|target| *target == IGNORED));
    let lengths: Vec<_> = pairs.iter().map(Pair::lengths).collect();
    assert!(Pairs::new(&lengths, Limit::Rows(2), attentive_random::Key::new(1)).is_ok());
}

#[test]
fn what_cannot_be_is_an_error() {
    let read = |tokenizer: &Tokenizer, most| {
        let rows = rows(["source", "target"], vec![[text("abc"), text("bc")]]);
        examples(tokenizer, most).pairs::<Vec<_>>(rows, START, &mut |_| ()).expect_err("unfit").to_string()
    };
    let characters = Tokenizer::build(&Recipe::Characters, &Text { documents: vec!["abc".to_owned()] }, &mut |_| ());
    assert!(read(&characters.expect("built"), 9).starts_with("the tokenizer has no token that ends a text; "));
    assert!(read(&BYTES, 1).starts_with("1 tokens hold no text: the tokenizer adds 1 of its own"));
    let pieces = Recipe::WordPiece { vocabulary: 60, case: Case::Kept };
    let pieces = super::built(&pieces);
    let rows = rows(["source"], vec![[text("the cat")]]);
    let error = examples(&pieces, 9).pairs::<Vec<_>>(rows, START, &mut |_| ()).expect_err("no target").to_string();
    assert_eq!(error, "here:1: the column `target` should hold text, found the column is absent");
}
