//! Filling a wording: roles become noun phrases, and whoever is clearly meant becomes a pronoun.

use attentive_random::Stream;

use super::Tag;
use super::lexicon::{list, tagged};
use super::syntax::Piece;
use super::teller::Roles;
use super::world::{Spot, Thing, What, Who, World};

/// What the listener has heard so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Discourse {
    pub(super) met: Vec<Who>,
    shown: Vec<What>,
    /// Whom the last sentence, and whom this one so far, speak of; the first is its subject.
    last: Vec<Who>,
    current: Vec<Who>,
}

pub(super) struct Filler<'a> {
    pub(super) world: &'a World,
    pub(super) roles: &'a Roles,
    pub(super) discourse: &'a mut Discourse,
    pub(super) draws: &'a mut Stream,
    pieces: Vec<Piece>,
    quoted: bool,
}

impl<'a> Filler<'a> {
    pub(super) fn new(world: &'a World, roles: &'a Roles, discourse: &'a mut Discourse, draws: &'a mut Stream) -> Self {
        discourse.last = std::mem::take(&mut discourse.current);
        Self { world, roles, discourse, draws, pieces: Vec::new(), quoted: false }
    }

    pub(super) fn filled(mut self, wording: &'static str) -> Vec<Piece> {
        for part in parts(wording) {
            match part {
                "(" => self.pieces.push(Piece::Open),
                "[" => self.pieces.push(Piece::OpenOnNoun),
                ")" | "]" => self.pieces.push(Piece::Close),
                "\"" => self.quote(),
                "," | "." | "!" | "?" | ":" => self.push(part, Tag::Punctuation),
                _ => match part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                    Some(slot) => self.slot(slot),
                    None => self.drawn(part),
                },
            }
        }
        agree_articles(&mut self.pieces);
        self.pieces
    }

    fn push(&mut self, text: &'static str, tag: Tag) {
        self.pieces.push(Piece::Word(text, tag));
    }

    fn quote(&mut self) {
        self.quoted = !self.quoted;
        if self.quoted {
            self.pieces.push(Piece::Open);
        }
        self.push("\"", Tag::Punctuation);
        if !self.quoted {
            self.pieces.push(Piece::Close);
        }
    }

    /// One of the alternatives `one|other|-`.
    fn drawn(&mut self, part: &'static str) {
        let choices = part.split('|').count();
        let choice = if choices == 1 { 0 } else { self.draws.below(choices) };
        let word = part.split('|').nth(choice).expect("the choice is below the count");
        if word != "-" {
            let (text, tag) = tagged(word);
            self.push(text, tag);
        }
    }

    fn slot(&mut self, slot: &'static str) {
        let (form, role) = slot.split_once(':').unwrap_or(("", slot));
        match role {
            "A" | "B" | "C" => self.character(form, self.roles.who(role)),
            "O" | "Q" => self.thing(form, self.roles.what(role)),
            "P" | "V" => self.place(form, self.roles.place(role)),
            "S" => self.hiding_place(form, self.roles.spot.expect("the event has a hiding place")),
            "mood" => self.push(self.roles.mood.expect("the event has a mood"), Tag::Adjective),
            "softly" => self.drawn("gladly|kindly|gently|-|-"),
            "sadly" => self.drawn("sadly|quietly|softly|-"),
            _ => panic!("events.txt has an unknown slot `{slot}`"),
        }
    }

    fn character(&mut self, form: &str, who: Who) {
        match form {
            "" if self.is_focus(who) && self.is_clear(who) && self.draws.chance(0.6) => self.pronoun("he", who),
            "he" | "him" if self.is_clear(who) => self.pronoun(form, who),
            "his" if self.is_clear(who) || self.discourse.current.first() == Some(&who) => self.pronoun(form, who),
            "his" => {
                self.name(who);
                self.push("'s", Tag::Particle);
            }
            "temper" => return self.push(self.world.characters[who.0].temper_word, Tag::Adjective),
            "call" => self.call(who),
            _ => self.name(who),
        }
        self.discourse.current.push(who);
    }

    fn is_focus(&self, who: Who) -> bool {
        self.discourse.current.is_empty() && self.discourse.last.first() == Some(&who)
    }

    /// Whether "he" or "she" can mean no one else.
    fn is_clear(&self, who: Who) -> bool {
        let Discourse { last, current, .. } = &*self.discourse;
        let heard = if current.contains(&who) { [].as_slice() } else { last.as_slice() };
        let male = |who: &Who| self.world.characters[who.0].male;
        let mut rivals = heard.iter().chain(current).filter(|&other| *other != who);
        (current.contains(&who) || last.contains(&who)) && !rivals.any(|other| male(other) == male(&who))
    }

    fn pronoun(&mut self, form: &str, who: Who) {
        let (text, tag) = match (form, self.world.characters[who.0].male) {
            ("he", true) => ("he", Tag::Pronoun),
            ("he", false) => ("she", Tag::Pronoun),
            ("him", true) => ("him", Tag::Pronoun),
            ("him", false) => ("her", Tag::Pronoun),
            (_, true) => ("his", Tag::Determiner),
            (_, false) => ("her", Tag::Determiner),
        };
        self.push(text, tag);
    }

    fn call(&mut self, who: Who) {
        let character = &self.world.characters[who.0];
        match character.name {
            Some(name) => self.push(name, Tag::ProperNoun),
            None => self.push(character.kind, Tag::Noun),
        }
    }

    fn name(&mut self, who: Who) {
        let character = &self.world.characters[who.0];
        let child = list("kind.child").contains(&character.kind);
        match character.name {
            _ if !self.discourse.met.contains(&who) => self.introduce(who),
            Some(name) if child || self.draws.chance(0.75) => self.push(name, Tag::ProperNoun),
            _ => {
                self.push("the", Tag::Determiner);
                self.push(character.kind, Tag::Noun);
            }
        }
    }

    /// "a small fox named Pip"
    fn introduce(&mut self, who: Who) {
        self.discourse.met.push(who);
        let character = &self.world.characters[who.0];
        self.push("a", Tag::Determiner);
        self.push(character.look, Tag::Adjective);
        self.push(character.kind, Tag::Noun);
        if let Some(name) = character.name {
            self.pieces.push(Piece::OpenOnNoun);
            self.push("named", Tag::Verb);
            self.push(name, Tag::ProperNoun);
            self.pieces.push(Piece::Close);
        }
    }

    fn thing(&mut self, form: &str, what: What) {
        let thing = &self.world.things[what.0];
        match (form, thing.plural) {
            ("it", true) => self.push("them", Tag::Pronoun),
            ("it", false) => self.push("it", Tag::Pronoun),
            ("they", true) => self.push("they", Tag::Pronoun),
            ("they", false) => self.push("it", Tag::Pronoun),
            ("was", true) => self.push("were", Tag::Auxiliary),
            ("was", false) => self.push("was", Tag::Auxiliary),
            ("is", true) => self.push("are", Tag::Auxiliary),
            ("is", false) => self.push("is", Tag::Auxiliary),
            ("plain", _) => self.plain(thing),
            ("bare", _) => self.described(what, thing),
            ("new", _) => self.noun_phrase(what, thing, false),
            _ => self.noun_phrase(what, thing, self.discourse.shown.contains(&what)),
        }
    }

    fn noun_phrase(&mut self, what: What, thing: &Thing, shown: bool) {
        self.push(
            if shown {
                "the"
            } else if thing.plural {
                "some"
            } else {
                "a"
            },
            Tag::Determiner,
        );
        if shown && self.draws.chance(0.5) {
            self.push(thing.noun, Tag::Noun);
        } else {
            self.described(what, thing);
        }
    }

    /// What the thing is called by those who do not know that it broke.
    fn plain(&mut self, thing: &Thing) {
        self.push(thing.adjective, Tag::Adjective);
        self.push(thing.noun, Tag::Noun);
    }

    fn described(&mut self, what: What, thing: &Thing) {
        self.discourse.shown.push(what);
        self.push(if thing.broken { "broken" } else { thing.adjective }, Tag::Adjective);
        self.push(thing.noun, Tag::Noun);
    }

    fn place(&mut self, form: &str, place: Spot) {
        if form == "at" {
            self.push(place.preposition, Tag::Preposition);
        }
        self.push("the", Tag::Determiner);
        self.push(place.noun, Tag::Noun);
    }

    fn hiding_place(&mut self, form: &str, spot: Spot) {
        self.push(spot.preposition, Tag::Preposition);
        self.push(if form == "hid" { "a" } else { "the" }, Tag::Determiner);
        self.push(spot.noun, Tag::Noun);
    }
}

/// Splits off brackets, quotes and marks; everything else stands between spaces.
fn parts(wording: &'static str) -> impl Iterator<Item = &'static str> {
    wording.split_whitespace().flat_map(|chunk| chunk.split_inclusive('"').flat_map(split_quote))
}

fn split_quote(chunk: &'static str) -> impl Iterator<Item = &'static str> {
    let word = chunk.strip_suffix('"');
    [word.unwrap_or(chunk), if word.is_some() { "\"" } else { "" }].into_iter().filter(|part| !part.is_empty())
}

/// "a" becomes "an" before a vowel.
fn agree_articles(pieces: &mut [Piece]) {
    for place in 1..pieces.len() {
        let (before, after) = pieces.split_at_mut(place);
        if let (Some(Piece::Word(article @ "a", Tag::Determiner)), Piece::Word(next, _)) =
            (before.last_mut(), &after[0])
            && next.starts_with(['a', 'e', 'i', 'o', 'u'])
        {
            *article = "an";
        }
    }
}
