//! Helpers that wait awake for a moment before they sleep. A training step has hundreds of parallel regions, some tens of microseconds
//! long and as far apart; threads that sleep in between take longer to wake than the work would.
//!
//! One region runs at a time. Its leader is the thread that asks; helpers join while the gate is open, so that a helper that comes late
//! is not waited for.

use std::{
    any::Any,
    cell::UnsafeCell,
    hint,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Condvar, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

/// How often a helper looks for work before it sleeps: some tens of microseconds.
const LOOKS: usize = 1000;

/// The gate counts the helpers inside in its low bits, has this bit while open, and the number of the region above it.
const OPEN: u64 = 1 << 15;
const REGION: u64 = 1 << 16;

type Work<'a> = dyn Fn(usize) + Sync + 'a;

/// What helpers find behind the gate.
struct Region {
    work: *const Work<'static>,
    count: usize,
}

struct Team {
    region: UnsafeCell<Region>,
    gate: AtomicU64,
    next: AtomicUsize,
    asleep: AtomicUsize,
    /// Held by the leader.
    led: AtomicBool,
    failure: Mutex<Option<Box<dyn Any + Send>>>,
    bell: (Mutex<()>, Condvar),
}

// SAFETY: the region is written by the leader while the gate is shut and nobody is inside, and read only behind the gate.
unsafe impl Sync for Team {}
// SAFETY: as above; the pointer in it is only followed behind the gate.
unsafe impl Send for Team {}

/// Runs `work` on each index below `count` with all helpers; false when they serve another thread.
pub(super) fn run(count: usize, work: &Work<'_>) -> bool {
    static TEAM: OnceLock<&'static Team> = OnceLock::new();
    TEAM.get_or_init(|| Team::gathered(rayon::current_num_threads() - 1)).lead(count, work)
}

impl Team {
    fn gathered(helpers: usize) -> &'static Self {
        fn nothing(_: usize) {}
        let region = UnsafeCell::new(Region { work: &nothing, count: 0 });
        let team: &'static Self = Box::leak(Box::new(Self {
            region,
            gate: AtomicU64::new(0),
            next: AtomicUsize::new(0),
            asleep: AtomicUsize::new(0),
            led: AtomicBool::new(false),
            failure: Mutex::new(None),
            bell: (Mutex::new(()), Condvar::new()),
        }));
        for number in 0..helpers {
            let helper = thread::Builder::new().name(format!("kernels-{number}"));
            helper.spawn(|| team.help()).expect("the system has threads to give");
        }
        team
    }

    fn lead(&self, count: usize, work: &Work<'_>) -> bool {
        if self.led.swap(true, Ordering::Acquire) {
            return false;
        }
        // SAFETY: helpers follow the pointer behind the gate alone, which is shut, with nobody left inside, before this function
        // returns; so the borrow outlives its use.
        let work: *const Work<'static> = unsafe { std::mem::transmute(std::ptr::from_ref(work)) };
        // SAFETY: the gate is shut and nobody is inside.
        unsafe { *self.region.get() = Region { work, count } };
        self.next.store(0, Ordering::Relaxed);
        let region = (self.gate.load(Ordering::Relaxed) & !(REGION - 1)) + REGION;
        self.gate.store(region | OPEN, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            drop(self.bell.0.lock());
            self.bell.1.notify_all();
        }
        self.share();
        self.gate.fetch_and(!OPEN, Ordering::AcqRel);
        self.emptied();
        let failure = self.failure.lock().ok().and_then(|mut failure| failure.take());
        self.led.store(false, Ordering::Release);
        failure.is_none_or(|failure| resume_unwind(failure))
    }

    /// Waits for the helpers inside. One that lost its core to another thread may need this thread's to go on.
    fn emptied(&self) {
        let mut looks = 0;
        while self.gate.load(Ordering::Acquire) & (OPEN - 1) > 0 {
            looks += 1;
            if looks < LOOKS { hint::spin_loop() } else { thread::yield_now() }
        }
    }

    /// Takes indices until none is left; a panic is kept for the leader.
    fn share(&self) {
        // SAFETY: called by the leader and by helpers behind the gate, between which nothing writes the region.
        let region = unsafe { &*self.region.get() };
        // SAFETY: as above; the leader keeps the work alive until all have left.
        let work = unsafe { &*region.work };
        let all = || {
            while let index = self.next.fetch_add(1, Ordering::Relaxed)
                && index < region.count
            {
                work(index);
            }
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(all))
            && let Ok(mut failure) = self.failure.lock()
        {
            failure.get_or_insert(panic);
        }
    }

    fn help(&self) {
        let mut seen = 0;
        loop {
            let gate = self.awaited(seen);
            if self.gate.compare_exchange(gate, gate + 1, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                seen = gate & !(REGION - 1);
                self.share();
                self.gate.fetch_sub(1, Ordering::AcqRel);
            }
        }
    }

    /// An open gate to another region than the one seen last.
    fn awaited(&self, seen: u64) -> u64 {
        let fresh = |gate: u64| gate & OPEN > 0 && gate & !(REGION - 1) != seen;
        loop {
            for _ in 0..LOOKS {
                let gate = self.gate.load(Ordering::Acquire);
                if fresh(gate) {
                    return gate;
                }
                hint::spin_loop();
            }
            let mut guard = self.bell.0.lock().expect("nobody panics while holding the bell");
            // Either the leader sees this helper asleep and rings, or this helper sees the gate open: both are sequentially
            // consistent, here in the order of sleeper and gate, in the leader in that of gate and sleeper.
            self.asleep.fetch_add(1, Ordering::SeqCst);
            while !fresh(self.gate.load(Ordering::SeqCst)) {
                guard = self.bell.1.wait(guard).expect("nobody panics while holding the bell");
            }
            self.asleep.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
#[path = "team_tests.rs"]
mod tests;
