use std::collections::{HashMap, HashSet};

use super::captions::CAPTIONS;
use super::questions::{ANSWERS, Asked};
use super::statements::Stated;
use super::*;

/// Reads a description word by word, without the code that wrote it.
fn read_description(text: &str) -> Description {
    let mut read = Description::default();
    for word in text.split(' ').filter(|word| !["a", "the"].contains(word)) {
        let word = word.trim_end_matches('s');
        let size = Size::ALL.into_iter().find(|size| size.name() == word);
        let color = Color::ALL.into_iter().find(|color| color.name() == word);
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == word);
        let known = size.is_some() || color.is_some() || kind.is_some() || word == "object";
        assert!(known, "`{word}` in `{text}`");
        read = Description { size: size.or(read.size), color: color.or(read.color), kind: kind.or(read.kind) };
    }
    read
}

/// Reads a caption: how many objects there are, and how each lies relative to the first.
fn read_caption(caption: &str) -> Vec<Said> {
    let (count, caption) = caption.split_once(" objects: ").expect("a caption counts");
    let count = ["two", "three", "four", "five"].iter().position(|word| *word == count).expect("two to five") + 2;
    let parts: Vec<&str> = caption.split(", ").flat_map(|part| part.split(" and ")).collect();
    let relation_in = |part: &str| Relation::ALL.into_iter().find(|relation| part.contains(relation.name()));
    let first = relation_in(parts[0]).expect("a caption relates two objects or more");
    let (anchor, _) = parts[0].split_once(first.name()).expect("the relation was found");
    let anchor = read_description(anchor.trim());
    let related = parts.iter().map(|part| {
        let relation = relation_in(part).expect("every part has a relation");
        let (_, other) = part.split_once(relation.name()).expect("the relation was found");
        Said::Lies(anchor, relation, read_description(other.trim()))
    });
    related.chain([Said::Count(Description::default(), count)]).collect()
}

fn read_sentence(sentence: &str) -> Said {
    if let Some(relation) = Relation::ALL.into_iter().find(|relation| sentence.contains(relation.name())) {
        let (first, second) = sentence.split_once(relation.name()).expect("the relation was found");
        let first = first.trim().strip_suffix(" is").expect("something is there");
        return Said::Lies(read_description(first), relation, read_description(second.trim()));
    }
    let counted = [("one", 1), ("two", 2), ("three", 3)].into_iter().find_map(|(word, count)| {
        let (_, what) = sentence.split_once(&format!("exactly {word} "))?;
        Some(Said::Count(read_description(what), count))
    });
    let what = sentence.strip_prefix("there is ");
    counted.unwrap_or_else(|| Said::There(read_description(what.expect("nothing else is said"))))
}

fn scene(objects: &[(Size, Color, Kind, [f32; 2])]) -> Scene {
    let object = |&(size, color, kind, center)| Object { size, color, kind, center };
    Scene { objects: objects.iter().map(object).collect(), looks: Key::new(0) }
}

#[test]
fn what_is_said_is_judged_as_one_sees_it() {
    let scene = scene(&[
        (Size::Large, Color::Red, Kind::Circle, [10.0, 20.0]),
        (Size::Small, Color::Blue, Kind::Circle, [40.0, 22.0]),
        (Size::Small, Color::Red, Kind::Star, [25.0, 40.0]),
    ]);
    let expected = [
        ("there is a large red circle", Some(true)),
        ("there is a small red circle", Some(false)),
        ("there are exactly two circles", Some(true)),
        ("there are exactly two small objects", Some(true)),
        ("there is exactly one circle", Some(false)),
        ("a large red circle is left of a small blue circle", Some(true)),
        ("a large red circle is right of a small blue circle", Some(false)),
        ("a large red circle is above a small blue circle", None),
        ("a small red star is below a small blue circle", Some(true)),
        ("a small red star is below a large blue circle", Some(false)),
    ];
    for (sentence, truth) in expected {
        let said = read_sentence(sentence);
        assert_eq!(judged(&said, &scene), truth, "{sentence}");
        assert_eq!(holds(&said, &scene), truth == Some(true));
    }
}

#[test]
fn objects_differ_in_words_and_do_not_touch() {
    for scene in (0..300).map(|index| captions::numbered(1, "train", index).scene) {
        assert!((FEWEST_OBJECTS..=MOST_OBJECTS).contains(&scene.objects.len()));
        for (place, object) in scene.objects.iter().enumerate() {
            let edge = object.size.radius();
            assert!(object.center.iter().all(|axis| (edge..=SIDE as f32 - edge).contains(axis)));
            assert!(has_room(object, &scene.objects[..place]));
        }
    }
}

#[test]
fn every_object_is_painted_in_its_color() {
    for scene in (0..50).map(|index| captions::numbered(2, "train", index).scene) {
        let Picture::Pixels { height: SIDE, width: SIDE, channels: 3, bytes } = scene.picture() else {
            panic!("a scene has pixels");
        };
        for object in &scene.objects {
            let [right, down] = object.center.map(|axis| axis as usize);
            let pixel = &bytes[(down * SIDE + right) * 3..][..3];
            let strong = pixel.iter().map(|&channel| channel > 120).collect::<Vec<_>>();
            let expected = match object.color {
                Color::Red => [true, false, false],
                Color::Green => [false, true, false],
                Color::Blue => [false, false, true],
                Color::Yellow => [true, true, false],
                Color::Purple => [true, false, true],
                Color::White => [true, true, true],
            };
            assert_eq!(strong, expected, "{object:?} is {pixel:?}");
        }
    }
}

#[test]
fn captions_name_every_object_and_are_true() {
    for index in 0..300 {
        let captioned = captions::numbered(3, "train", index);
        for caption in &captioned.captions {
            let said = read_caption(caption);
            assert_eq!(said.len(), captioned.scene.objects.len(), "{caption}");
            assert!(said.iter().all(|said| holds(said, &captioned.scene)), "{caption}");
            let related = said.iter().filter(|said| matches!(said, Said::Lies(..)));
            let named: HashSet<Description> = related.flat_map(|said| said.descriptions()).collect();
            assert_eq!(named, captioned.scene.objects.iter().map(Object::description).collect());
        }
    }
}

/// An oracle that sees all scenes finds the one that is meant.
#[test]
fn a_caption_fits_one_scene_of_a_hundred() {
    let all: Vec<_> = (0..100).map(|index| captions::numbered(1, "test", index)).collect();
    let fits = |caption: &str| {
        let said = read_caption(caption);
        all.iter().filter(|other| said.iter().all(|said| holds(said, &other.scene))).count()
    };
    let unique = all.iter().flat_map(|each| &each.captions).filter(|caption| fits(caption) == 1).count();
    assert!(unique >= 99 * CAPTIONS, "{unique} of {} captions fit one scene", 100 * CAPTIONS);
}

fn asked(seed: u64, split: &'static str, count: u64) -> Vec<Asked> {
    (0..count).map(|index| questions::numbered(seed, split, index)).collect()
}

/// Answers from the scene by reading the question, without the code that asked it.
fn answered(question: &str, scene: &Scene) -> String {
    let question = question.trim_end_matches('?');
    let only = |text: &str| {
        let description = read_description(text);
        let found: Vec<&Object> = scene.fitting(&description).collect();
        assert_eq!(found.len(), 1, "{question}");
        found[0].description()
    };
    let yes = |truth: bool| if truth { "yes" } else { "no" }.to_owned();
    if let Some(what) = question.strip_prefix("how many ") {
        let what = what.strip_suffix(" are there").expect("what is counted");
        return scene.fitting(&read_description(what)).count().to_string();
    }
    if let Some(what) = question.strip_prefix("is there ") {
        return yes(scene.fitting(&read_description(what)).count() > 0);
    }
    if let Some(relation) = Relation::ALL.into_iter().find(|relation| question.contains(relation.name())) {
        let (first, second) = question.split_once(relation.name()).expect("the relation was found");
        let first = first.trim().strip_prefix("is the ").expect("one object");
        return yes(holds(&Said::Lies(only(first), relation, only(second.trim())), scene));
    }
    let (asked, what) = question.split_once(" is the ").expect("what is asked");
    match asked {
        "what size" => only(what).size.expect("objects have a size").name(),
        "what color" => only(what).color.expect("objects have a color").name(),
        _ => only(what).kind.expect("objects have a shape").name(),
    }
    .to_owned()
}

#[test]
fn answers_are_true_and_listed() {
    let mut seen = HashSet::new();
    for Asked { scene, question, answer } in asked(1, "train", 600) {
        assert_eq!(answered(&question, &scene), answer, "{question} {:?}", scene.objects);
        assert!(ANSWERS.contains(&answer));
        seen.insert(answer);
    }
    assert_eq!(seen.len(), ANSWERS.len());
}

/// The most frequent answer in training to the same question, or else to its kind.
#[test]
fn the_question_alone_hardly_tells_the_answer() {
    let kind = |question: &str| question.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let mut counts: HashMap<String, HashMap<&str, u32>> = HashMap::new();
    for Asked { question, answer, .. } in asked(1, "train", 3000) {
        *counts.entry(kind(&question)).or_default().entry(answer).or_default() += 1;
        *counts.entry(question).or_default().entry(answer).or_default() += 1;
    }
    let most = |question: &str| {
        let known = counts.get(question).or_else(|| counts.get(&kind(question)));
        known.and_then(|counts| counts.iter().max_by_key(|&(answer, count)| (count, answer))).map(|(answer, _)| *answer)
    };
    let test = asked(1, "test", 600);
    let right = test.iter().filter(|asked| most(&asked.question) == Some(asked.answer)).count();
    assert!((150..=260).contains(&right), "{right} of 600 answers follow from the question");
}

#[test]
fn statements_read_back_and_have_their_truth() {
    for index in 0..400 {
        let Stated { scene, said, sentence, truth } = statements::numbered(1, "train", index);
        assert_eq!(read_sentence(&sentence), said, "{sentence}");
        assert_eq!(judged(&said, &scene), Some(truth), "{sentence}");
        let near_is_true = said.neighbors().iter().any(|near| holds(near, &scene));
        assert!(truth || near_is_true, "no change of one word makes true: {sentence}");
    }
}

#[test]
fn half_of_the_statements_are_true_whatever_they_say() {
    let stated: Vec<Stated> = (0..3000).map(|index| statements::numbered(1, "train", index)).collect();
    assert_eq!(stated.iter().filter(|stated| stated.truth).count(), 1500);
    let mut counts: HashMap<&str, [i32; 2]> = HashMap::new();
    for Stated { sentence, truth, .. } in &stated {
        sentence.split(' ').for_each(|word| counts.entry(word).or_default()[usize::from(*truth)] += 1);
    }
    for (word, [wrong, right]) in counts {
        // Five standard deviations of a fair coin.
        assert!(f64::from(right - wrong).abs() <= 5.0 * f64::from(right + wrong).sqrt(), "`{word}`: {right} {wrong}");
    }
}

#[test]
fn a_change_of_one_word_never_says_the_same() {
    for index in 0..200 {
        let said = statements::numbered(4, "test", index).said;
        let sentence: Vec<String> = statements::sentence(&said).split(' ').map(str::to_owned).collect();
        for near in said.neighbors() {
            let near = statements::sentence(&near);
            assert!(near.split(' ').map(str::to_owned).ne(sentence.iter().cloned()), "{near}");
        }
    }
}

#[test]
fn splits_and_views_share_no_scene() {
    let of = |split| {
        (0..40).flat_map(move |index| {
            [
                captions::numbered(1, split, index).scene,
                questions::numbered(1, split, index).scene,
                statements::numbered(1, split, index).scene,
            ]
        })
    };
    let scenes: HashSet<String> = SPLITS.into_iter().flat_map(of).map(|scene| format!("{:?}", scene.objects)).collect();
    assert_eq!(scenes.len(), 360);
}

#[test]
fn rows_have_the_roles_of_their_tasks() {
    let caption = captions::row(1, "test", 2);
    assert_eq!(caption.texts("captions").expect("the role is there"), captions::numbered(1, "test", 2).captions);
    assert_eq!(
        caption.picture("picture").expect("the role is there"),
        &captions::numbered(1, "test", 2).scene.picture()
    );
    let question = questions::row(1, "test", 2);
    assert_eq!(question.texts("answers").expect("the role is there"), [questions::numbered(1, "test", 2).answer]);
    let statement = statements::row(1, "test", 2);
    assert_eq!(statement.integer("truth").expect("the role is there") == 1, statements::numbered(1, "test", 2).truth);
    assert!(matches!(statement.cell("pictures"), Some(crate::Cell::List(pictures)) if pictures.len() == 1));
}
