//! The objects of a scene and the words for them.

use attentive_random::Stream;

use super::SIDE;
use crate::drawing::Point;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    Small,
    Large,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Color {
    Red,
    Green,
    Blue,
    Yellow,
    Purple,
    White,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Circle,
    Square,
    Triangle,
    Star,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Object {
    pub size: Size,
    pub color: Color,
    pub kind: Kind,
    /// Right and down, in pixels from the upper left corner.
    pub center: Point,
}

/// What is said of an object; what is not said is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Description {
    pub size: Option<Size>,
    pub color: Option<Color>,
    pub kind: Option<Kind>,
}

impl Size {
    pub const ALL: [Self; 2] = [Self::Small, Self::Large];

    pub const fn name(self) -> &'static str {
        ["small", "large"][self as usize]
    }

    /// Of the circle around the object, in pixels.
    pub(super) const fn radius(self) -> f32 {
        [4.5, 8.5][self as usize]
    }
}

impl Color {
    pub const ALL: [Self; 6] = [Self::Red, Self::Green, Self::Blue, Self::Yellow, Self::Purple, Self::White];

    pub const fn name(self) -> &'static str {
        ["red", "green", "blue", "yellow", "purple", "white"][self as usize]
    }
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Circle, Self::Square, Self::Triangle, Self::Star];

    pub const fn name(self) -> &'static str {
        ["circle", "square", "triangle", "star"][self as usize]
    }
}

impl Object {
    /// An object that fits a description, anywhere on the picture.
    pub(super) fn draw(draws: &mut Stream, description: &Description) -> Self {
        let size = description.size.unwrap_or(*draws.choose(&Size::ALL));
        let color = description.color.unwrap_or(*draws.choose(&Color::ALL));
        let kind = description.kind.unwrap_or(*draws.choose(&Kind::ALL));
        let room = SIDE as f32 - 2.0 * size.radius();
        let center = [(); 2].map(|()| size.radius() + room * draws.uniform());
        Self { size, color, kind, center }
    }

    /// Everything that words can say of it.
    pub const fn description(&self) -> Description {
        Description { size: Some(self.size), color: Some(self.color), kind: Some(self.kind) }
    }
}

impl Description {
    /// Any size, color and shape.
    pub(super) fn whole(draws: &mut Stream) -> Self {
        let (size, color) = (draws.choose(&Size::ALL), draws.choose(&Color::ALL));
        Self { size: Some(*size), color: Some(*color), kind: Some(*draws.choose(&Kind::ALL)) }
    }

    /// A size, a color or a shape.
    pub(super) fn of_one_word(draws: &mut Stream) -> Self {
        let Self { size, color, kind } = Self::whole(draws);
        let free = Self::default();
        *draws.choose(&[Self { size, ..free }, Self { color, ..free }, Self { kind, ..free }])
    }

    pub fn fits(&self, object: &Object) -> bool {
        self.size.is_none_or(|size| size == object.size)
            && self.color.is_none_or(|color| color == object.color)
            && self.kind.is_none_or(|kind| kind == object.kind)
    }

    /// "large red circle", "red object"
    pub fn singular(&self) -> String {
        let noun = self.kind.map_or("object", Kind::name);
        let words = [self.size.map(Size::name), self.color.map(Color::name), Some(noun)];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// "large red circles"; all nouns take an s.
    pub fn plural(&self) -> String {
        self.singular() + "s"
    }

    /// The descriptions that say something else in one word.
    pub(super) fn neighbors(self) -> impl Iterator<Item = Self> {
        let sizes = others(&Size::ALL, self.size).map(move |size| Self { size, ..self });
        let colors = others(&Color::ALL, self.color).map(move |color| Self { color, ..self });
        let kinds = others(&Kind::ALL, self.kind).map(move |kind| Self { kind, ..self });
        sizes.chain(colors).chain(kinds)
    }
}

/// All other values, of what is said at all.
fn others<T: Copy + PartialEq>(all: &[T], said: Option<T>) -> impl Iterator<Item = Option<T>> {
    all.iter().copied().filter(move |value| said.is_some_and(|said| said != *value)).map(Some)
}
