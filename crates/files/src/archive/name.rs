//! Names of entries, which may be anything: only plain paths that stay within their folder pass.

/// The longest path that Linux takes.
const LONGEST: usize = 4096;

/// How much of a name an error shows.
const SHOWN: usize = 200;

/// A path as its names, joined by `/`, without `.` and trailing slashes; empty for the folder itself. Or what is wrong
/// with it.
pub(crate) fn plain(name: &[u8]) -> Result<String, &'static str> {
    let name = std::str::from_utf8(name).map_err(|_| "is not UTF-8")?;
    let flaw = match name {
        "" => "is empty",
        _ if name.len() > LONGEST => "is longer than any path",
        _ if name.contains('\0') => "has a NUL in it",
        _ if name.contains('\\') => "has a backslash in it",
        _ if name.starts_with('/') => "is absolute",
        _ if name.split('/').any(|part| part == "..") => "has a `..` in it",
        _ if name.split('/').any(has_drive) => "names a drive",
        _ => return Ok(joined(name)),
    };
    Err(flaw)
}

/// `C:` leaves the folder wherever it stands in a path, though on Windows only.
fn has_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

fn joined(name: &str) -> String {
    let parts: Vec<_> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    parts.join("/")
}

/// As much of a name as fits an error.
pub(crate) fn shown(name: &str) -> String {
    name.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_pass_and_lose_what_means_nothing() {
        for (name, expected) in
            [("a", "a"), ("a/b.c", "a/b.c"), ("./a//b/", "a/b"), ("./", ""), ("..a/b..", "..a/b.."), ("12:30", "12:30")]
        {
            assert_eq!(plain(name.as_bytes()), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn names_that_lead_elsewhere_do_not_pass() {
        for (name, flaw) in [
            ("", "is empty"),
            ("/etc/passwd", "is absolute"),
            ("//server/share", "is absolute"),
            ("..", "has a `..` in it"),
            ("a/../../b", "has a `..` in it"),
            ("a\\..\\b", "has a backslash in it"),
            ("C:/a", "names a drive"),
            ("./c:a", "names a drive"),
            ("a\0b", "has a NUL in it"),
        ] {
            assert_eq!(plain(name.as_bytes()), Err(flaw), "{name:?}");
        }
        assert_eq!(plain(b"caf\xe9"), Err("is not UTF-8"));
        assert_eq!(plain(&[b'a'; LONGEST + 1]), Err("is longer than any path"));
    }
}
