use std::{thread::sleep, time::Duration};

use super::*;

const COUNT: usize = 7;
const REGIONS: usize = 100_000;

/// Whether the region ran, and how often each index did.
fn counted(team: &Team, count: usize) -> (bool, Vec<usize>) {
    let visits: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
    let led = team.lead(count, &|index| {
        (0..100).for_each(|_| hint::spin_loop()); // so that helpers find some left
        visits[index].fetch_add(1, Ordering::Relaxed);
    });
    (led, visits.into_iter().map(AtomicUsize::into_inner).collect())
}

/// Helpers come awake, asleep and too late: now and then a leader rests until they sleep.
#[test]
fn several_leaders_run_each_index_once() {
    let team = Team::gathered(3);
    let led = AtomicUsize::new(0);
    thread::scope(|scope| {
        for leader in 0..3 {
            let led = &led;
            scope.spawn(move || {
                let mut region = leader;
                while led.load(Ordering::Relaxed) < REGIONS {
                    region += 1;
                    let (has_led, visits) = counted(team, region % COUNT);
                    assert_eq!(visits, vec![usize::from(has_led); region % COUNT]);
                    led.fetch_add(usize::from(has_led), Ordering::Relaxed);
                    if region % 500 == 0 {
                        sleep(Duration::from_micros(300));
                    }
                }
            });
        }
    });
    assert!(counted(team, COUNT).0, "nobody leads any more");
}

#[test]
fn a_panic_reaches_the_leader_and_leaves_the_team_usable() {
    let team = Team::gathered(2);
    for bad in (0..100).map(|round| round % COUNT) {
        let work = |index| {
            if index == bad {
                resume_unwind(Box::new(bad)); // a panic without its message
            }
        };
        let failure = catch_unwind(AssertUnwindSafe(|| team.lead(COUNT, &work))).expect_err("the leader panics");
        assert_eq!(failure.downcast_ref(), Some(&bad));
        assert_eq!(counted(team, COUNT), (true, vec![1; COUNT]));
    }
}

#[test]
fn all_may_fail_at_once() {
    let team = Team::gathered(3);
    for _ in 0..100 {
        let failed = catch_unwind(AssertUnwindSafe(|| team.lead(COUNT, &|index| resume_unwind(Box::new(index)))));
        assert!(failed.is_err() && counted(team, COUNT).0);
    }
}

#[test]
fn a_region_inside_of_a_region_is_refused() {
    let team = Team::gathered(1);
    let refused = AtomicUsize::new(0);
    team.lead(COUNT, &|_| {
        refused.fetch_add(usize::from(!team.lead(COUNT, &|_| ())), Ordering::Relaxed);
    });
    assert_eq!(refused.into_inner(), COUNT);
}
