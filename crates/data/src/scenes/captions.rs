//! Captions that name every object of a scene with size, color and shape, and where the others lie from one of them.

use attentive_random::{Key, Stream};

use super::{FEWEST_OBJECTS, MOST_OBJECTS, Object, Relation, Scene};
use crate::{Cell, Row, generated};

pub const CAPTIONS: usize = 3;
const COUNTS: [&str; MOST_OBJECTS + 1 - FEWEST_OBJECTS] = ["two", "three", "four", "five"];

/// A scene and what three people might write below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Captioned {
    pub scene: Scene,
    pub captions: [String; CAPTIONS],
}

/// Captioned scene number `index` of a split.
pub fn numbered(seed: u64, split: &str, index: u64) -> Captioned {
    let key = Key::new(seed).at("scenes").at("captions").at(split).nth(index);
    let scene = Scene::draw(key.at("scene"), &[]);
    let words = &mut key.at("words").stream();
    let captions = [(); CAPTIONS].map(|()| caption(&scene, words));
    Captioned { scene, captions }
}

/// The same as a row with the roles `picture` and `captions`.
pub fn row(seed: u64, split: &str, index: u64) -> Row {
    let Captioned { scene, captions } = numbered(seed, split, index);
    let captions = Cell::List(captions.into_iter().map(Cell::Text).collect());
    generated::row("scenes-captions", index, [("picture", Cell::Picture(scene.picture())), ("captions", captions)])
}

/// "three objects: a large red circle left of a small blue square and above a small white star". Without the number, a
/// caption would fit every larger scene that holds these objects.
fn caption(scene: &Scene, draws: &mut Stream) -> String {
    let mut rest: Vec<&Object> = scene.objects.iter().collect();
    let anchor = rest.swap_remove(draws.below(rest.len()));
    let mut others = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let other = rest.swap_remove(draws.below(rest.len()));
        others.push(seen_from(anchor, other, draws));
    }
    let count = COUNTS[scene.objects.len() - FEWEST_OBJECTS];
    format!("{count} objects: a {} {}", anchor.description().singular(), listed(&others))
}

/// "left of a small blue square": a relation that is plain to see.
fn seen_from(anchor: &Object, other: &Object, draws: &mut Stream) -> String {
    let clear: Vec<Relation> = Relation::ALL.into_iter().filter(|relation| relation.is_clear(anchor, other)).collect();
    // Circles that do not touch are further apart on one axis than `CLEAR`.
    let relation = draws.choose(&clear);
    format!("{} a {}", relation.name(), other.description().singular())
}

fn listed(parts: &[String]) -> String {
    match parts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => parts.concat(),
    }
}
