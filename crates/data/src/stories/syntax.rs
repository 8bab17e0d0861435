//! Heads and links for the words of a wording.
//!
//! Wordings mark where clauses begin and end, so that within one clause the order of words decides everything: what
//! stands before the verb is its subject, what follows is its object, and what follows a preposition is oblique.

use super::clause::Clause;
use super::{Link, Tag};

/// A part of a sentence: a word, or the bounds of a clause.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// A clause that hangs on the verb around it.
    Open,
    /// A clause that hangs on the noun before it.
    OpenOnNoun,
    Close,
    Word(&'static str, Tag),
}

/// A word with its place in the tree.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) text: &'static str,
    pub(super) tag: Tag,
    pub(super) head: Option<usize>,
    pub(super) link: Link,
}

/// The tree over the words among the pieces.
pub(super) fn parsed(pieces: &[Piece]) -> Vec<Node> {
    let mut nodes = pieces.iter().filter_map(Node::of).collect();
    let mut parser = Parser { pieces: pieces.iter(), nodes: &mut nodes, words: 0 };
    parser.clause();
    nodes
}

impl Node {
    fn of(piece: &Piece) -> Option<Self> {
        match *piece {
            Piece::Word(text, tag) => Some(Self { text, tag, head: None, link: Link::Root }),
            _ => None,
        }
    }
}

struct Parser<'a> {
    pieces: std::slice::Iter<'a, Piece>,
    nodes: &'a mut Vec<Node>,
    words: usize,
}

/// What a clause consists of: its own words, and the heads of the clauses within.
#[derive(Clone, Copy)]
pub(super) enum Member {
    Word(usize),
    Clause { first: usize, head: usize, on_noun: bool },
}

impl Parser<'_> {
    /// Reads up to the end of the clause, links its members and returns its head.
    fn clause(&mut self) -> usize {
        let mut members = Vec::new();
        while let Some(piece) = self.pieces.next() {
            match piece {
                Piece::Close => break,
                Piece::Word(..) => {
                    members.push(Member::Word(self.words));
                    self.words += 1;
                }
                open => {
                    let (first, on_noun) = (self.words, matches!(open, Piece::OpenOnNoun));
                    members.push(Member::Clause { first, head: self.clause(), on_noun });
                }
            }
        }
        Clause::new(self.nodes, &members).link()
    }
}

impl Member {
    pub(super) fn word(self) -> Option<usize> {
        match self {
            Self::Word(word) => Some(word),
            Self::Clause { .. } => None,
        }
    }
}
