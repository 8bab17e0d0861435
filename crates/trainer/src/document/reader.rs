//! Serde's view of the tree.

use std::{collections::btree_map, fmt, iter::Enumerate, slice};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor, value::BorrowedStrDeserializer},
    forward_to_deserialize_any,
};

use super::{
    Origin,
    fault::{Fault, found},
    tree::{Content, Entry, Node},
    variant::Variant,
};

/// Deserializes from a node. Faults leave it placed.
pub(super) fn read<'de, S: DeserializeSeed<'de>>(seed: S, node: &'de Node) -> Result<S::Value, Fault> {
    seed.deserialize(Reader(node)).map_err(|fault| fault.of(node))
}

#[derive(Clone, Copy)]
pub(super) struct Reader<'de>(pub(super) &'de Node);

impl Reader<'_> {
    fn wants(self, wanted: impl fmt::Display) -> Fault {
        Fault::wants(wanted, found(self.0.unexpected()))
    }

    fn whole<T: TryFrom<i64>>(self, range: &str) -> Result<T, Fault> {
        match self.0.content {
            Content::Whole(whole) => T::try_from(whole).map_err(|_| self.wants(format_args!("a whole number {range}"))),
            _ => Err(self.wants("a whole number")),
        }
    }

    fn number(self) -> Result<f64, Fault> {
        match self.0.content {
            Content::Number(number) => Ok(number),
            Content::Whole(whole) => Ok(whole as f64),
            _ => Err(self.wants("a number")),
        }
    }
}

/// The range of a type in words; what no TOML number exceeds goes unsaid.
fn range(least: i128, most: i128) -> String {
    if most >= i128::from(i64::MAX) { format!("of at least {least}") } else { format!("from {least} to {most}") }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.whole(&range($type::MIN as i128, $type::MAX as i128))?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Fault;

    whole_numbers!(
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64, deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64
    );

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.content {
            Content::Text(text) => visitor.visit_borrowed_str(text),
            Content::Whole(whole) if *whole >= 0 => visitor.visit_u64(whole.unsigned_abs()),
            Content::Whole(whole) => visitor.visit_i64(*whole),
            Content::Number(number) => visitor.visit_f64(*number),
            Content::Truth(truth) => visitor.visit_bool(*truth),
            Content::Date(_) => Err(Fault::invalid_type(self.0.unexpected(), &visitor)),
            Content::List(_) => self.deserialize_seq(visitor),
            Content::Table(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.content {
            Content::Truth(truth) => visitor.visit_bool(truth),
            _ => Err(self.wants("true or false")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f32(self.number()? as f32)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.content {
            Content::Text(text) => visitor.visit_borrowed_str(text),
            _ => Err(self.wants("a string")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    /// TOML has no null: what is written is there.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.content {
            Content::List(nodes) => visitor.visit_seq(Items(nodes.iter().enumerate())),
            _ => Err(self.wants("a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.content {
            Content::List(nodes) if nodes.len() != length => {
                Err(Fault::wants(format_args!("a list of {length}"), format_args!("of {}", nodes.len())))
            }
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.content {
            Content::Table(table) => visitor.visit_map(Entries { rest: table.iter(), value: None }),
            _ => Err(self.wants("a table")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(Variant::of(self.0, variants)?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf unit unit_struct identifier }
}

/// A key, whose faults lie at the key and not at its value.
pub(super) fn read_key<'de, S: DeserializeSeed<'de>>(
    seed: S,
    key: &'de str,
    origin: &Origin,
) -> Result<S::Value, Fault> {
    seed.deserialize(BorrowedStrDeserializer::new(key)).map_err(|fault: Fault| fault.at(origin))
}

struct Items<'de>(Enumerate<slice::Iter<'de, Node>>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let item = self.0.next().map(|(index, node)| read(seed, node).map_err(|fault| fault.inside(index)));
        item.transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de> {
    rest: btree_map::Iter<'de, String, Entry>,
    /// The entry whose key was read last.
    value: Option<(&'de str, &'de Node)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((key, entry)) = self.rest.next() else { return Ok(None) };
        self.value = Some((key, &entry.node));
        read_key(seed, key, &entry.key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (key, node) = self.value.take().expect("serde asks for a key before its value");
        read(seed, node).map_err(|fault| fault.under(key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}
