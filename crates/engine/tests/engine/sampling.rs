//! Sequences that are drawn.

use attentive_engine::{Found, Sampling, Search};

use crate::languages::{END, Language, search};

const LANGUAGE: Language = Language { seed: 3, words: 5 };
const MOST: usize = 8;
const PLAIN: Sampling = Sampling { temperature: 1.0, top_k: None, top_p: None, seed: 1 };

fn drawn(sampling: &Sampling, starts: &[Vec<u32>]) -> Vec<Found> {
    sampling.draw(&Search::greedy(MOST, Some(END)), starts, |live| LANGUAGE.next(live))
}

#[test]
fn at_no_temperature_it_is_a_search_with_one_beam() {
    let starts = [vec![1], vec![2], vec![3, 4], vec![4]];
    let greedy = Search { length_penalty: 0.0, ..search(1) };
    let searched: Vec<Found> = greedy.run(&starts, |live| LANGUAGE.next(live)).into_iter().flatten().collect();
    assert_eq!(drawn(&Sampling { temperature: 0.0, ..PLAIN }, &starts), searched);
}

#[test]
fn the_first_sequence_is_what_picks_make_one_by_one() {
    let mut ids = vec![1];
    for place in 0..MOST as u64 {
        ids.push(PLAIN.pick(&LANGUAGE.logits(&ids), place));
        if ids.last() == Some(&END) {
            break;
        }
    }
    assert_eq!(drawn(&PLAIN, &[vec![1]])[0].ids, ids[1..]);
}

#[test]
fn equal_starts_are_drawn_apart_and_each_alone_as_together() {
    let many = drawn(&PLAIN, &vec![vec![1]; 40]);
    assert_eq!(many[..7], drawn(&PLAIN, &vec![vec![1]; 7]));
    let ended = many.iter().filter(|found| found.ids.last() == Some(&END)).count();
    assert!((1..40).contains(&ended), "{ended} of 40 ended");
    assert!(many.iter().all(|found| found.ids.len() <= MOST));
    assert!(many.iter().any(|found| found != &many[0]));
    for found in &many {
        assert!((found.score - LANGUAGE.total(&[1], &found.ids)).abs() < 1e-5, "{found:?}");
    }
}

/// Of draws of which all are equally likely, few are equal, whatever their sequence and their place in it.
#[test]
fn no_draw_serves_twice() {
    const WORDS: usize = 4096;
    let found = PLAIN.draw(&Search::greedy(MOST, None), &vec![vec![1]; 20], |live| vec![0.0; WORDS * live.len()]);
    let mut ids: Vec<u32> = found.into_iter().flat_map(|found| found.ids).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(all, 20 * MOST);
    assert!(ids.len() > all - 10, "{} of {all} are distinct, where 157 are expected", ids.len());
}

/// What transformers' processors of logits do before its warpers do.
#[test]
fn what_a_search_rules_out_and_forces_is_not_drawn() {
    let rules = Search {
        ruled_out: vec![2],
        least: 3,
        no_repeat: Some(2),
        forced_first: Some(4),
        forced_last: Some(END),
        ..Search::greedy(MOST, Some(END))
    };
    let found = PLAIN.draw(&rules, &vec![vec![1]; 40], |live| LANGUAGE.next(live));
    for Found { ids, .. } in &found {
        assert_eq!((ids[0], ids.last()), (4, Some(&END)));
        assert!(!ids.contains(&2) && ids.len() > rules.least, "{ids:?}");
        let whole: Vec<u32> = [1].into_iter().chain(ids.iter().copied()).collect();
        let mut pairs: Vec<_> = whole.windows(2).filter(|pair| pair[1] != END).collect();
        pairs.sort();
        assert!(pairs.windows(2).all(|two| two[0] != two[1]), "{ids:?}");
    }
    assert!(found.iter().any(|one| one.ids != found[0].ids));
}

#[test]
fn a_sequence_that_nothing_may_follow_is_done() {
    let rules = Search { ruled_out: (0..LANGUAGE.words as u32).collect(), ..Search::greedy(MOST, Some(END)) };
    let found = PLAIN.draw(&rules, &[vec![1]], |live| LANGUAGE.next(live));
    assert_eq!(found, [Found { ids: Vec::new(), score: 0.0 }]);
}
