//! Pages, checked before the crate decodes them: it reserves memory for as many values as a dictionary, or a run of packed
//! lengths, says that it has.

use parquet::basic::Encoding;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::RowGroupReader;
use parquet::record::reader::RowIter;
use parquet::schema::types::{ColumnDescriptor, Type};

/// The most values in a page whose lengths are packed. Writers end pages near a megabyte.
const MOST: u64 = 1 << 26;

/// A row group whose pages are checked.
pub(super) struct Checked<'a>(pub Box<dyn RowGroupReader + 'a>);

impl RowGroupReader for Checked<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.0.metadata()
    }

    fn num_columns(&self) -> usize {
        self.0.num_columns()
    }

    fn get_column_page_reader(&self, index: usize) -> Result<Box<dyn PageReader>> {
        let pages = self.0.get_column_page_reader(index)?;
        let levels = Levels::of(self.metadata().column(index).column_descr());
        Ok(Box::new(CheckedPages { pages, levels }))
    }

    fn get_column_bloom_filter(&self, index: usize) -> Option<&Sbbf> {
        self.0.get_column_bloom_filter(index)
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

struct CheckedPages {
    pages: Box<dyn PageReader>,
    levels: Levels,
}

/// How many kinds of levels precede the values of a page of the first version.
#[derive(Clone, Copy)]
struct Levels(usize);

impl Levels {
    fn of(column: &ColumnDescriptor) -> Self {
        Self([column.max_rep_level(), column.max_def_level()].into_iter().filter(|level| *level > 0).count())
    }

    /// The values behind the levels, each kind of which is preceded by its length in bytes.
    fn behind(self, mut page: &[u8]) -> Option<&[u8]> {
        for _ in 0..self.0 {
            let (length, rest) = page.split_first_chunk()?;
            page = rest.get(u32::from_le_bytes(*length) as usize..)?;
        }
        Some(page)
    }
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        match &page {
            Some(page) if !self.plausible(page) => {
                Err(ParquetError::General("a page says that it has more values than it holds".to_owned()))
            }
            _ => Ok(page),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

impl CheckedPages {
    fn plausible(&self, page: &Page) -> bool {
        match page {
            // No type that has dictionaries stores a value in less than a byte.
            Page::DictionaryPage { buf, num_values, .. } => *num_values as usize <= buf.len(),
            Page::DataPage { buf, encoding, num_values, .. } => {
                !packed(*encoding) || self.levels.behind(buf).is_some_and(|values| runs(values, *encoding, *num_values))
            }
            Page::DataPageV2 { buf, encoding, num_values, def_levels_byte_len, rep_levels_byte_len, .. } => {
                let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                !packed(*encoding)
                    || buf.get(levels as usize..).is_some_and(|values| runs(values, *encoding, *num_values))
            }
        }
    }
}

fn packed(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY)
}

/// Whether the lengths at the start of the values are no more than the page's values: one run of suffixes, after one of
/// prefixes if values share them.
fn runs(values: &[u8], encoding: Encoding, most: u32) -> bool {
    let most = u64::from(most).min(MOST);
    let fits = |run: Option<(u64, _)>| run.filter(|(count, _)| *count <= most).map(|(_, rest)| rest);
    let rest = fits(run(values));
    if encoding == Encoding::DELTA_BYTE_ARRAY {
        rest.and_then(|rest| fits(run(rest))).is_some()
    } else {
        rest.is_some()
    }
}

/// The count of a run of packed differences (DELTA_BINARY_PACKED in the format's `Encodings.md`), and what follows it.
fn run(mut bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (block, parts, count) = (variable(&mut bytes)?, variable(&mut bytes)?, variable(&mut bytes)?);
    variable(&mut bytes)?;
    let part = block.checked_div(parts).filter(|part| *part > 0)?;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        variable(&mut bytes)?;
        let (widths, mut rest) = bytes.split_at_checked(usize::try_from(parts).ok()?)?;
        for width in widths {
            if left > 0 {
                let size = part.checked_mul(u64::from(*width))? / 8;
                rest = rest.get(usize::try_from(size).ok()?..)?;
            }
            left = left.saturating_sub(part);
        }
        bytes = rest;
    }
    Some((count, bytes))
}

/// A number in bytes of seven bits each, the lowest first.
pub(super) fn variable(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One page, to be read once.
    struct Given(Option<Page>);

    impl Iterator for Given {
        type Item = Result<Page>;

        fn next(&mut self) -> Option<Self::Item> {
            self.0.take().map(Ok)
        }
    }

    impl PageReader for Given {
        fn get_next_page(&mut self) -> Result<Option<Page>> {
            Ok(self.0.take())
        }

        fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
            Ok(None)
        }

        fn skip_next_page(&mut self) -> Result<()> {
            Ok(())
        }
    }

    fn passes(page: Page, levels: usize) -> bool {
        CheckedPages { pages: Box::new(Given(Some(page))), levels: Levels(levels) }.get_next_page().is_ok()
    }

    fn data(buf: Vec<u8>, encoding: Encoding, num_values: u32) -> Page {
        let level = Encoding::RLE;
        let (def_level_encoding, rep_level_encoding) = (level, level);
        Page::DataPage {
            buf: buf.into(),
            num_values,
            encoding,
            def_level_encoding,
            rep_level_encoding,
            statistics: None,
        }
    }

    /// Blocks of 128 in four parts, `count` values from 3 on, and for each block of 128 a least difference and four
    /// widths of 0 bits.
    fn lengths(count: u8) -> Vec<u8> {
        let blocks = [0; 5].repeat(usize::from(count.saturating_sub(1)).div_ceil(128));
        [&[0x80, 1, 4, count, 6][..], &blocks].concat()
    }

    #[test]
    fn a_dictionary_holds_no_more_values_than_bytes() {
        let page = |num_values| Page::DictionaryPage {
            buf: vec![0; 5].into(),
            num_values,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        assert!(passes(page(5), 0));
        assert!(!passes(page(6), 0));
        assert!(!passes(page(u32::MAX), 0));
    }

    #[test]
    fn a_run_of_lengths_is_as_long_as_it_says() {
        assert_eq!(run(&[lengths(9), vec![7, 7]].concat()), Some((9, &[7, 7][..])));
        assert_eq!(run(&lengths(0)), Some((0, &[][..])));
        // Parts of 32 differences of 3 bits take 12 bytes, and those of which no value is needed none.
        let packed = [&[0x80, 1, 4, 34, 6, 0, 3, 3, 9, 9][..], &[0; 24], &[7]].concat();
        assert_eq!(run(&packed), Some((34, &[7][..])));
        assert_eq!(run(&packed[..30]), None);
        assert_eq!(run(&[0x80, 1, 0, 9, 6]), None);
        assert_eq!(run(&[0x80]), None);
    }

    #[test]
    fn packed_lengths_are_no_more_than_the_values() {
        let one = Encoding::DELTA_LENGTH_BYTE_ARRAY;
        assert!(passes(data(lengths(9), one, 9), 0));
        assert!(!passes(data(lengths(9), one, 8), 0));
        let behind = [&[2, 0, 0, 0, 1, 1][..], &lengths(9)].concat();
        assert!(passes(data(behind.clone(), one, 9), 1));
        assert!(!passes(data(behind[..3].to_vec(), one, 9), 1));
        let two = Encoding::DELTA_BYTE_ARRAY;
        assert!(passes(data([lengths(9), lengths(9)].concat(), two, 9), 0));
        assert!(!passes(data([lengths(9), lengths(10)].concat(), two, 9), 0));
        let huge = [0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 0x7f, 6];
        assert!(!passes(data(huge.to_vec(), one, u32::MAX), 0));
    }
}
