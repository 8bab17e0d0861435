//! The plots, and the actions they are made of: each checks and changes the state of the world.

use super::SENTENCES;
use super::lexicon::list;
use super::meetings;
use super::teller::{Roles, Teller, by};
use super::troubles;
use super::world::{Spot, Temper, What, Whereabouts, Who};

/// Tells one story.
pub(super) type Plot = fn(&mut Teller);

pub(super) const PLOTS: [Plot; 7] = [
    troubles::lost,
    troubles::hidden,
    troubles::broken,
    meetings::hungry,
    meetings::traded,
    meetings::given_away,
    meetings::frightened,
];

impl Teller {
    /// The hero, at home.
    pub(super) fn open(&mut self, temper: Temper) -> Who {
        let home = *self.draws.choose(list("home"));
        let hero = self.world.character(&mut self.draws, temper, Spot::named(home));
        self.tell("live", by(hero));
        if self.draws.chance(0.4) {
            self.tell("temper", by(hero));
        }
        hero
    }

    pub(super) fn temper(&mut self) -> Temper {
        *self.draws.choose(&[Temper::Good, Temper::Bad, Temper::Other])
    }

    pub(super) fn newcomer(&mut self, temper: Temper, place: Spot) -> Who {
        self.world.character(&mut self.draws, temper, place)
    }

    /// Someone new where `who` is, and the meeting.
    pub(super) fn meet(&mut self, who: Who, temper: Temper) -> Who {
        let other = self.newcomer(temper, self.place(who));
        self.tell("meet", by(who).to(other));
        other
    }

    pub(super) fn owned(&mut self, owner: Who, class: &str) -> What {
        self.world.thing(&mut self.draws, class, Whereabouts::Held(owner))
    }

    pub(super) fn hiding_place(&mut self) -> Spot {
        Spot::any(&mut self.draws, "spot")
    }

    pub(super) fn place(&self, who: Who) -> Spot {
        self.world.characters[who.0].place
    }

    /// A place one road away, other than those named.
    pub(super) fn nearby(&mut self, who: Who, except: &[Spot]) -> Spot {
        let mut places = self.place(who).neighbors();
        if places.iter().any(|place| !except.contains(place)) {
            places.retain(|place| !except.contains(place));
        }
        *self.draws.choose(&places)
    }

    pub(super) fn go(&mut self, variant: &str, who: Who, place: Spot) {
        let from = self.place(who);
        self.world.characters[who.0].place = place;
        match from.between(place).filter(|_| variant == "go" && !from.neighbors().contains(&place)) {
            Some(through) => self.tell("go.through", Roles { through: Some(through), ..by(who).at(place) }),
            None => self.tell(variant, by(who).at(place)),
        }
    }

    pub(super) fn go_together(&mut self, who: Who, other: Who, place: Spot) {
        self.world.characters[other.0].place = place;
        self.world.characters[who.0].place = place;
        self.tell("go.together", by(who).to(other).at(place));
    }

    /// A move that the story does not tell of.
    pub(super) fn move_unseen(&mut self, who: Who, place: Spot) {
        self.world.characters[who.0].place = place;
    }

    /// Someone hears a call for help and comes.
    pub(super) fn come(&mut self, who: Who, caller: Who) {
        self.move_unseen(who, self.place(caller));
        self.tell("hear", by(who).to(caller));
    }

    pub(super) fn go_with(&mut self, event: &str, who: Who, what: What, place: Spot) {
        assert!(self.holds(who, what), "one carries what one holds");
        self.move_unseen(who, place);
        self.tell(event, by(who).of(what).at(place));
    }

    /// Shows someone the way with a light.
    pub(super) fn lead(&mut self, who: Who, light: What, other: Who, place: Spot) {
        assert!(self.holds(who, light), "one lights the way with what one holds");
        self.move_unseen(who, place);
        self.move_unseen(other, place);
        self.tell("lead", by(who).of(light).to(other).at(place));
    }

    pub(super) fn holds(&self, who: Who, what: What) -> bool {
        self.world.things[what.0].at == Whereabouts::Held(who)
    }

    /// A thing leaves the hands of the one who holds it.
    fn release(&mut self, who: Who, what: What, at: Whereabouts) {
        assert!(self.holds(who, what), "only the holder can part with a thing");
        self.world.things[what.0].at = at;
    }

    pub(super) fn give(&mut self, variant: &str, who: Who, what: What, other: Who) {
        assert!(self.place(who) == self.place(other), "a thing is given from hand to hand");
        self.release(who, what, Whereabouts::Held(other));
        self.tell(variant, by(who).of(what).to(other));
    }

    pub(super) fn trade(&mut self, who: Who, what: What, other: Who, second: What) {
        self.release(who, what, Whereabouts::Held(other));
        self.release(other, second, Whereabouts::Held(who));
        self.tell("trade", Roles { second: Some(second), ..by(who).of(what).to(other) });
        self.note("trade", &by(other).of(second).to(who).at(self.place(who)));
    }

    pub(super) fn leave(&mut self, event: &str, who: Who, what: What, spot: Spot) {
        self.release(who, what, Whereabouts::At(self.place(who)));
        self.tell(event, by(who).of(what).hid(spot));
    }

    pub(super) fn find(&mut self, who: Who, what: What, spot: Spot) {
        assert!(self.world.things[what.0].at == Whereabouts::At(self.place(who)), "a thing is found where it lies");
        self.world.things[what.0].at = Whereabouts::Held(who);
        self.tell("find", by(who).of(what).hid(spot));
    }

    pub(super) fn take_from_sleeper(&mut self, who: Who, what: What, other: Who) {
        self.release(other, what, Whereabouts::Held(who));
        self.tell("take.asleep", by(who).of(what).to(other));
    }

    pub(super) fn eat(&mut self, variant: &str, who: Who, what: What) {
        self.release(who, what, Whereabouts::Gone);
        self.tell(variant, by(who).of(what));
    }

    pub(super) fn smash(&mut self, who: Who, what: What) {
        assert!(self.holds(who, what), "one breaks what one holds");
        self.tell("break", by(who).of(what));
        self.world.things[what.0].broken = true;
    }

    pub(super) fn mend(&mut self, who: Who, what: What) {
        assert!(self.holds(who, what) && self.world.things[what.0].broken, "one mends a broken thing in one's hands");
        self.tell("mend", by(who).of(what));
        self.world.things[what.0].broken = false;
    }

    /// `feel`, `feel.glad` or `feel.sorry`, with a mood from a list of the lexicon.
    pub(super) fn feel(&mut self, event: &str, who: Who, moods: &str) {
        let mood = *self.draws.choose(list(moods));
        self.world.characters[who.0].mood = Some(mood);
        self.tell(event, Roles { mood: Some(mood), ..by(who) });
    }

    /// A happy end, with its moral.
    pub(super) fn close(&mut self, hero: Who, moral: Roles, morals: &[&str]) {
        self.feel("feel.glad", hero, "mood.good");
        if self.story.sentences.len() + 2 <= *SENTENCES.end() {
            self.maybe_tell("end", by(hero));
        }
        let event = *self.draws.choose(morals);
        self.tell(event, moral);
    }

    /// A happy end that may make two friends.
    pub(super) fn close_as_friends(&mut self, hero: Who, friend: Who, moral: Roles, morals: &[&str]) {
        if self.draws.chance(0.5) {
            return self.close(hero, moral, morals);
        }
        self.feel("feel.glad", hero, "mood.good");
        self.tell("befriend", by(hero).to(friend));
    }
}
