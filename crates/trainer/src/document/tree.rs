//! The tree that files and overrides are merged into. Every node and every key knows where it was written.

use std::collections::{BTreeMap, btree_map};

use serde::de::Unexpected;

use super::Origin;

/// Sorted, so that which of two errors is told first does not depend on the order of files.
pub(super) type Table = BTreeMap<String, Entry>;

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Origin,
    pub(super) node: Node,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) content: Content,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Text(String),
    Whole(i64),
    Number(f64),
    Truth(bool),
    /// Nothing in a config wants a date; it is kept to name it in an error.
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

/// What a dotted path leads to.
pub(super) enum Reach<'a> {
    Found(&'a Node),
    Absent,
    /// So many of the keys lead to a value that is not a table, although keys follow.
    Blocked(usize, &'a Node),
}

impl Node {
    pub(super) fn reach(&self, keys: &[String]) -> Reach<'_> {
        let mut node = self;
        for (taken, key) in keys.iter().enumerate() {
            let Content::Table(table) = &node.content else { return Reach::Blocked(taken, node) };
            match table.get(key) {
                Some(entry) => node = &entry.node,
                None => return Reach::Absent,
            }
        }
        Reach::Found(node)
    }

    /// What serde calls the content, for errors.
    pub(super) fn unexpected(&self) -> Unexpected<'_> {
        match &self.content {
            Content::Text(text) => Unexpected::Str(text),
            Content::Whole(whole) => Unexpected::Signed(*whole),
            Content::Number(number) => Unexpected::Float(*number),
            Content::Truth(truth) => Unexpected::Bool(*truth),
            Content::Date(date) => Unexpected::Other(date),
            Content::List(_) => Unexpected::Seq,
            Content::Table(_) => Unexpected::Map,
        }
    }
}

impl Entry {
    /// `node` below all of `keys`, in tables that were written at the same place.
    pub(super) fn nested(keys: &[String], node: Node) -> Self {
        let key = node.origin.clone();
        let wrap = |node, name: &String| {
            let entry = Self { key: key.clone(), node };
            Node { origin: key.clone(), content: Content::Table(Table::from([(name.clone(), entry)])) }
        };
        let node = keys.iter().rev().fold(node, wrap);
        Self { key, node }
    }

    /// Tables merge, and stay where they were first written; anything else is replaced.
    fn merge(&mut self, newer: Self) {
        match (&mut self.node.content, newer.node.content) {
            (Content::Table(older), Content::Table(newer)) => merge(older, newer),
            (_, content) => *self = Self { key: newer.key, node: Node { origin: newer.node.origin, content } },
        }
    }
}

/// Lays the newer table over the older.
pub(super) fn merge(older: &mut Table, newer: Table) {
    for (key, entry) in newer {
        match older.entry(key) {
            btree_map::Entry::Vacant(place) => drop(place.insert(entry)),
            btree_map::Entry::Occupied(place) => place.into_mut().merge(entry),
        }
    }
}
