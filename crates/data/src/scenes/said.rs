//! What can be said of a scene, and whether it is true.

use super::statements::COUNTS;
use super::{Description, Object, Scene};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    LeftOf,
    RightOf,
    Above,
    Below,
}

/// A piece of language about a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// There is an object like this.
    There(Description),
    /// Exactly so many are like this.
    Count(Description, usize),
    /// One like the first lies so relative to one like the second.
    Lies(Description, Relation, Description),
}

/// How many pixels one center lies beyond the other before one says so.
const CLEAR: f32 = 4.0;

impl Relation {
    pub const ALL: [Self; 4] = [Self::LeftOf, Self::RightOf, Self::Above, Self::Below];

    pub const fn name(self) -> &'static str {
        ["left of", "right of", "above", "below"][self as usize]
    }

    pub const fn opposite(self) -> Self {
        [Self::RightOf, Self::LeftOf, Self::Below, Self::Above][self as usize]
    }

    /// Whether it is plain to see that `one` lies so relative to `other`.
    pub fn is_clear(self, one: &Object, other: &Object) -> bool {
        let [across, down] = [0, 1].map(|axis| one.center[axis] - other.center[axis]);
        match self {
            Self::LeftOf => across <= -CLEAR,
            Self::RightOf => across >= CLEAR,
            Self::Above => down <= -CLEAR,
            Self::Below => down >= CLEAR,
        }
    }
}

/// Whether what is said is plainly true of the scene.
pub fn holds(said: &Said, scene: &Scene) -> bool {
    judged(said, scene) == Some(true)
}

/// Whether what is said is plainly true or plainly false; `None` when centers are nearly level and one may argue.
pub fn judged(said: &Said, scene: &Scene) -> Option<bool> {
    match said {
        Said::There(description) => Some(scene.fitting(description).next().is_some()),
        Said::Count(description, count) => Some(scene.fitting(description).count() == *count),
        Said::Lies(first, relation, second) => lies(scene, first, *relation, second),
    }
}

fn lies(scene: &Scene, first: &Description, relation: Relation, second: &Description) -> Option<bool> {
    let with_others = |one| scene.fitting(second).filter(move |other| *other != one).map(move |other| (one, other));
    let pairs: Vec<_> = scene.fitting(first).flat_map(with_others).collect();
    let clear = |relation: Relation| move |&(one, other): &(&Object, &Object)| relation.is_clear(one, other);
    match () {
        () if pairs.iter().any(clear(relation)) => Some(true),
        () if pairs.iter().all(clear(relation.opposite())) => Some(false),
        () => None,
    }
}

impl Said {
    /// Everything that says something else in one word.
    pub fn neighbors(self) -> Vec<Self> {
        match self {
            Self::There(description) => description.neighbors().map(Self::There).collect(),
            Self::Count(description, count) => {
                let descriptions = description.neighbors().map(|other| Self::Count(other, count));
                let counts = COUNTS.into_iter().filter(|other| *other != count);
                descriptions.chain(counts.map(|other| Self::Count(description, other))).collect()
            }
            Self::Lies(first, relation, second) => {
                let firsts = first.neighbors().filter(|first| *first != second);
                let seconds = second.neighbors().filter(|second| *second != first);
                let firsts = firsts.map(|first| Self::Lies(first, relation, second));
                let seconds = seconds.map(|second| Self::Lies(first, relation, second));
                let turned = Self::Lies(first, relation.opposite(), second);
                firsts.chain(seconds).chain([turned]).collect()
            }
        }
    }

    /// The objects that it speaks of.
    pub(super) fn descriptions(self) -> Vec<Description> {
        match self {
            Self::There(description) => vec![description],
            Self::Count(description, count) => vec![description; count],
            Self::Lies(first, _, second) => vec![first, second],
        }
    }
}
