use attentive_random::{Key, Stream};
use proptest::prelude::*;

use super::parquet::{LAYOUTS, golden};
use super::*;

const TEXTUAL: [Format; 5] = [
    Format::Text(Encoding::Utf8),
    Format::Jsonl,
    Format::Json,
    Format::Csv(Separated { delimiter: None, header: Header::Names, quoting: Quoting::On, encoding: Encoding::Utf8 }),
    Format::Tsv(Separated {
        delimiter: Some(b';'),
        header: Header::None,
        quoting: Quoting::Off,
        encoding: Encoding::Latin1,
    }),
];

proptest! {
    #[test]
    fn no_bytes_break_a_reader(content in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = Folder::new(&[("file", &content), ("captions.txt", &content), ("captions.json", &content)]);
        for format in TEXTUAL.iter().chain([&Format::Parquet]) {
            let _ = folder.rows("file", format);
        }
        let _ = folder.rows("captions.txt", &Format::ImageCaption);
        let _ = folder.rows("captions.json", &Format::ImageCaption);
    }

    #[test]
    fn no_text_breaks_a_reader(content in "[\\[\\]{}\",:\\\\a1\\n\\t\\r\0 #]{0,60}") {
        let folder = Folder::new(&[("file", content.as_bytes()), ("captions.txt", content.as_bytes())]);
        for format in &TEXTUAL {
            let _ = folder.rows("file", format);
        }
        let _ = folder.rows("captions.txt", &Format::ImageCaption);
    }
}

const MUTANTS: u64 = 120;

/// Files that were once sound, with some bytes altered, a stretch removed or the end cut off. The checksums of this format are
/// optional, so much of this is read as other data; nothing may panic, hang or take memory without bound. This takes seconds
/// because a thousand files are written and read.
#[test]
fn no_altered_parquet_breaks_the_reader() {
    let folder = Folder::new(&[]);
    let (mut sound, mut refused) = (0, 0);
    for layout in LAYOUTS {
        let content = std::fs::read(golden(&format!("{layout}.parquet"))).expect("a golden file");
        for index in 0..MUTANTS {
            let mutant = altered(&content, &mut Key::new(11).at(layout).nth(index).stream());
            folder.write("file", &mutant);
            let rows = rows(&folder.path("file"), &Format::Parquet)
                .and_then(|rows| rows.take(1000).collect::<Result<Vec<_>, _>>());
            if rows.is_ok() { sound += 1 } else { refused += 1 }
        }
    }
    assert!(sound > 0 && refused > MUTANTS, "{sound} read, {refused} refused: the alterations test nothing");
}

fn altered(content: &[u8], draws: &mut Stream) -> Vec<u8> {
    let mut mutant = content.to_vec();
    // Half of the alterations fall on the footer, which is a tenth of a real file and less.
    let from = if draws.chance(0.5) { content.len() / 2 } else { 0 };
    let place = |draws: &mut Stream| from + draws.below(content.len() - from);
    match draws.below(4) {
        0 => mutant.truncate(place(draws)),
        1 => drop(mutant.drain(place(draws)..).take(1 + draws.below(9)).count()),
        _ => (0..=draws.below(4)).for_each(|_| mutant[place(draws)] = draws.bits() as u8),
    }
    mutant
}
