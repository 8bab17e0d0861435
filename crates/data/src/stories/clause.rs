//! The links within one clause, decided by the order of its words.

use super::syntax::{Member, Node};
use super::{Link, Tag};

pub(super) struct Clause<'a> {
    nodes: &'a mut [Node],
    members: &'a [Member],
    head: usize,
    copula: bool,
    seen: Seen,
}

/// What of the clause has been read so far.
#[derive(Default)]
struct Seen {
    /// Determiners and adjectives that wait for their noun.
    waiting: Vec<usize>,
    case: Option<usize>,
    coordinator: Option<usize>,
    /// The last word that something may be joined to by `and`.
    joinable: Option<usize>,
    noun: Option<usize>,
    object: Option<usize>,
    subject: bool,
    inverted: bool,
}

impl<'a> Clause<'a> {
    pub(super) fn new(nodes: &'a mut [Node], members: &'a [Member]) -> Self {
        let words = || members.iter().filter_map(|member| member.word());
        let first = |tags: &[Tag]| words().find(|&word| tags.contains(&nodes[word].tag));
        let verb = first(&[Tag::Verb]);
        let nominal = || first(&[Tag::Noun, Tag::ProperNoun, Tag::Pronoun]).or(first(&[Tag::Adjective]));
        let fallback = || nominal().or_else(|| words().find(|&word| nodes[word].tag != Tag::Punctuation));
        let head = verb.or_else(|| words().rfind(|&word| nodes[word].tag == Tag::Auxiliary)).or_else(fallback);
        let head = head.expect("a clause has words of its own");
        let copula = ["was", "were", "is", "are", "be", "been", "am", "named"].contains(&nodes[head].text);
        if nodes[head].tag == Tag::Auxiliary {
            nodes[head].tag = Tag::Verb;
        }
        Self { nodes, members, head, copula, seen: Seen::default() }
    }

    /// Links all members and returns the head.
    pub(super) fn link(mut self) -> usize {
        for place in 0..self.members.len() {
            match self.members[place] {
                Member::Word(word) => self.word(word, place),
                Member::Clause { first, head, on_noun } => self.subclause(first, head, on_noun),
            }
        }
        // What never met its noun belongs to the clause as a whole: "he passed by".
        for word in self.seen.waiting.drain(..).chain(self.seen.case).chain(self.seen.coordinator) {
            attach(self.nodes, word, self.head, Link::Modifier);
        }
        self.head
    }

    fn word(&mut self, word: usize, place: usize) {
        match self.nodes[word].tag {
            Tag::Noun | Tag::ProperNoun | Tag::Pronoun => self.nominal(word, place),
            Tag::Determiner | Tag::Number => self.seen.waiting.push(word),
            Tag::Adjective => self.adjective(word, place),
            Tag::Preposition => self.seen.case = Some(word),
            Tag::Conjunction if place > 0 => self.seen.coordinator = Some(word),
            Tag::Adverb => match self.next(place) {
                Some(next) if self.intensifies(word, next) => self.attach(word, next, Link::Modifier),
                _ => self.attach(word, self.head, Link::Modifier),
            },
            Tag::Particle if self.nodes[word].text == "'s" => {}
            Tag::Particle if self.nodes[word].text != "to" => self.attach(word, self.head, Link::Modifier),
            Tag::Conjunction => self.attach(word, self.head, Link::Coordinator),
            Tag::Auxiliary => self.attach(word, self.head, Link::Auxiliary),
            Tag::Particle | Tag::Subordinator => self.attach(word, self.head, Link::Marker),
            Tag::Interjection => self.attach(word, self.head, Link::Discourse),
            Tag::Punctuation => self.attach(word, self.head, Link::Punctuation),
            Tag::Verb => self.attach(word, self.head, Link::Complement),
        }
    }

    fn nominal(&mut self, word: usize, place: usize) {
        for waiting in std::mem::take(&mut self.seen.waiting) {
            let link = match self.nodes[waiting].tag {
                Tag::Determiner => Link::Determiner,
                Tag::Number => Link::Number,
                _ => Link::Modifier,
            };
            self.attach(waiting, word, link);
        }
        if let Some(next) = self.next(place).filter(|&next| self.nodes[next].text == "'s") {
            self.attach(next, word, Link::Case);
            self.seen.waiting.push(word);
        } else if !self.joined(word) {
            self.place_nominal(word, place);
            (self.seen.noun, self.seen.joinable) = (Some(word), Some(word));
        }
    }

    /// Gives a noun its role by where it stands.
    fn place_nominal(&mut self, word: usize, place: usize) {
        let after = word > self.head;
        if let Some(case) = self.seen.case.take() {
            self.attach(case, word, Link::Case);
            match self.seen.noun.filter(|_| self.nodes[case].text == "of") {
                Some(noun) => self.attach(word, noun, Link::Modifier),
                None => self.attach(word, self.head, Link::Oblique),
            }
            // "In the box sat a cat": a subject may follow the verb after what comes first.
            self.seen.inverted |= !after && !self.seen.subject;
        } else if self.is_called(place) {
            self.attach(word, self.head, Link::Vocative);
        } else if self.is_time(word) {
            self.attach(word, self.head, Link::Oblique);
        } else if !after && self.nodes[word].text.eq_ignore_ascii_case("there") {
            self.seen.inverted = true;
            self.attach(word, self.head, Link::Expletive);
        } else if place == 0 && self.nodes[word].text == "that" {
            self.attach(word, self.head, Link::Object);
        } else if !self.seen.subject && (!after || self.seen.inverted) {
            self.seen.subject = word != self.head;
            self.attach(word, self.head, Link::Subject);
        } else if self.copula {
            self.attach(word, self.head, Link::Complement);
        } else {
            if let Some(object) = self.seen.object.replace(word) {
                self.nodes[object].link = Link::IndirectObject;
            }
            self.attach(word, self.head, Link::Object);
        }
    }

    fn adjective(&mut self, word: usize, place: usize) {
        if self.leads_to_noun(place) {
            self.seen.waiting.push(word);
        } else if !self.joined(word) {
            self.attach(word, self.head, Link::Complement);
            self.seen.joinable = Some(word);
        }
    }

    /// Whether the word is the second half of "Mia and Tom"; links it if so.
    fn joined(&mut self, word: usize) -> bool {
        let Some((first, coordinator)) = self.seen.joinable.zip(self.seen.coordinator) else { return false };
        self.seen.coordinator = None;
        self.attach(coordinator, word, Link::Coordinator);
        self.attach(word, first, Link::Conjunct);
        true
    }

    fn subclause(&mut self, first: usize, head: usize, on_noun: bool) {
        let opening = &self.nodes[first];
        let link = match (opening.text, opening.tag) {
            ("\"", _) => Link::Speech,
            ("to" | "To", _) => Link::Complement,
            (_, Tag::Conjunction) => Link::Conjunct,
            (_, Tag::Subordinator) => Link::Clause,
            ("where" | "Where" | "how" | "who" | "what", _) => Link::Clause,
            _ if first == head && ["let", "help"].contains(&self.nodes[self.head].text) => Link::Complement,
            _ if on_noun || self.nodes[head].text.ends_with("ing") => Link::Clause,
            _ => Link::Parataxis,
        };
        self.seen.inverted |= link == Link::Speech;
        let parent = self.seen.noun.filter(|_| on_noun).unwrap_or(self.head);
        self.attach(head, parent, link);
    }

    /// "Thank you, Mia": a name after a comma that no verb asks for.
    fn is_called(&self, place: usize) -> bool {
        let before = place.checked_sub(1).and_then(|place| self.members[place].word());
        let comma = before.is_some_and(|word| self.nodes[word].text == ",");
        let closed = self.next(place).is_some_and(|word| [",", "!"].contains(&self.nodes[word].text));
        comma && closed
    }

    fn is_time(&self, word: usize) -> bool {
        ["day", "morning", "afternoon", "night"].contains(&self.nodes[word].text) && !self.copula
    }

    /// "very big", "too quickly"
    fn intensifies(&self, word: usize, next: usize) -> bool {
        let strong = ["very", "too"].contains(&self.nodes[word].text);
        self.nodes[next].tag == Tag::Adjective || strong && self.nodes[next].tag == Tag::Adverb
    }

    fn leads_to_noun(&self, place: usize) -> bool {
        let tag = self.next(place).map(|next| self.nodes[next].tag);
        matches!(tag, Some(Tag::Noun)) || matches!(tag, Some(Tag::Adjective)) && self.leads_to_noun(place + 1)
    }

    /// The word right after this place, unless a clause stands there.
    fn next(&self, place: usize) -> Option<usize> {
        self.members.get(place + 1).and_then(|member| member.word())
    }

    fn attach(&mut self, word: usize, head: usize, link: Link) {
        attach(self.nodes, word, head, link);
    }
}

/// Links a word; a clause's own head stays free for the clause around.
fn attach(nodes: &mut [Node], word: usize, head: usize, link: Link) {
    if word != head {
        nodes[word].head = Some(head);
        nodes[word].link = link;
    }
}
