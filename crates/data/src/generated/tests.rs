use super::*;

const CARDS: [&str; 10] = [
    include_str!("../../../../datasets/stories/dataset.toml"),
    include_str!("../../../../datasets/stories-who/dataset.toml"),
    include_str!("../../../../datasets/stories-statements/dataset.toml"),
    include_str!("../../../../datasets/stories-tags/dataset.toml"),
    include_str!("../../../../datasets/numbers-en-de/dataset.toml"),
    include_str!("../../../../datasets/numbers-de-en/dataset.toml"),
    include_str!("../../../../datasets/shapes/dataset.toml"),
    include_str!("../../../../datasets/scenes-captions/dataset.toml"),
    include_str!("../../../../datasets/scenes-questions/dataset.toml"),
    include_str!("../../../../datasets/scenes-statements/dataset.toml"),
];

#[test]
fn every_generator_has_a_card_with_its_splits() {
    for (text, generator) in CARDS.iter().zip(generators()) {
        let card: toml::Table = text.parse().expect("a card is TOML");
        assert_eq!(card["name"].as_str(), Some(generator.name));
        assert_eq!(card["source"]["kind"].as_str(), Some("generated"));
        let splits = card["splits"]
            .as_array()
            .expect("splits are listed")
            .iter()
            .map(|split| split["name"].as_str().expect("splits have names"));
        assert!(splits.eq(generator.splits.iter().copied()), "{}", generator.name);
    }
}

fn all(generator: &Generator, split: &str) -> Vec<Row> {
    let rows = generator.rows(3, split, 5).expect("a split of its own");
    rows.map(|row| row.expect("generators do not fail")).collect()
}

#[test]
fn rows_come_in_order_and_each_can_be_made_alone() {
    for generator in generators() {
        for split in generator.splits {
            let rows = all(generator, split);
            assert_eq!(rows.len(), 5);
            assert_eq!(rows[4], (generator.row)(3, split, 4));
            assert_eq!(rows[4].place.to_string(), format!("{} (generated):5", generator.name));
            assert_ne!(rows[3].cells, rows[4].cells);
        }
    }
}

#[test]
fn an_unknown_split_gets_the_list() {
    let error = generator("shapes").expect("listed").rows(1, "dev", 1).err().expect("no such split");
    assert_eq!(error.to_string(), "`shapes` has no split `dev`; its splits are `train`, `validation` and `test`");
    assert!(generator("tinyshakespeare").is_none());
}

#[test]
fn every_block_has_each_class_once() {
    for block in 0..20 {
        let mut drawn: Vec<usize> = (7 * block..7 * block + 7).map(|index| balanced(Key::new(1), index, 7)).collect();
        drawn.sort_unstable();
        assert_eq!(drawn, [0, 1, 2, 3, 4, 5, 6]);
    }
}

#[test]
fn rows_made_ahead_are_those_made_alone() {
    let generator = generator("numbers-en-de").expect("it is known");
    let mut rows = generator.rows(3, "train", 700).expect("a split of its own");
    assert_eq!(rows.size_hint(), (700, Some(700)));
    for index in 0..700 {
        let row = rows.next().expect("700 of them").expect("generators do not fail");
        assert_eq!(row, (generator.row)(3, "train", index));
        assert_eq!(rows.size_hint().0, 699 - index as usize);
    }
    assert!(rows.next().is_none());
    assert!(generator.rows(3, "train", 0).expect("a split of its own").next().is_none());
}
