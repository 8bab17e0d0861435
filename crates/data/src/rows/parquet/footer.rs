//! The footer's schema, checked before the crate reads it: that crate goes down the tree by recursion, and reserves memory for
//! as many children as a node says that it has.
//!
//! Only the shape is followed: FileMetaData's field 2 is the list of nodes, depth first, and field 5 of a node its number of
//! children (`parquet.thrift` of the format), in Thrift's compact protocol.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

const MAGIC: &[u8; 4] = b"PAR1";
const TAIL: u64 = 8;
/// The largest footer, in bytes. It grows with columns and row groups, not with rows.
const LARGEST: u64 = 16 << 20;
/// How deep lists and records may lie in each other. Files of real data need a handful.
const DEEPEST: usize = 64;
const SCHEMA: i64 = 2;
const CHILDREN: i64 = 5;

/// Leaves the file where it was found, or says what is wrong.
pub(super) fn check(file: &mut File) -> Result<(), String> {
    let footer = footer(file)?;
    file.rewind().map_err(|error| error.to_string())?;
    let mut thrift = Thrift { bytes: &footer };
    thrift.metadata().ok_or_else(|| "the footer's schema is damaged, or too deep".to_owned())
}

fn footer(file: &mut File) -> Result<Vec<u8>, String> {
    let seek = |file: &mut File, place| file.seek(place).map_err(|error| error.to_string());
    let length = seek(file, SeekFrom::End(0))?;
    if length < TAIL + MAGIC.len() as u64 {
        return Err("it is too short".to_owned());
    }
    seek(file, SeekFrom::End(-(TAIL as i64)))?;
    let mut tail = [0; TAIL as usize];
    file.read_exact(&mut tail).map_err(|error| error.to_string())?;
    let [first, second, third, fourth, magic @ ..] = tail;
    let size = u64::from(u32::from_le_bytes([first, second, third, fourth]));
    if magic != *MAGIC {
        return Err("it does not end as such files do".to_owned());
    }
    if size > LARGEST || size + TAIL > length {
        return Err(format!("its footer of {size} bytes is larger than the file or {LARGEST} bytes"));
    }
    seek(file, SeekFrom::Start(length - TAIL - size))?;
    let mut footer = vec![0; size as usize];
    file.read_exact(&mut footer).map_err(|error| error.to_string())?;
    Ok(footer)
}

/// A reader of the compact protocol. `None` says that the bytes are not in it.
struct Thrift<'a> {
    bytes: &'a [u8],
}

/// The protocol's numbers of types.
mod types {
    pub(super) const STOP: u8 = 0;
    pub(super) const TRUE: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const BYTE: u8 = 3;
    pub(super) const SHORT: u8 = 4;
    pub(super) const LONG: u8 = 6;
    pub(super) const DOUBLE: u8 = 7;
    pub(super) const BINARY: u8 = 8;
    pub(super) const LIST: u8 = 9;
    pub(super) const SET: u8 = 10;
    pub(super) const MAP: u8 = 11;
    pub(super) const STRUCT: u8 = 12;
}

impl Thrift<'_> {
    fn metadata(&mut self) -> Option<()> {
        let mut id = 0;
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (SCHEMA, types::LIST) => self.schema()?,
                _ => self.skip(kind, DEEPEST)?,
            }
        }
        Some(())
    }

    /// Follows the tree of nodes without recursion: `open` holds how many children are still to come at each depth.
    fn schema(&mut self) -> Option<()> {
        let (_, nodes) = self.list()?;
        let mut open: Vec<u64> = Vec::new();
        for seen in 1..=nodes {
            let children = self.children()?;
            if let Some(left) = open.last_mut() {
                *left = left.checked_sub(1)?;
            }
            open.push(children);
            (children <= nodes - seen && open.len() <= DEEPEST).then_some(())?;
            while open.pop_if(|left| *left == 0).is_some() {}
        }
        Some(())
    }

    /// Reads one node and returns how many children it says that it has.
    fn children(&mut self) -> Option<u64> {
        let (mut id, mut children) = (0, 0);
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (CHILDREN, types::SHORT..=types::LONG) => children = u64::try_from(self.integer()?).ok()?,
                _ => self.skip(kind, DEEPEST)?,
            }
        }
        Some(children)
    }

    /// The type of the next field of a struct, `Some(None)` at its end. `id` goes on to its number.
    fn field(&mut self, id: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == types::STOP {
            return Some(None);
        }
        let step = i64::from(head >> 4);
        *id = if step == 0 { self.integer()? } else { id.checked_add(step)? };
        Some(Some(head & 0x0f))
    }

    /// The type and the number of a list's elements.
    fn list(&mut self) -> Option<(u8, u64)> {
        let head = self.byte()?;
        let length = if head >> 4 == 0x0f { self.unsigned()? } else { u64::from(head >> 4) };
        Some((head & 0x0f, length))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            types::TRUE | types::FALSE => Some(()),
            types::BYTE => self.byte().map(drop),
            types::SHORT..=types::LONG => self.unsigned().map(drop),
            types::DOUBLE => self.take(8),
            types::BINARY => self.unsigned().and_then(|length| self.take(length)),
            types::LIST | types::SET => {
                let (kind, length) = self.list()?;
                (0..length).try_for_each(|_| self.skip_element(kind, depth))
            }
            types::MAP => self.skip_map(depth),
            types::STRUCT => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// In lists and maps, unlike in structs, truth takes a byte, so that every element takes at least one.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Option<()> {
        if matches!(kind, types::TRUE | types::FALSE) { self.byte().map(drop) } else { self.skip(kind, depth) }
    }

    fn skip_map(&mut self, depth: usize) -> Option<()> {
        let length = self.unsigned()?;
        let kinds = if length == 0 { 0 } else { self.byte()? };
        (0..length).try_for_each(|_| {
            self.skip_element(kinds >> 4, depth)?;
            self.skip_element(kinds & 0x0f, depth)
        })
    }

    fn take(&mut self, count: u64) -> Option<()> {
        self.bytes = self.bytes.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn unsigned(&mut self) -> Option<u64> {
        super::pages::variable(&mut self.bytes)
    }

    /// Zigzag: the lowest bit is the sign.
    fn integer(&mut self) -> Option<i64> {
        self.unsigned().map(|bits| (bits >> 1) as i64 ^ -((bits & 1) as i64))
    }
}
