use ::parquet::basic::Compression;
use ::parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use ::parquet::file::properties::{WriterProperties, WriterVersion};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};

use super::*;
use crate::Picture;

pub(super) const LAYOUTS: [&str; 9] =
    ["v1-none", "v1-snappy", "v1-gzip", "v1-zstd", "v1-lz4", "v2-zstd", "v2-plain", "delta", "delta-v1"];

pub(super) fn golden(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/rows")).join(name)
}

/// A cell as `scripts/golden/rows.py` spells it.
fn spelled(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Integer(integer) => json!(integer),
        Cell::Number(number) => json!(number),
        Cell::List(cells) => cells.iter().map(spelled).collect(),
        Cell::Record(cells) => cells.iter().map(|(name, cell)| (name.clone(), spelled(cell))).collect(),
        Cell::Picture(Picture::Encoded(bytes)) => json!({ "bytes": bytes }),
        Cell::Picture(_) => unreachable!("parquet holds encoded pictures only"),
    }
}

/// What Python wrote, in the cells that this crate makes of it: no truth, no typeless text, no name of a picture.
fn expected(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("spam", Value::Bool(truth)) => json!(u8::from(*truth)),
        ("plain", _) => json!("plain"),
        ("image", Value::Object(image)) => image["bytes"].clone(),
        ("large", Value::Number(number)) if !number.is_i64() => json!(number.as_f64()),
        _ => value.clone(),
    }
}

#[test]
fn every_layout_of_pyarrow_gives_the_same_rows() {
    let text = std::fs::read_to_string(golden("rows.json")).expect("a golden file");
    let golden_rows: Value = serde_json::from_str(&text).expect("JSON");
    let golden_rows = golden_rows["rows"].as_array().expect("a list");
    for layout in LAYOUTS {
        let rows = rows(&golden(&format!("{layout}.parquet")), &Format::Parquet).expect(layout);
        let rows: Vec<Row> = rows.collect::<Result<_, _>>().expect(layout);
        assert_eq!(rows.len(), golden_rows.len());
        for (row, golden) in rows.iter().zip(golden_rows) {
            for (name, cell) in &row.cells {
                assert_eq!(spelled(cell), expected(name, &golden[&**name]), "{layout}, {}, {name}", row.place.line);
            }
        }
        assert_eq!(rows.iter().map(|row| row.place.line).collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
    }
}

/// A file of two columns and `groups` row groups of three rows.
fn written(properties: WriterProperties, groups: usize) -> Vec<u8> {
    let schema = parse_message_type("message m { required int64 n; required binary text (UTF8); }").expect("a schema");
    let mut writer = SerializedFileWriter::new(Vec::new(), schema.into(), properties.into()).expect("in memory");
    for group in 0..groups as i64 {
        let mut rows = writer.next_row_group().expect("in memory");
        let mut column = rows.next_column().expect("in memory").expect("the first column");
        column
            .typed::<Int64Type>()
            .write_batch(&[3 * group, 3 * group + 1, 3 * group + 2], None, None)
            .expect("written");
        column.close().expect("in memory");
        let mut column = rows.next_column().expect("in memory").expect("the second column");
        let texts = ["same", "other", "same"].map(ByteArray::from);
        column.typed::<ByteArrayType>().write_batch(&texts, None, None).expect("written");
        column.close().expect("in memory");
        rows.close().expect("in memory");
    }
    writer.into_inner().expect("in memory")
}

#[test]
fn what_the_crate_writes_reads_back() {
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        for dictionary in [true, false] {
            let properties = WriterProperties::builder().set_writer_version(version).set_dictionary_enabled(dictionary);
            let content = written(properties.set_compression(Compression::SNAPPY).build(), 4);
            let rows = read(&Format::Parquet, &content).expect("read");
            let numbers: Vec<i64> = rows.iter().map(|row| row.integer("n").expect("a number")).collect();
            assert_eq!(numbers, (0..12).collect::<Vec<_>>());
            assert!(rows.chunks(3).all(|rows| texts_of(rows) == ["same", "other", "same"]));
        }
    }
}

fn texts_of(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.text("text").expect("a text")).collect()
}

fn plain() -> Vec<u8> {
    written(WriterProperties::builder().build(), 1)
}

#[test]
fn cut_and_foreign_files_are_damaged() {
    let told = |reason: &str| {
        format!("FOLDER/file cannot be read as parquet ({reason}); get the file again, or write it anew")
    };
    let content = plain();
    assert_eq!(error(&Format::Parquet, b""), told("it is too short"));
    assert_eq!(error(&Format::Parquet, b"PAR1 and nothing else"), told("it does not end as such files do"));
    assert_eq!(error(&Format::Parquet, &content[..content.len() - 1]), told("it does not end as such files do"));
    let huge = [b"PAR1".as_slice(), &u32::MAX.to_le_bytes(), b"PAR1"].concat();
    assert_eq!(
        error(&Format::Parquet, &huge),
        told("its footer of 4294967295 bytes is larger than the file or 16777216 bytes")
    );
    let behind = [&content[..4], &content[200..]].concat();
    let behind = error(&Format::Parquet, &behind);
    assert!(behind.starts_with("FOLDER/file"), "{behind}");
}

/// A footer whose schema has these counts of children, as thrift's compact protocol writes it.
fn nested(children: &[u32]) -> Vec<u8> {
    let mut footer = vec![0x15, 2, 0x19, 0xfc];
    footer.extend(variable(children.len() as u64));
    for count in children {
        // Field 3, repetition; field 4, a name of one byte; field 5, the children.
        footer.extend([0x35, 0, 0x18, 1, b'a', 0x15]);
        footer.extend(variable(2 * u64::from(*count)));
        footer.push(0);
    }
    footer.extend([0x16, 2, 0x19, 0x0c, 0]);
    let length = (footer.len() as u32).to_le_bytes();
    [b"PAR1".as_slice(), &footer, &length, b"PAR1"].concat()
}

fn variable(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[test]
fn a_schema_that_would_exhaust_the_reader_is_refused_before() {
    let expected = "FOLDER/file cannot be read as parquet (the footer's schema is damaged, or too deep); get the file again, or \
                    write it anew";
    assert_eq!(error(&Format::Parquet, &nested(&[i32::MAX as u32, 0])), expected);
    let mut deep = vec![1; 1_000_000];
    deep.push(0);
    assert_eq!(error(&Format::Parquet, &nested(&deep)), expected);
    assert_eq!(read(&Format::Parquet, &nested(&[1, 1, 0])).expect("a sound schema"), []);
}

#[test]
fn a_column_that_the_crate_cannot_convert_is_an_error() {
    let schema = parse_message_type("message m { required fixed_len_byte_array(12) x (INTERVAL); }").expect("a schema");
    let properties = WriterProperties::builder().build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema.into(), properties.into()).expect("in memory");
    let mut rows = writer.next_row_group().expect("in memory");
    let mut column = rows.next_column().expect("in memory").expect("one column");
    let value = ::parquet::data_type::FixedLenByteArray::from(vec![0; 12]);
    column.typed::<::parquet::data_type::FixedLenByteArrayType>().write_batch(&[value], None, None).expect("written");
    column.close().expect("in memory");
    rows.close().expect("in memory");
    let error = error(&Format::Parquet, &writer.into_inner().expect("in memory"));
    assert!(error.starts_with("FOLDER/file:1: the row cannot be read (not implemented: Conversion for"), "{error}");
}
