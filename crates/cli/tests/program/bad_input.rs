//! Whatever is wrong with what the program is given, it says so in one line that names the place and the remedy, writes
//! nothing to stdout, and ends with the code for whose matter it is. The exact texts are in `bad_input/*.txt`.

mod arguments;
mod checkpoints;
mod configs;
mod corpora;
mod damage;
mod overrides;
mod runs;

use crate::{
    bench::{Bench, Said},
    snapshot::assert_matches,
};

/// One thing that is wrong: a name for it, what brings it about, and the arguments that meet it.
type Case<'a> = (&'a str, fn(&Bench), &'a [&'a str]);

/// Meets every case on a bench of its own and compares what is said with the file `bad_input/{name}.txt`.
fn meet(name: &str, bench: fn() -> Bench, cases: &[Case<'_>]) {
    let transcript = cases.iter().map(|(title, spoil, arguments)| {
        let bench = bench();
        spoil(&bench);
        let said = bench.run(arguments);
        assert_decent(title, &said);
        let title = if title.is_empty() { String::new() } else { format!("# {title}\n") };
        format!("{title}$ attentive {}\n{}[{}]\n\n", arguments.join(" "), settled(&said.err), said.code)
    });
    assert_matches(&format!("bad_input/{name}.txt"), &transcript.collect::<String>());
}

fn untouched(_: &Bench) {}

/// What holds for every refusal, so that no new transcript can bless a crash.
fn assert_decent(title: &str, Said { code, out, err }: &Said) {
    assert!([1, 2].contains(code), "{title}: code {code}\n{err}");
    assert_eq!(out, "", "{title}: stdout is for results");
    assert!(
        !["internal error", "panicked", "backtrace", "Some("].iter().any(|word| err.contains(word)),
        "{title}: {err}"
    );
    let lines = err.lines().filter(|line| !line.starts_with("warning: ") && !line.starts_with("note: "));
    let several = err.starts_with("error: ") || err.contains("another plan") || err.contains("Usage:");
    assert!(several || lines.count() == 1, "{title}: one line is enough\n{err}");
}

/// What a machine decides, by name: checksums, and numbers in these places.
fn settled(text: &str) -> String {
    let is_checksum = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let checksums = text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| is_checksum(word));
    let text = checksums.fold(text.to_owned(), |text, checksum| text.replace(checksum, "SHA256"));
    ["takes about ", "this machine has ", "near position "].iter().fold(text, |text, place| without_number(text, place))
}

fn without_number(text: String, place: &str) -> String {
    let Some((before, after)) = text.split_once(place) else { return text };
    let rest = after.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    format!("{before}{place}N{rest}")
}
