use super::{PIECES, examples, rows, text};
use crate::{Cell, DataError, Labels, Role, Told, padded};

fn labels() -> Labels {
    Labels::named(["no", "yes"].map(str::to_owned).to_vec()).expect("two of them")
}

#[test]
fn texts_get_their_classes() {
    let rows = rows(["text", "label"], vec![[text("the cat sat"), text("yes")], [text("the dog"), Cell::Integer(0)]]);
    let examples = examples(&PIECES, 64).classes::<Vec<_>>(rows, &labels(), &mut |_| ()).expect("read");
    let expected = ["the cat sat", "the dog"].map(|text| PIECES.encode_sentence(text, 64).expect("room").ids);
    assert_eq!(
        examples.iter().map(|example| (example.ids.clone(), example.target)).collect::<Vec<_>>(),
        [(expected[0].clone(), 1), (expected[1].clone(), 0)]
    );
    assert_eq!(padded(&examples, 0).lengths, expected.map(|ids| ids.len()));
}

#[test]
fn a_second_text_makes_a_pair() {
    let pairs = rows(["text", "second", "score"], vec![[text("the cat"), text("the dog ran"), text("2.5")]]);
    let examples = examples(&PIECES, 64).scores::<Vec<_>>(pairs, &mut |_| ()).expect("read");
    let expected = PIECES.encode_pair("the cat", "the dog ran", 64).expect("room");
    assert_eq!((&examples[0].ids, &examples[0].kinds), (&expected.ids, &expected.kinds));
    assert_eq!(examples[0].kinds.iter().max(), Some(&1));
    assert!((examples[0].target - 2.5).abs() < f64::EPSILON);
}

#[test]
fn no_example_is_longer_than_allowed() {
    let long = "the cat sat on the mat ".repeat(9);
    let rows = rows(["text"], vec![[text(&long)]]);
    let texts = examples(&PIECES, 11).texts::<Vec<_>>(rows, &mut |_| ()).expect("read");
    assert_eq!(texts[0].ids.len(), 11);
    assert_eq!(texts[0].ids.last().copied(), PIECES.role(Role::Separator));
}

#[test]
fn errors_name_the_row() {
    let classes =
        |cells| examples(&PIECES, 9).classes::<Vec<_>>(rows(["text", "label"], cells), &labels(), &mut |_| ());
    let error = |cells| classes(cells).expect_err("unfit").to_string();
    let good = [text("the cat"), text("yes")];
    assert!(error(vec![good.clone(), [text("x"), text("maybe")]]).starts_with("here:2: the label `maybe` is none of"));
    let missing = error(vec![good.clone(), good, [Cell::Missing, text("no")]]);
    assert_eq!(missing, "here:3: the column `text` should hold text, found nothing");
    assert!(error(vec![]).starts_with("the split has no rows"));
    let absent =
        examples(&PIECES, 9).scores::<Vec<_>>(rows(["text"], vec![[text("x")]]), &mut |_| ()).expect_err("no score");
    assert_eq!(absent.to_string(), "here:1: the column `score` should hold a number, found the column is absent");
}

#[test]
fn too_little_room_is_told_with_its_cause() {
    let error =
        examples(&PIECES, 2).texts::<Vec<_>>(rows(["text"], vec![[text("x")]]), &mut |_| ()).expect_err("no room");
    assert_eq!(error.to_string(), "here:1: the text cannot be encoded; mend it or leave the row out");
    assert!(
        matches!(error, DataError::Unencoded { source, .. } if matches!(*source, DataError::NoRoom { most: 2, .. }))
    );
}

#[test]
fn order_and_progress_are_kept() {
    let count = 1300;
    let numbered = (0..count).map(|number| [text("the cat"), Cell::Number(f64::from(number))]);
    let mut last = None;
    let mut told = |told| {
        if let Told::Preparing { done, total } = told {
            last = Some((done, total));
        }
    };
    let scores =
        examples(&PIECES, 9).scores::<Vec<_>>(rows(["text", "score"], numbered.collect()), &mut told).expect("read");
    assert!(scores.iter().map(|example| example.target).eq((0..count).map(f64::from)));
    assert_eq!(last, Some((1300, Some(1300))));
}
