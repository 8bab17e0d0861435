//! Protocol buffers as they lie in a file: numbered fields, one after the other, without what they mean.
//!
//! Only slices of the file are handed out, so that no length in it can ask for memory.

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bits(u32),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err("a field has another type than it should".to_owned()),
        }
    }

    pub(super) fn number(self) -> Result<u64, String> {
        match self {
            Self::Number(number) => Ok(number),
            _ => Err("a field has another type than it should".to_owned()),
        }
    }

    pub(super) fn float(self) -> Result<f32, String> {
        match self {
            Self::Bits(bits) => Ok(f32::from_bits(bits)),
            _ => Err("a field has another type than it should".to_owned()),
        }
    }
}

/// The fields of a message in the order of the file; after an error there are no more.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), String> {
        let key = self.variable()?;
        let value = match key & 7 {
            0 => Value::Number(self.variable()?),
            1 => Value::Bytes(self.take(8)?),
            2 => {
                let length = self.variable()?;
                Value::Bytes(self.take(length)?)
            }
            5 => {
                let bytes = self.take(4)?.first_chunk().expect("four bytes were taken");
                Value::Bits(u32::from_le_bytes(*bytes))
            }
            kind => return Err(format!("it has a field of the unknown type {kind}")),
        };
        Ok((key >> 3, value))
    }

    /// Seven bits a byte, the lowest first; the highest bit says that there is more.
    fn variable(&mut self) -> Result<u64, String> {
        let mut number = 0;
        for place in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << place;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("it has a number of more than 64 bits".to_owned())
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], String> {
        let taken = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let (taken, rest) = taken.ok_or_else(|| "it is cut short".to_owned())?;
        self.rest = rest;
        Ok(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(message: &[u8]) -> Result<Vec<(u64, Value<'_>)>, String> {
        Fields::of(message).collect()
    }

    // The first three are examples of the encoding's documentation (protobuf.dev/programming-guides/encoding).
    #[test]
    fn fields_are_read() {
        assert_eq!(fields(&[0x08, 0x96, 0x01]), Ok(vec![(1, Value::Number(150))]));
        assert_eq!(fields(b"\x12\x07testing"), Ok(vec![(2, Value::Bytes(b"testing"))]));
        assert_eq!(fields(b"\x1a\x03\x08\x96\x01"), Ok(vec![(3, Value::Bytes(b"\x08\x96\x01"))]));
        assert_eq!(fields(b"\x15\0\0\x80\x3f"), Ok(vec![(2, Value::Bits(1_f32.to_bits()))]));
        assert_eq!(fields(&[]), Ok(vec![]));
    }

    #[test]
    fn lengths_that_lie_are_errors() {
        let cut = Err("it is cut short".to_owned());
        assert_eq!(fields(b"\x12\x07test"), cut);
        assert_eq!(fields(&[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), cut);
        assert_eq!(fields(&[0x08]), cut);
        assert_eq!(fields(&[0x08, 0x80]), cut);
        assert_eq!(fields(&[0xff; 12]), Err("it has a number of more than 64 bits".to_owned()));
        assert_eq!(fields(&[0x0b]), Err("it has a field of the unknown type 3".to_owned()));
    }
}
