//! A compressed file that is no archive: it keeps the name it has, without `.gz` or `.bz2`.

use std::io::Read;
use std::path::Path;

use super::ArchiveError;
use super::target::Target;

pub(crate) fn extract(mut content: Box<dyn Read + '_>, target: &mut Target<'_>) -> Result<(), ArchiveError> {
    let name = name(target.archive);
    let name = target.enter(name.as_bytes())?;
    target.file(&name, &mut content).map(drop)
}

fn name(archive: &Path) -> String {
    let compressed =
        archive.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz") || end.eq_ignore_ascii_case("bz2"));
    let name = if compressed { archive.file_stem() } else { archive.file_name() };
    name.unwrap_or_default().to_string_lossy().into_owned()
}
