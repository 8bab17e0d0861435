use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
struct Data {
    format: Format,
}

fn format(value: &str) -> Result<Format, String> {
    let data = toml::from_str::<Data>(&format!("format = {value}"));
    data.map(|data| data.format).map_err(|error| error.message().to_owned())
}

#[test]
fn a_name_is_a_format_with_its_defaults() {
    assert_eq!(format("\"text\""), Ok(Format::Text(Encoding::Utf8)));
    assert_eq!(format("\"csv\""), Ok(Format::Csv(Separated::default())));
    assert_eq!(format("\"tsv\""), Ok(Format::Tsv(Separated::default())));
    let plain = [Format::Jsonl, Format::Json, Format::Parquet, Format::ImageFolder, Format::ImageCaption];
    let named = ["jsonl", "json", "parquet", "image-folder", "image-caption"];
    assert_eq!(named.map(|name| format(&format!("\"{name}\""))), plain.map(Ok));
}

#[test]
fn a_table_says_more() {
    let separated = Separated { header: Header::None, quoting: Quoting::Off, encoding: Encoding::Latin1 };
    let table = "{ kind = \"tsv\", header = \"none\", quoting = \"off\", encoding = \"latin-1\" }";
    assert_eq!(format(table), Ok(Format::Tsv(separated)));
    assert_eq!(format("{ kind = \"text\", encoding = \"latin-1\" }"), Ok(Format::Text(Encoding::Latin1)));
    assert_eq!(format("{ kind = \"parquet\" }"), Ok(Format::Parquet));
}

#[test]
fn what_says_nothing_is_an_error() {
    let unfit = |key| Err(format!("`{key}` says nothing about this kind of format; remove it"));
    assert_eq!(format("{ kind = \"jsonl\", header = \"none\" }"), unfit("header"));
    assert_eq!(format("{ kind = \"text\", quoting = \"on\" }"), unfit("quoting"));
    assert_eq!(format("{ kind = \"jsonl\", encoding = \"utf-8\" }"), unfit("encoding"));
    let unknown = format("\"cvs\"").expect_err("misspelled");
    assert!(unknown.starts_with("unknown variant `cvs`, expected one of `text`, `jsonl`"), "{unknown}");
    let unknown = format("{ kind = \"csv\", delimiter = \";\" }").expect_err("no such key");
    assert!(unknown.starts_with("unknown field `delimiter`, expected one of"), "{unknown}");
    assert!(format("3").is_err());
}

#[test]
fn the_name_of_a_file_tells_its_format() {
    let of = |name: &str| Format::of(Path::new(name)).expect("known");
    assert_eq!(of("a/b.TXT"), Format::Text(Encoding::Utf8));
    assert_eq!([of("a.jsonl"), of("a.ndjson.gz")], [Format::Jsonl, Format::Jsonl]);
    assert_eq!([of("a.csv.gz"), of("x.tsv")], [Format::Csv(Separated::default()), Format::Tsv(Separated::default())]);
    assert_eq!([of("a.json"), of("a.b.parquet")], [Format::Json, Format::Parquet]);
    let error = Format::of(Path::new("a.doc")).expect_err("unknown");
    assert_eq!(
        error.to_string(),
        "the name of a.doc does not tell its format; say `format = \"…\"`, one of `text`, `jsonl`, `json`, `csv`, `tsv`, \
         `parquet`, `image-folder` and `image-caption`"
    );
    assert!(Format::of(Path::new("gz")).is_err());
}

#[test]
fn a_folder_is_of_captions_or_of_classes() {
    let folder = Folder::new(&[("captioned/metadata.csv", b"file_name,text\n"), ("classes/a/1.png", b"")]);
    assert_eq!(Format::of(&folder.path("captioned")).expect("known"), Format::ImageCaption);
    assert_eq!(Format::of(&folder.path("classes")).expect("known"), Format::ImageFolder);
}
