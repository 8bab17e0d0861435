//! Examples one after the other in few buffers. Of millions of short lists, what surrounds each would weigh more than what is in it.

use std::ops::Range;

use super::{Conversation, Example, Pair};

/// Many examples in little memory, made anew whenever they are wanted.
#[derive(Clone, Debug)]
pub struct Shelf<Item: Shelved> {
    lists: Lists,
    beside: Vec<Item::Beside>,
}

/// What lies on a shelf: two lists of small numbers, and something beside them.
pub trait Shelved {
    type Beside;
    fn apart(self) -> ([Vec<u32>; 2], Self::Beside);
    fn together(lists: [Vec<u32>; 2], beside: &Self::Beside) -> Self;
}

/// Lists of numbers, two bytes each for as long as they allow it.
#[derive(Clone, Debug)]
struct Lists {
    numbers: Numbers,
    /// Where each list ends.
    ends: Vec<usize>,
}

#[derive(Clone, Debug)]
enum Numbers {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl<Item: Shelved> Shelf<Item> {
    pub fn len(&self) -> usize {
        self.beside.len()
    }

    pub fn is_empty(&self) -> bool {
        self.beside.is_empty()
    }

    /// The example with this number.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn get(&self, item: usize) -> Item {
        Item::together([2 * item, 2 * item + 1].map(|list| self.lists.get(list)), &self.beside[item])
    }

    /// Of portions of so many examples the one with this number; nothing behind the end.
    pub fn portion(&self, index: usize, size: usize) -> Vec<Item> {
        let start = index.saturating_mul(size).min(self.len());
        (start..self.len().min(start.saturating_add(size))).map(|item| self.get(item)).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = Item> {
        (0..self.len()).map(|item| self.get(item))
    }

    /// What lies beside the lists of each.
    pub fn beside(&self) -> &[Item::Beside] {
        &self.beside
    }
}

impl<Target: Clone> Shelf<Example<Target>> {
    /// The same with other targets.
    pub fn with<Other: Clone>(self, target: impl FnMut(Target) -> Other) -> Shelf<Example<Other>> {
        Shelf { lists: self.lists, beside: self.beside.into_iter().map(target).collect() }
    }
}

impl<Item: Shelved> Default for Shelf<Item> {
    fn default() -> Self {
        Self { lists: Lists { numbers: Numbers::Narrow(Vec::new()), ends: Vec::new() }, beside: Vec::new() }
    }
}

impl<Item: Shelved> Extend<Item> for Shelf<Item> {
    fn extend<Items: IntoIterator<Item = Item>>(&mut self, items: Items) {
        for item in items {
            let (lists, beside) = item.apart();
            lists.iter().for_each(|list| self.lists.push(list));
            self.beside.push(beside);
        }
    }
}

impl<Item: Shelved> FromIterator<Item> for Shelf<Item> {
    fn from_iter<Items: IntoIterator<Item = Item>>(items: Items) -> Self {
        let mut shelf = Self::default();
        shelf.extend(items);
        shelf
    }
}

impl Lists {
    fn push(&mut self, list: &[u32]) {
        self.numbers.extend(list);
        self.ends.push(self.numbers.len());
    }

    fn get(&self, list: usize) -> Vec<u32> {
        let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.numbers.get(start..self.ends[list])
    }
}

impl Numbers {
    fn len(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.len(),
            Self::Wide(numbers) => numbers.len(),
        }
    }

    fn extend(&mut self, list: &[u32]) {
        match self {
            Self::Narrow(numbers) if list.iter().all(|number| *number <= u32::from(u16::MAX)) => {
                numbers.extend(list.iter().map(|number| *number as u16));
            }
            Self::Narrow(numbers) => {
                let widened = numbers.iter().map(|number| u32::from(*number)).chain(list.iter().copied());
                *self = Self::Wide(widened.collect());
            }
            Self::Wide(numbers) => numbers.extend_from_slice(list),
        }
    }

    fn get(&self, places: Range<usize>) -> Vec<u32> {
        match self {
            Self::Narrow(numbers) => numbers[places].iter().map(|number| u32::from(*number)).collect(),
            Self::Wide(numbers) => numbers[places].to_vec(),
        }
    }
}

impl Shelved for Pair {
    type Beside = ();

    fn apart(self) -> ([Vec<u32>; 2], ()) {
        ([self.source, self.target], ())
    }

    fn together([source, target]: [Vec<u32>; 2], (): &()) -> Self {
        Self { source, target }
    }
}

/// Of a text alone, whose tokens are all of the first kind, no kinds are kept.
impl<Target: Clone> Shelved for Example<Target> {
    type Beside = Target;

    fn apart(self) -> ([Vec<u32>; 2], Target) {
        let alone = self.kinds.len() == self.ids.len() && self.kinds.iter().all(|kind| *kind == 0);
        ([self.ids, if alone { Vec::new() } else { self.kinds }], self.target)
    }

    fn together([ids, kinds]: [Vec<u32>; 2], target: &Target) -> Self {
        let kinds = if kinds.is_empty() { vec![0; ids.len()] } else { kinds };
        Self { ids, kinds, target: target.clone() }
    }
}

/// Targets are kept as one more than they are, so that what is not asked for is a small number too.
impl Shelved for Conversation {
    type Beside = bool;

    fn apart(self) -> ([Vec<u32>; 2], bool) {
        ([self.inputs, self.targets.iter().map(|target| target.wrapping_add(1) as u32).collect()], self.cut)
    }

    fn together([inputs, targets]: [Vec<u32>; 2], cut: &bool) -> Self {
        let targets = targets.iter().map(|target| (*target as i32).wrapping_sub(1)).collect();
        Self { inputs, targets, cut: *cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IGNORED;

    fn pair(source: &[u32], target: &[u32]) -> Pair {
        Pair { source: source.to_vec(), target: target.to_vec() }
    }

    #[test]
    fn what_is_put_there_comes_back() {
        for large in [7, 65_535, 65_536, u32::MAX] {
            let pairs = [pair(&[1, 2, 3], &[]), pair(&[], &[large, 5]), pair(&[9], &[11, 13])];
            let shelf: Shelf<Pair> = pairs.iter().cloned().collect();
            assert!(shelf.iter().eq(pairs.iter().cloned()) && shelf.len() == 3, "{large}");
            assert_eq!(
                (shelf.get(2), shelf.portion(1, 2), shelf.portion(2, 2)),
                (pairs[2].clone(), vec![pairs[2].clone()], vec![])
            );
            assert_eq!(matches!(shelf.lists.numbers, Numbers::Wide(_)), large > 65_535);
        }
    }

    #[test]
    fn kinds_and_targets_come_back() {
        let example = |kinds: &[u32], target| Example { ids: vec![3, 5, 7], kinds: kinds.to_vec(), target };
        let examples = [example(&[0, 0, 0], 1), example(&[0, 1, 1], 0)];
        let shelf: Shelf<Example<usize>> = examples.iter().cloned().collect();
        assert!(shelf.iter().eq(examples.iter().cloned()));
        assert_eq!(shelf.with(|target| target == 1).beside(), [true, false]);
        let conversation = Conversation { inputs: vec![2, 3], targets: vec![IGNORED, 65_535], cut: true };
        let shelf: Shelf<Conversation> = [conversation.clone()].into_iter().collect();
        assert_eq!((shelf.get(0), shelf.beside()), (conversation, [true].as_slice()));
    }
}
