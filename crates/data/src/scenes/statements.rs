//! Statements about a scene that are true or false. The sentence is drawn before its truth and its scene, so that it
//! tells nothing by itself; and of a scene where it is false, a sentence that differs in one word is true.

use attentive_random::{Key, Stream};

use super::{Description, Relation, Said, Scene, first_fit, holds, judged};
use crate::{Cell, Row, generated};

/// How many of a kind are said to be there.
pub(super) const COUNTS: [usize; 3] = [1, 2, 3];

/// A scene, a sentence about it, and whether that is true.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    pub scene: Scene,
    pub said: Said,
    pub sentence: String,
    pub truth: bool,
}

/// Statement number `index` of a split. Of two that follow each other one is true.
pub fn numbered(seed: u64, split: &str, index: u64) -> Stated {
    let key = Key::new(seed).at("scenes").at("statements").at(split);
    let truth = generated::balanced(key.at("truth"), index, 2) == 1;
    let key = key.nth(index);
    let draws = &mut key.at("words").stream();
    let said = any(draws);
    let shown = if truth { said } else { *draws.choose(&said.neighbors()) };
    let fit = |scene: &Scene| holds(&shown, scene) && judged(&said, scene) == Some(truth);
    let scene = first_fit(key.at("scene"), &shown.descriptions(), fit);
    Stated { scene, said, sentence: sentence(&said), truth }
}

/// The same as a row with the roles `pictures`, a list of one, `sentence` and `truth`, 1 or 0.
pub fn row(seed: u64, split: &str, index: u64) -> Row {
    let Stated { scene, sentence, truth, .. } = numbered(seed, split, index);
    let cells = [
        ("pictures", Cell::List(vec![Cell::Picture(scene.picture())])),
        ("sentence", Cell::Text(sentence)),
        ("truth", Cell::Integer(i64::from(truth))),
    ];
    generated::row("scenes-statements", index, cells)
}

fn any(draws: &mut Stream) -> Said {
    match draws.below(3) {
        0 => Said::There(Description::whole(draws)),
        1 => Said::Count(Description::of_one_word(draws), *draws.choose(&COUNTS)),
        _ => loop {
            let [first, second] = [(); 2].map(|()| Description::whole(draws));
            if first != second {
                return Said::Lies(first, *draws.choose(&Relation::ALL), second);
            }
        },
    }
}

/// "there are exactly two red objects", "a large red circle is left of a small blue square"
pub fn sentence(said: &Said) -> String {
    match said {
        Said::There(what) => format!("there is a {}", what.singular()),
        Said::Count(what, 1) => format!("there is exactly one {}", what.singular()),
        Said::Count(what, count) => {
            let word = ["no", "one", "two", "three", "four", "five"].get(*count).copied().unwrap_or("many");
            format!("there are exactly {word} {}", what.plural())
        }
        Said::Lies(first, relation, second) => {
            format!("a {} is {} a {}", first.singular(), relation.name(), second.singular())
        }
    }
}
