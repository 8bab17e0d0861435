//! Questions about a scene, with answers of one word. Question and answer are drawn before the scene, so that every
//! answer to a question is as likely and the question alone does not tell.

use attentive_random::{Key, Stream};

use super::{Color, Description, Kind, Relation, Said, Scene, Size, first_fit, judged};
use crate::{Cell, Row, generated};

/// Every answer there is.
pub const ANSWERS: [&str; 18] = [
    "no", "yes", "0", "1", "2", "3", "small", "large", "red", "green", "blue", "yellow", "purple", "white", "circle",
    "square", "triangle", "star",
];
/// Counts that are asked for.
const COUNTS: [&str; 4] = ["0", "1", "2", "3"];
const NO_OR_YES: [&str; 2] = ["no", "yes"];

/// A scene, a question about it, and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub scene: Scene,
    pub question: String,
    pub answer: &'static str,
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    HowMany(Description),
    WhatSize(Description),
    WhatColor(Description),
    WhatShape(Description),
    IsThere(Description),
    Lies(Description, Relation, Description),
}

/// Question number `index` of a split.
pub fn numbered(seed: u64, split: &str, index: u64) -> Asked {
    let key = Key::new(seed).at("scenes").at("questions").at(split);
    let kind = generated::balanced(key.at("kind"), index, KINDS);
    let key = key.nth(index);
    let draws = &mut key.at("words").stream();
    let question = Question::draw(kind, draws);
    let answer = *draws.choose(&question.answers());
    let wanted = question.wanted(answer);
    let scene = first_fit(key.at("scene"), &wanted, |scene| question.answer(scene) == Some(answer));
    Asked { scene, question: question.text(), answer }
}

/// The same as a row with the roles `picture`, `question` and `answers`, a list of one.
pub fn row(seed: u64, split: &str, index: u64) -> Row {
    let Asked { scene, question, answer } = numbered(seed, split, index);
    let cells = [
        ("picture", Cell::Picture(scene.picture())),
        ("question", Cell::Text(question)),
        ("answers", Cell::List(vec![Cell::Text(answer.to_owned())])),
    ];
    generated::row("scenes-questions", index, cells)
}

const KINDS: usize = 6;

impl Question {
    fn draw(kind: usize, draws: &mut Stream) -> Self {
        let size = Some(*draws.choose(&Size::ALL));
        let color = Some(*draws.choose(&Color::ALL));
        let shape = Some(*draws.choose(&Kind::ALL));
        let free = Description::default();
        match kind {
            0 => Self::HowMany(Description::of_one_word(draws)),
            1 => Self::WhatSize(Description { color, kind: shape, ..free }),
            2 => Self::WhatColor(Description { size, kind: shape, ..free }),
            3 => Self::WhatShape(Description { size, color, ..free }),
            4 => Self::IsThere(Description { color, kind: shape, ..free }),
            _ => {
                let first = Description { color, kind: shape, ..free };
                Self::Lies(first, *draws.choose(&Relation::ALL), other_than(first, draws))
            }
        }
    }

    fn text(self) -> String {
        match self {
            Self::HowMany(what) => format!("how many {} are there?", what.plural()),
            Self::WhatSize(what) => format!("what size is the {}?", what.singular()),
            Self::WhatColor(what) => format!("what color is the {}?", what.singular()),
            Self::WhatShape(what) => format!("what shape is the {}?", what.singular()),
            Self::IsThere(what) => format!("is there a {}?", what.singular()),
            Self::Lies(first, relation, second) => {
                format!("is the {} {} the {}?", first.singular(), relation.name(), second.singular())
            }
        }
    }

    fn answers(self) -> Vec<&'static str> {
        match self {
            Self::HowMany(_) => COUNTS.to_vec(),
            Self::WhatSize(_) => Size::ALL.map(Size::name).to_vec(),
            Self::WhatColor(_) => Color::ALL.map(Color::name).to_vec(),
            Self::WhatShape(_) => Kind::ALL.map(Kind::name).to_vec(),
            Self::IsThere(_) | Self::Lies(..) => NO_OR_YES.to_vec(),
        }
    }

    /// The answer that the scene gives; none when the question takes for granted what is not so.
    pub fn answer(self, scene: &Scene) -> Option<&'static str> {
        let the = |what: &Description| match scene.fitting(what).collect::<Vec<_>>()[..] {
            [only] => Some(*only),
            _ => None,
        };
        match self {
            Self::HowMany(what) => COUNTS.get(scene.fitting(&what).count()).copied(),
            Self::WhatSize(what) => the(&what).map(|object| object.size.name()),
            Self::WhatColor(what) => the(&what).map(|object| object.color.name()),
            Self::WhatShape(what) => the(&what).map(|object| object.kind.name()),
            Self::IsThere(what) => is_there(&what, scene),
            Self::Lies(first, relation, second) => {
                the(&first).and(the(&second))?;
                judged(&Said::Lies(first, relation, second), scene).map(|truth| NO_OR_YES[usize::from(truth)])
            }
        }
    }

    /// Objects without which the scene could not give this answer, so that it is found sooner.
    fn wanted(self, answer: &str) -> Vec<Description> {
        match self {
            Self::HowMany(what) => vec![what; COUNTS.iter().position(|count| *count == answer).unwrap_or(0)],
            Self::WhatSize(what) => {
                vec![Description { size: Size::ALL.into_iter().find(|size| size.name() == answer), ..what }]
            }
            Self::WhatColor(what) => {
                vec![Description { color: Color::ALL.into_iter().find(|color| color.name() == answer), ..what }]
            }
            Self::WhatShape(what) => {
                vec![Description { kind: Kind::ALL.into_iter().find(|kind| kind.name() == answer), ..what }]
            }
            Self::IsThere(what) if answer == "yes" => vec![what],
            Self::IsThere(what) => halves(&what).to_vec(),
            Self::Lies(first, _, second) => vec![first, second],
        }
    }
}

/// Asked only where both the color and the shape are seen, so that neither alone gives the answer away.
fn is_there(what: &Description, scene: &Scene) -> Option<&'static str> {
    let seen = halves(what).iter().all(|half| scene.fitting(half).next().is_some());
    seen.then(|| NO_OR_YES[usize::from(scene.fitting(what).next().is_some())])
}

/// The color alone and the shape alone.
fn halves(what: &Description) -> [Description; 2] {
    let free = Description::default();
    [Description { color: what.color, ..free }, Description { kind: what.kind, ..free }]
}

/// Another color and shape.
fn other_than(first: Description, draws: &mut Stream) -> Description {
    loop {
        let (color, kind) = (Some(*draws.choose(&Color::ALL)), Some(*draws.choose(&Kind::ALL)));
        let second = Description { color, kind, ..first };
        if second != first {
            return second;
        }
    }
}
