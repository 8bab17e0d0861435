//! "Did you mean".

/// The word that `word` is most likely a slip of, if any is near: about one letter in three may differ.
///
/// Case does not count, nor does `-` for `_`.
pub fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = folded(word);
    let distances = among.into_iter().filter_map(|candidate| Some((distance(&word, &folded(candidate))?, candidate)));
    distances.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// What follows an unknown key: the one that was meant, or all that there are.
pub(super) fn hint(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None if known.is_empty() => "; none belongs here".to_owned(),
        None => format!("; expected one of {}", listed(known)),
    }
}

/// The names in backquotes, with commas.
pub(super) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The edits between two words, unless there are too many. Words of unlike lengths are never compared, so that a
/// hostile word costs nothing.
fn distance(word: &str, candidate: &str) -> Option<usize> {
    let (left, right) = (word.chars().count(), candidate.chars().count());
    let longer = left.max(right);
    let allowed = longer.div_ceil(3).min(longer.saturating_sub(1)); // words that share nothing are not near
    let comparable = left.abs_diff(right) <= allowed;
    comparable.then(|| strsim::damerau_levenshtein(word, candidate)).filter(|distance| *distance <= allowed)
}

fn folded(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}
