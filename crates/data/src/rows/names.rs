//! Names of columns, shared between rows: most rows of a file have the same ones in the same order.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// The names that were last seen at each position.
#[derive(Default)]
pub(super) struct Names(Vec<Arc<str>>);

/// Beyond so many columns a row brings names of its own.
const REMEMBERED: usize = 1024;

impl Names {
    pub(super) fn shared(&mut self, position: usize, name: &str) -> Arc<str> {
        let next = self.0.len();
        match self.0.get_mut(position) {
            Some(known) if **known == *name => {}
            Some(other) => *other = name.into(),
            None if position == next && next < REMEMBERED => self.0.push(name.into()),
            None => return name.into(),
        }
        self.0[position].clone()
    }
}

/// The first name that occurs a second time.
pub(super) fn repeated<N: Hash + Eq>(names: impl IntoIterator<Item = N>) -> Option<N> {
    let mut seen = HashSet::new();
    names.into_iter().find_map(|name| seen.replace(name))
}
