//! Pictures of a few objects, and words about them: captions, questions with answers, statements with truth values.
//!
//! A scene knows what is on it, so everything said is checked against it (`said.rs`); and what is asked or stated is
//! drawn before the scene, so that the words alone say nothing about the answer.

pub mod captions;
mod object;
mod painter;
pub mod questions;
mod said;
pub mod statements;

use attentive_random::{Key, Stream};

pub use object::{Color, Description, Kind, Object, Size};
pub use said::{Relation, Said, holds, judged};

use crate::Picture;

pub const SPLITS: [&str; 3] = ["train", "validation", "test"];
/// Pixels, on either axis.
pub const SIDE: usize = 48;
pub const FEWEST_OBJECTS: usize = 2;
pub const MOST_OBJECTS: usize = 5;

/// Between the circles around two objects, in pixels.
const GAP: f32 = 1.0;
/// Places tried for an object before the scene is begun again.
const TRIES: usize = 20;

/// What is on a picture: no two objects are described by the same words, and none covers another.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    pub objects: Vec<Object>,
    /// Of the background, the noise and the turns, which nothing is said about.
    looks: Key,
}

impl Scene {
    pub fn picture(&self) -> Picture {
        painter::painted(self)
    }

    /// A scene with objects of these descriptions, and others.
    fn draw(key: Key, wanted: &[Description]) -> Self {
        let mut drafts = (0..).map(|attempt| objects(&mut key.nth(attempt).stream(), wanted));
        let objects = drafts.find_map(|draft| draft).expect("drafts never end, and some have room for all objects");
        Self { objects, looks: key.at("looks") }
    }

    /// The objects that a description fits.
    pub fn fitting<'a>(&'a self, description: &'a Description) -> impl Iterator<Item = &'a Object> {
        self.objects.iter().filter(|object| description.fits(object))
    }
}

/// The first scene below a key that is fit for what is to be said of it.
fn first_fit(key: Key, wanted: &[Description], is_fit: impl Fn(&Scene) -> bool) -> Scene {
    let mut scenes = (0..).map(|attempt| Scene::draw(key.nth(attempt), wanted));
    scenes.find(is_fit).expect("scenes never end, and some are fit for whatever can be said")
}

/// Objects at their places, if room is found.
fn objects(draws: &mut Stream, wanted: &[Description]) -> Option<Vec<Object>> {
    let fewest = FEWEST_OBJECTS.max(wanted.len());
    let count = fewest + draws.below(MOST_OBJECTS + 1 - fewest);
    let mut objects: Vec<Object> = Vec::with_capacity(count);
    for place in 0..count {
        let description = wanted.get(place).copied().unwrap_or_default();
        let object = (0..TRIES).map(|_| Object::draw(draws, &description)).find(|object| has_room(object, &objects));
        objects.push(object?);
    }
    Some(objects)
}

fn has_room(object: &Object, others: &[Object]) -> bool {
    others.iter().all(|other| {
        let [across, down] = [0, 1].map(|axis| object.center[axis] - other.center[axis]);
        let apart = object.size.radius() + other.size.radius() + GAP;
        across * across + down * down >= apart * apart && object.description() != other.description()
    })
}

#[cfg(test)]
mod tests;
