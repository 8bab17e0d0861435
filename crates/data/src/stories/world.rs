//! The state of the world that a story tells of: who is where, who holds what, who feels how.

use attentive_random::Stream;

use super::lexicon::{halves, list};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Who(pub(super) usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct What(pub(super) usize);

/// A place or a hiding place: its noun and the preposition that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) noun: &'static str,
    pub(super) preposition: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Temper {
    Good,
    Bad,
    Other,
}

#[derive(Clone, Debug)]
pub(super) struct Character {
    /// Grown people go without: "the farmer".
    pub(super) name: Option<&'static str>,
    pub(super) kind: &'static str,
    pub(super) look: &'static str,
    pub(super) male: bool,
    pub(super) temper_word: &'static str,
    pub(super) place: Spot,
    pub(super) mood: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    Held(Who),
    At(Spot),
    Gone,
}

#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) noun: &'static str,
    pub(super) adjective: &'static str,
    pub(super) plural: bool,
    pub(super) broken: bool,
    pub(super) at: Whereabouts,
}

#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) characters: Vec<Character>,
    pub(super) things: Vec<Thing>,
}

impl World {
    /// A newcomer unlike all others in name and kind.
    pub(super) fn character(&mut self, draws: &mut Stream, temper: Temper, place: Spot) -> Who {
        let newcomer = loop {
            let candidate = Character::draw(draws, temper, place);
            let same = |other: &Character| other.kind == candidate.kind || other.label() == candidate.label();
            if !self.characters.iter().any(same) {
                break candidate;
            }
        };
        self.characters.push(newcomer);
        Who(self.characters.len() - 1)
    }

    /// A new thing of a class of the lexicon (`toy`, `food`, …).
    pub(super) fn thing(&mut self, draws: &mut Stream, class: &str, at: Whereabouts) -> What {
        let noun = loop {
            let noun = *draws.choose(list(&format!("thing.{class}")));
            if self.things.iter().all(|other| other.noun != noun.trim_end_matches('+')) {
                break noun;
            }
        };
        let adjective = *draws.choose(list(&format!("like.{class}")));
        let plural = noun.ends_with('+');
        self.things.push(Thing { noun: noun.trim_end_matches('+'), adjective, plural, broken: false, at });
        What(self.things.len() - 1)
    }
}

impl Character {
    fn draw(draws: &mut Stream, temper: Temper, place: Spot) -> Self {
        let male = draws.chance(0.5);
        let gendered = |he, she| if male { list(he) } else { list(she) };
        let sort = draws.below(7);
        let (name, kind, look) = match sort {
            0..=2 => (Some(gendered("name.boy", "name.girl")), gendered_kind(male), "look"),
            3..=5 => (Some(gendered("name.he", "name.she")), *draws.choose(list("kind.animal")), "look"),
            _ => (None, *draws.choose(gendered("kind.he", "kind.she")), "look.grown"),
        };
        let tempers = ["temper.good", "temper.bad", "temper.other"];
        Self {
            name: name.map(|names| *draws.choose(names)),
            kind,
            look: *draws.choose(list(look)),
            male,
            temper_word: *draws.choose(list(tempers[temper as usize])),
            place,
            mood: None,
        }
    }

    /// The name in facts and answers.
    pub(super) fn label(&self) -> String {
        self.name.map_or_else(|| format!("the {}", self.kind), str::to_owned)
    }
}

fn gendered_kind(male: bool) -> &'static str {
    if male { "boy" } else { "girl" }
}

impl Thing {
    /// The name in facts and answers.
    pub(super) fn label(&self) -> String {
        format!("the {} {}", self.adjective, self.noun)
    }
}

impl Spot {
    pub(super) fn any(draws: &mut Stream, name: &str) -> Self {
        let entry = *draws.choose(list(name));
        let (noun, preposition) = halves(entry);
        Self { noun, preposition }
    }

    /// The place with this name.
    pub(super) fn named(place: &str) -> Self {
        let mut places = list("place").iter().map(|entry| halves(entry));
        let (noun, preposition) =
            places.find(|(noun, _)| *noun == place).expect("roads and homes are listed as places");
        Self { noun, preposition }
    }

    /// The places one road away.
    pub(super) fn neighbors(self) -> Vec<Self> {
        let roads = list("road").iter().map(|road| halves(road));
        let ends = roads.filter_map(|(one, other)| match () {
            () if one == self.noun => Some(other),
            () if other == self.noun => Some(one),
            () => None,
        });
        ends.map(Self::named).collect()
    }

    /// The place halfway, when there is one.
    pub(super) fn between(self, other: Self) -> Option<Self> {
        self.neighbors().into_iter().find(|middle| middle.neighbors().contains(&other))
    }

    /// The name in facts and answers.
    pub(super) fn label(self) -> String {
        format!("the {}", self.noun)
    }
}
