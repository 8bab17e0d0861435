//! Stories of things that are lost, hidden or broken: what those who meet do about it, and what comes of that.

use super::teller::{Teller, by};
use super::world::{Spot, Temper, What, Who};

/// The hero leaves a toy somewhere, and whoever comes along helps to find it, or does not.
pub(super) fn lost(teller: &mut Teller) {
    let hero = teller.open(Temper::Other);
    let toy = teller.owned(hero, "toy");
    teller.tell("have", by(hero).of(toy));
    let field = teller.nearby(hero, &[]);
    teller.go("go.morning", hero, field);
    teller.maybe_tell("play", by(hero).of(toy));
    let spot = teller.hiding_place();
    teller.leave("leave", hero, toy, spot);
    let next = teller.nearby(hero, &[]);
    teller.go("go", hero, next);
    teller.tell("miss", by(hero).of(toy));
    let temper = teller.temper();
    let friend = teller.meet(hero, temper);
    teller.tell("ask.seen", by(hero).of(toy).to(friend));
    match temper {
        Temper::Bad => find_alone(teller, hero, friend, toy, field, spot),
        _ => find_together(teller, hero, friend, toy, field, spot),
    }
}

fn find_alone(teller: &mut Teller, hero: Who, other: Who, toy: What, field: Spot, spot: Spot) {
    teller.tell("refuse", by(other).to(hero));
    let wrong = teller.hiding_place();
    teller.maybe_tell("search", by(hero).of(toy).hid(wrong));
    teller.go("go.back", hero, field);
    teller.find(hero, toy, spot);
    teller.close(hero, by(hero).of(toy), &["moral.care"]);
}

fn find_together(teller: &mut Teller, hero: Who, friend: Who, toy: What, field: Spot, spot: Spot) {
    if teller.draws.chance(0.5) {
        teller.tell("see", by(friend).of(toy).at(field).to(hero));
    } else {
        teller.tell("help", by(friend).to(hero));
    }
    teller.go_together(hero, friend, field);
    if teller.draws.chance(0.5) {
        teller.find(friend, toy, spot);
        teller.give("give.back", friend, toy, hero);
    } else {
        teller.find(hero, toy, spot);
        teller.maybe_tell("thank", by(hero).to(friend));
    }
    teller.close_as_friends(hero, friend, by(hero).of(toy), &["moral.care", "moral.kindness"]);
}

/// Someone takes a sleeper's toy and hides it.
pub(super) fn hidden(teller: &mut Teller) {
    let hero = teller.open(Temper::Other);
    let toy = teller.owned(hero, "toy");
    teller.tell("have", by(hero).of(toy));
    let field = teller.nearby(hero, &[]);
    teller.go("go.morning", hero, field);
    let temper = *teller.draws.choose(&[Temper::Bad, Temper::Other]);
    let thief = teller.meet(hero, temper);
    teller.take_from_sleeper(thief, toy, hero);
    let spot = teller.hiding_place();
    if teller.draws.chance(0.5) {
        teller.leave("hide", thief, toy, spot);
        own_up(teller, hero, thief, toy, spot);
    } else {
        let cache = teller.nearby(thief, &[]);
        teller.move_unseen(thief, cache);
        teller.leave("hide.away", thief, toy, spot);
        find_out(teller, hero, thief, toy, spot);
    }
    teller.close(hero, by(thief).of(toy), &["moral.truth"]);
}

fn own_up(teller: &mut Teller, hero: Who, thief: Who, toy: What, spot: Spot) {
    teller.tell("ask.seen", by(hero).of(toy).to(thief));
    teller.tell("lie", by(thief).of(toy).to(hero));
    teller.feel("feel.sorry", thief, "mood.sorry");
    teller.tell("confess", by(thief).of(toy).to(hero).hid(spot));
    teller.maybe_tell("forgive", by(hero).to(thief));
    teller.find(hero, toy, spot);
}

fn find_out(teller: &mut Teller, hero: Who, thief: Who, toy: What, spot: Spot) {
    let cache = teller.place(thief);
    teller.tell("miss", by(hero).of(toy));
    let witness = teller.meet(hero, Temper::Good);
    teller.tell("see", by(witness).of(toy).at(cache).to(hero));
    teller.go("go", hero, cache);
    teller.find(hero, toy, spot);
    teller.tell("apologize", by(thief).of(toy).to(hero));
    teller.maybe_tell("forgive", by(hero).to(thief));
}

/// A borrowed thing breaks; the borrower is honest at once, or only later.
pub(super) fn broken(teller: &mut Teller) {
    let temper = *teller.draws.choose(&[Temper::Good, Temper::Other]);
    let hero = teller.open(temper);
    let place = teller.nearby(hero, &[]);
    teller.go("go.morning", hero, place);
    let owner = teller.meet(hero, Temper::Good);
    let treasure = teller.owned(owner, "fragile");
    teller.tell("have.too", by(owner).of(treasure));
    teller.maybe_tell("ask.for", by(hero).of(treasure).to(owner));
    teller.give("lend", owner, treasure, hero);
    teller.smash(hero, treasure);
    match temper {
        Temper::Other => deny(teller, hero, owner, treasure),
        _ => admit(teller, hero, owner, treasure),
    }
    teller.close(hero, by(hero).of(treasure), &["moral.truth"]);
}

fn deny(teller: &mut Teller, hero: Who, owner: Who, treasure: What) {
    let spot = teller.hiding_place();
    teller.leave("hide", hero, treasure, spot);
    teller.tell("ask.back", by(owner).of(treasure).to(hero));
    teller.tell("lie", by(hero).of(treasure).to(owner));
    teller.feel("feel.sorry", hero, "mood.sorry");
    teller.tell("confess.broken", by(hero).of(treasure).to(owner));
    teller.tell("forgive", by(owner).to(hero));
}

fn admit(teller: &mut Teller, hero: Who, owner: Who, treasure: What) {
    if teller.draws.chance(0.35) {
        teller.feel("feel", hero, "mood.bad");
    }
    teller.tell("confess.broken", by(hero).of(treasure).to(owner));
    teller.tell("forgive", by(owner).to(hero));
    match teller.draws.below(3) {
        0 => repair(teller, hero, owner, treasure),
        1 => have_repaired(teller, hero, owner, treasure),
        _ => replace(teller, hero, owner),
    }
}

fn repair(teller: &mut Teller, hero: Who, owner: Who, treasure: What) {
    teller.mend(hero, treasure);
    teller.give("give.back", hero, treasure, owner);
    teller.maybe_tell("thank", by(owner).to(hero));
}

fn have_repaired(teller: &mut Teller, hero: Who, owner: Who, treasure: What) {
    let mender = teller.meet(hero, Temper::Good);
    teller.give("give", hero, treasure, mender);
    teller.mend(mender, treasure);
    teller.give("give.back", mender, treasure, owner);
}

fn replace(teller: &mut Teller, hero: Who, owner: Who) {
    let own = teller.owned(hero, "treasure");
    teller.tell("have.still", by(hero).of(own));
    teller.give("give.instead", hero, own, owner);
    teller.maybe_tell("befriend", by(owner).to(hero));
}
