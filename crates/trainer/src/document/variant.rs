//! Enums: a bare name, or a table with the name as its only key.

use serde::{
    Deserializer,
    de::{DeserializeSeed, EnumAccess, VariantAccess, Visitor},
};

use super::{
    Origin,
    fault::{Fault, excerpt, found},
    nearest::listed,
    reader::{Reader, read, read_key},
    tree::{Content, Node},
};

pub(super) struct Variant<'de> {
    name: &'de str,
    origin: &'de Origin,
    payload: Option<&'de Node>,
}

impl<'de> Variant<'de> {
    pub(super) fn of(node: &'de Node, variants: &[&str]) -> Result<Self, Fault> {
        match &node.content {
            Content::Text(name) => Ok(Self { name, origin: &node.origin, payload: None }),
            Content::Table(table) => match (table.first_key_value(), table.len()) {
                (Some((name, entry)), 1) => Ok(Self { name, origin: &entry.key, payload: Some(&entry.node) }),
                (_, count) => {
                    let wanted = format_args!("a table with exactly one of {}", listed(variants)).to_string();
                    Err(Fault::wants(wanted, format_args!("{count} keys")))
                }
            },
            _ => Err(Fault::wants(format!("one of {}", listed(variants)), found(node.unexpected()))),
        }
    }

    fn payload(&self) -> Result<&'de Node, Fault> {
        let name = self.name;
        let lacks = || Fault::wants(format_args!("a table `{{ {name} = … }}`"), format_args!("only {}", excerpt(name)));
        self.payload.ok_or_else(lacks)
    }

    /// Runs `read` on the payload, whose faults lie there.
    fn within<T>(self, read: impl FnOnce(&'de Node) -> Result<T, Fault>) -> Result<T, Fault> {
        let payload = self.payload()?;
        read(payload).map_err(|fault| fault.of(payload).under(self.name))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        Ok((read_key(seed, self.name, self.origin)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.payload {
            None => Ok(()),
            Some(_) => Err(Fault::wants(format_args!("only {}", excerpt(self.name)), "a table")),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        self.within(|node| read(seed, node))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.within(|node| Reader(node).deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.within(|node| Reader(node).deserialize_struct("", fields, visitor))
    }
}
