//! Fields of parquet as cells.

use std::sync::Arc;

use parquet::data_type::ByteArray;
use parquet::record::{Field, Row as Record};

use crate::rows::names::Names;
use crate::{Cell, Picture};

pub(super) const REMEDY: &str = "write the column as text or as floating-point numbers";

/// The cells of a record, or the problem with one.
pub(super) fn cells(record: Record, names: &mut Names) -> Result<Vec<(Arc<str>, Cell)>, String> {
    let fields = record.into_columns().into_iter().enumerate();
    fields.map(|(index, (name, field))| Ok((names.shared(index, &name), cell(field)?))).collect()
}

/// Truth is 1 or 0. Dates and times are the counts that are stored, since midnight or 1970.
fn cell(field: Field) -> Result<Cell, String> {
    Ok(match field {
        Field::Null => Cell::Missing,
        Field::Bool(truth) => Cell::Integer(truth.into()),
        Field::Byte(integer) => Cell::Integer(integer.into()),
        Field::Short(integer) => Cell::Integer(integer.into()),
        Field::Int(integer) | Field::Date(integer) | Field::TimeMillis(integer) => Cell::Integer(integer.into()),
        Field::Long(integer)
        | Field::TimeMicros(integer)
        | Field::TimestampMillis(integer)
        | Field::TimestampMicros(integer) => Cell::Integer(integer),
        Field::UByte(integer) => Cell::Integer(integer.into()),
        Field::UShort(integer) => Cell::Integer(integer.into()),
        Field::UInt(integer) => Cell::Integer(integer.into()),
        Field::ULong(integer) => i64::try_from(integer).map_or(Cell::Number(integer as f64), Cell::Integer),
        Field::Float16(number) => Cell::Number(number.to_f64()),
        Field::Float(number) => Cell::Number(number.into()),
        Field::Double(number) => Cell::Number(number),
        Field::Str(text) => Cell::Text(text),
        Field::Bytes(bytes) => text_or_picture(&bytes),
        Field::Group(record) => group(record)?,
        Field::ListInternal(list) => Cell::List(list.elements().iter().cloned().map(cell).collect::<Result<_, _>>()?),
        Field::MapInternal(map) => {
            let entries = map.entries().iter().cloned();
            let pair = |(key, value)| Ok(Cell::List(vec![cell(key)?, cell(value)?]));
            Cell::List(entries.map(pair).collect::<Result<_, String>>()?)
        }
        // Its digits could be as many as the file likes to say.
        Field::Decimal(_) => return Err("a decimal number is not read".to_owned()),
    })
}

/// Bytes without a type are text if they can be.
fn text_or_picture(bytes: &ByteArray) -> Cell {
    match str::from_utf8(bytes.data()) {
        Ok(text) => Cell::Text(text.to_owned()),
        Err(_) => encoded(bytes),
    }
}

fn encoded(bytes: &ByteArray) -> Cell {
    Cell::Picture(Picture::Encoded(bytes.data().to_vec()))
}

/// A record, or a picture if it has the two fields under which Hugging Face's `datasets` stores one. `path` is only the name that the
/// picture had before.
fn group(record: Record) -> Result<Cell, String> {
    let mut fields = record.into_columns();
    fields.sort_by(|(first, _), (second, _)| first.cmp(second));
    if let [(first, Field::Bytes(bytes)), (second, Field::Str(_) | Field::Null)] = fields.as_slice()
        && (first.as_str(), second.as_str()) == ("bytes", "path")
    {
        return Ok(encoded(bytes));
    }
    Ok(Cell::Record(fields.into_iter().map(|(name, field)| Ok((name, cell(field)?))).collect::<Result<_, String>>()?))
}
