//! Stories of meetings: what one asks of another, and what comes of giving and refusing.

use super::teller::{Roles, Teller, by};
use super::world::{Temper, What, Who};

/// A hungry stranger asks for food, and is met again when the tables are turned.
pub(super) fn hungry(teller: &mut Teller) {
    let temper = *teller.draws.choose(&[Temper::Good, Temper::Bad]);
    let hero = teller.open(temper);
    let food = teller.owned(hero, "food");
    teller.tell("have.today", by(hero).of(food));
    let place = teller.nearby(hero, &[]);
    teller.go("go", hero, place);
    let stranger_temper = *teller.draws.choose(&[Temper::Good, Temper::Other]);
    let stranger = teller.meet(hero, stranger_temper);
    let plea = *teller.draws.choose(&["be.hungry", "ask.for"]);
    teller.tell(plea, by(stranger).of(food).to(hero));
    answer(teller, temper, hero, stranger, food);
    let trap = teller.nearby(hero, &[]);
    teller.go("go.later", hero, trap);
    teller.tell("fall", by(hero));
    teller.maybe_tell("call", by(hero));
    teller.come(stranger, hero);
    match (temper, stranger_temper) {
        (Temper::Good, _) => repay(teller, hero, stranger, food),
        (_, Temper::Good) => pardon(teller, hero, stranger, food),
        _ => be_left(teller, hero, stranger, food),
    }
}

fn answer(teller: &mut Teller, temper: Temper, hero: Who, stranger: Who, food: What) {
    if temper == Temper::Good {
        teller.give("give", hero, food, stranger);
        teller.eat("eat", stranger, food);
    } else {
        teller.tell("refuse.thing", by(hero).of(food).to(stranger));
        if teller.draws.chance(0.3) {
            teller.eat("eat.alone", hero, food);
        }
    }
}

fn repay(teller: &mut Teller, hero: Who, friend: Who, food: What) {
    teller.maybe_tell("recall", by(friend).of(food).to(hero));
    rescue(teller, friend, hero);
    let morals = ["moral.kindness", "moral.sharing"];
    teller.close_as_friends(hero, friend, by(hero), &morals);
}

fn pardon(teller: &mut Teller, hero: Who, friend: Who, food: What) {
    teller.maybe_tell("recall.bad", by(friend).of(food).to(hero));
    teller.tell("pardon", by(friend).to(hero));
    rescue(teller, friend, hero);
    repent(teller, hero);
}

fn be_left(teller: &mut Teller, hero: Who, stranger: Who, food: What) {
    teller.maybe_tell("recall.bad", by(stranger).of(food).to(hero));
    teller.tell("refuse", by(stranger).to(hero));
    let helper = teller.newcomer(Temper::Good, teller.place(hero));
    teller.come(helper, hero);
    rescue(teller, helper, hero);
    repent(teller, hero);
}

fn rescue(teller: &mut Teller, friend: Who, hero: Who) {
    let tool = teller.owned(friend, "tool");
    teller.tell("rescue", by(friend).of(tool).to(hero));
    teller.maybe_tell("thank", by(hero).to(friend));
}

/// The end of one who did wrong.
fn repent(teller: &mut Teller, hero: Who) {
    if teller.draws.chance(0.5) {
        teller.feel("feel.sorry", hero, "mood.sorry");
    }
    teller.tell("moral.greed", by(hero));
}

/// A chain of trades: what the hero has, for what the second wants, for what the hero wants.
pub(super) fn traded(teller: &mut Teller) {
    let hero = teller.open(Temper::Other);
    let toy = teller.owned(hero, "toy");
    teller.tell("have", by(hero).of(toy));
    let market = teller.nearby(hero, &[]);
    let keeper = teller.newcomer(Temper::Other, market);
    let light = teller.owned(keeper, "light");
    teller.tell("want", by(hero).of(light));
    teller.go("go.morning", hero, market);
    teller.tell("meet", by(hero).to(keeper));
    let next = teller.nearby(hero, &[]);
    let cook = teller.newcomer(Temper::Good, next);
    let food = teller.owned(cook, "food");
    teller.tell("offer", Roles { second: Some(food), ..by(keeper).of(light).to(hero) });
    teller.go("go", hero, next);
    teller.tell("meet", by(hero).to(cook));
    teller.tell("offer", Roles { second: Some(toy), ..by(cook).of(food).to(hero) });
    teller.trade(hero, toy, cook, food);
    teller.go("go.back", hero, market);
    teller.trade(hero, food, keeper, light);
    teller.close(hero, by(hero), &["moral.trade"]);
}

/// A present on its way meets someone who needs it more.
pub(super) fn given_away(teller: &mut Teller) {
    let temper = *teller.draws.choose(&[Temper::Good, Temper::Bad]);
    let hero = teller.open(temper);
    let home = teller.place(hero);
    let friend = teller.newcomer(Temper::Good, home);
    teller.tell("plan", by(hero).to(friend));
    let shop = teller.nearby(hero, &[]);
    teller.go("go.morning", hero, shop);
    let spot = teller.hiding_place();
    let coat = teller.owned(hero, "warm");
    teller.tell("find.new", by(hero).of(coat).hid(spot));
    let road = teller.nearby(hero, &[home]);
    teller.go("go", hero, road);
    let stranger = teller.meet(hero, Temper::Other);
    teller.tell("be.cold", by(stranger));
    if temper == Temper::Good {
        give_at_once(teller, hero, friend, stranger, coat);
    } else {
        give_too_late(teller, hero, friend, stranger, coat);
    }
}

fn give_at_once(teller: &mut Teller, hero: Who, friend: Who, stranger: Who, coat: What) {
    teller.give("give", hero, coat, stranger);
    teller.maybe_tell("wear", by(stranger).of(coat));
    teller.go("go.back", hero, teller.place(friend));
    teller.tell("explain", Roles { third: Some(stranger), ..by(hero).of(coat).to(friend) });
    teller.tell("praise", by(friend).to(hero));
    teller.close(hero, by(hero), &["moral.kindness"]);
}

fn give_too_late(teller: &mut Teller, hero: Who, friend: Who, stranger: Who, coat: What) {
    teller.tell("refuse.thing", by(hero).of(coat).to(stranger));
    teller.go("go.back", hero, teller.place(friend));
    teller.tell("explain.cold", Roles { third: Some(stranger), ..by(hero).to(friend) });
    teller.feel("feel.sorry", hero, "mood.sorry");
    teller.go_together(hero, friend, teller.place(stranger));
    teller.give("give", hero, coat, stranger);
    teller.tell("moral.greed", by(hero));
}

/// A noise in the night turns out to be someone who is lost.
pub(super) fn frightened(teller: &mut Teller) {
    let hero = teller.open(Temper::Other);
    let light = teller.owned(hero, "light");
    teller.tell("have", by(hero).of(light));
    let home = teller.place(hero);
    let place = teller.nearby(hero, &[]);
    teller.tell("hear.noise", by(hero).at(place));
    teller.go_with("creep", hero, light, place);
    let spot = teller.hiding_place();
    let stray = teller.newcomer(Temper::Other, place);
    teller.tell("be.lost", by(stray).hid(spot));
    if teller.draws.chance(0.5) {
        feed(teller, hero, stray);
    } else {
        warm(teller, hero, stray);
    }
    teller.lead(hero, light, stray, home);
    teller.maybe_tell("thank", by(stray).to(hero));
    teller.close_as_friends(hero, stray, by(hero), &["moral.courage"]);
}

fn feed(teller: &mut Teller, hero: Who, stray: Who) {
    teller.tell("be.hungry.lost", by(stray));
    let food = teller.owned(hero, "food");
    teller.tell("have.still", by(hero).of(food));
    teller.give("give", hero, food, stray);
    teller.eat("eat", stray, food);
}

fn warm(teller: &mut Teller, hero: Who, stray: Who) {
    teller.tell("be.cold", by(stray));
    let blanket = teller.owned(hero, "warm");
    teller.tell("have.still", by(hero).of(blanket));
    teller.give("give", hero, blanket, stray);
    teller.tell("wear", by(stray).of(blanket));
}
