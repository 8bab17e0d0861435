//! What is done with foreign bytes, by the fuzzer and by the tests of what it kept.
#![allow(dead_code, reason = "each target of the fuzzer does one of them")]

use std::fs;
use std::path::Path;

use attentive_data::{
    ChatTemplate, DataError, Encoding, Format, Header, Quoting, Row, Separated, Tokenizer, Turn, rows as rows_of,
};
use tempfile::TempDir;

/// Between the files of one case.
const NEXT: &[u8] = b"\n---\n";
/// Errors quote what a file holds, and stay readable.
const LONGEST: usize = 4000;
const TEXTS: [&str; 3] = ["", "Hello wörld, <s> 12.5 to 7!", " \u{2581}ab\u{301} \u{1f642}\n\tAB ##ab [CLS] "];
/// Tokens of a sentence with those around it.
const MOST: usize = 12;

/// A `tokenizer.json`.
pub(crate) fn tokenizer(bytes: &[u8]) {
    if let Ok(json) = std::str::from_utf8(bytes) {
        used(Tokenizer::from_json(json, Path::new("tokenizer.json")));
    }
}

/// A model of SentencePiece.
pub(crate) fn pieces(bytes: &[u8]) {
    let home = home(&[("spiece.model", bytes)]);
    used(Tokenizer::load(home.path()));
}

/// Other files that tokenizers come as, as the first byte says.
pub(crate) fn vocabulary(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let names: &[&str] = match first % 4 {
        0 => &["vocab.txt", "tokenizer_config.json"],
        1 => &["vocab.json", "merges.txt", "special_tokens_map.json"],
        2 => &["source.spm", "target.spm", "vocab.json", "tokenizer_config.json"],
        _ => &["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"],
    };
    let files: Vec<(&str, &[u8])> = names.iter().copied().zip(parts(rest)).collect();
    let home = home(&files);
    used(Tokenizer::load(home.path()));
}

/// A chat template beside a tokenizer of few words.
pub(crate) fn template(bytes: &[u8]) {
    let words = br#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"</s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,"model":{"type":"WordLevel","vocab":{"</s>":0,"a":1,"b":2},"unk_token":"</s>"}}"#;
    let home = home(&[("tokenizer.json", words), ("chat_template.jinja", bytes)]);
    if let Ok(tokenizer) = Tokenizer::load(home.path()) {
        chatted(&tokenizer);
    }
}

/// Rows of text, as the first byte says.
pub(crate) fn rows(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let bit = |number: u8| first >> number & 1 == 1;
    let separated = Separated {
        delimiter: bit(6).then_some(b';'),
        header: if bit(3) { Header::None } else { Header::Names },
        quoting: if bit(4) { Quoting::Off } else { Quoting::On },
        encoding: if bit(5) { Encoding::Latin1 } else { Encoding::Utf8 },
    };
    let format = match first % 5 {
        0 => Format::Csv(separated),
        1 => Format::Tsv(separated),
        2 => Format::Jsonl,
        3 => Format::Json,
        _ => Format::Text(separated.encoding),
    };
    all_rows(rest, &format);
}

/// A Parquet file.
pub(crate) fn parquet(bytes: &[u8]) {
    all_rows(bytes, &Format::Parquet);
}

fn all_rows(bytes: &[u8], format: &Format) {
    let home = home(&[("rows", bytes)]);
    match rows_of(&home.path().join("rows"), format) {
        Ok(rows) => rows.take(1 << 16).for_each(|row| match row {
            Ok(row) => looked_at(&row),
            Err(error) => told(&error),
        }),
        Err(error) => told(&error),
    }
}

fn looked_at(row: &Row) {
    Turn::of(row).map_or_else(|error| told(&error), drop);
}

/// All that a tokenizer is asked, none of which may panic or tell of an id that it does not have.
fn used(read: Result<Tokenizer, DataError>) {
    let tokenizer = match read {
        Ok(tokenizer) => tokenizer,
        Err(error) => return told(&error),
    };
    let known = |ids: &[u32]| ids.iter().all(|&id| (id as usize) < tokenizer.vocabulary());
    for text in TEXTS {
        for ids in [tokenizer.encode(text), tokenizer.encode_target(text)].into_iter().flatten() {
            assert!(known(&ids), "{ids:?} of {}", tokenizer.vocabulary());
            let _ = tokenizer.decode(&ids);
            let mut stream = tokenizer.stream();
            ids.iter().for_each(|&id| drop(stream.push(id)));
            let _ = stream.finish();
        }
        let sentence = tokenizer.encode_sentence(text, MOST);
        for encoded in [sentence, tokenizer.encode_pair(text, TEXTS[1], MOST)].into_iter().flatten() {
            assert!(known(&encoded.ids), "{:?} of {}", encoded.ids, tokenizer.vocabulary());
            assert!(encoded.ids.len() <= MOST && encoded.kinds.len() == encoded.ids.len());
        }
        if let Ok(encoded) = tokenizer.encode_placed(text) {
            assert!(encoded.places.iter().all(|&(from, to)| text.get(from..to).is_some()), "{:?}", encoded.places);
        }
    }
    assert!(known(&tokenizer.special()) && tokenizer.around().map_or(true, |around| known(&around.concat())));
    assert!(tokenizer.closing().is_none_or(|id| known(&[id])));
    drop(tokenizer.names());
    chatted(&tokenizer);
    Tokenizer::from_json(&tokenizer.to_json(), Path::new("again")).expect("it was read from that");
}

fn chatted(tokenizer: &Tokenizer) {
    let turns = [Turn::system("be"), Turn::user("a"), Turn::assistant("b")];
    match ChatTemplate::of(tokenizer) {
        Ok(template) => {
            let _ = template.asked(&turns[..2], tokenizer);
            if let Ok((whole, places)) = template.answers(&turns) {
                assert!(places.into_iter().all(|place| whole.get(place).is_some()));
            }
        }
        Err(error) => told(&error),
    }
}

fn told(error: &DataError) {
    let length = error.to_string().len();
    assert!(length <= LONGEST, "{length} bytes");
}

fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while let Some(end) = rest.windows(NEXT.len()).position(|found| found == NEXT) {
        parts.push(&rest[..end]);
        rest = &rest[end + NEXT.len()..];
    }
    parts.push(rest);
    parts
}

/// A folder in memory, where there is such a place.
fn home(files: &[(&str, &[u8])]) -> TempDir {
    let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder");
    for (name, bytes) in files {
        fs::write(home.path().join(name), bytes).expect("a temporary folder can be written to");
    }
    home
}
