use super::*;

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
