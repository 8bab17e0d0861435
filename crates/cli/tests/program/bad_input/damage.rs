//! Damage wherever it falls: the exact words matter less than that there is no panic, no result and the right code.

use super::assert_decent;
use crate::bench::Bench;

/// Places in a file that are damaged, spread over its length.
const PLACES: usize = 6;

#[test]
fn no_damage_to_a_checkpoint_goes_unnoticed() {
    for file in ["model.safetensors", "optimizer.safetensors", "state.json", "manifest.json"] {
        let name = format!("run/checkpoints/step-00000006/{file}");
        for (title, bytes) in damaged(&Bench::trained().bytes(&name)) {
            let bench = Bench::trained();
            bench.write(&name, &bytes);
            let said = bench.run(&["generate", "run", "--checkpoint", "6"]);
            assert_decent(&format!("{file} {title}"), &said);
            assert_eq!(said.code, 1, "{file} {title}");
        }
    }
}

/// Much of such a file may be anything: damage there may well go unnoticed.
#[test]
fn no_damage_to_a_text_makes_it_panic() {
    for (name, arguments) in [
        ("run/plan.toml", &["generate", "run", "--tokens", "1"][..]),
        ("run/tokenizer.json", &["generate", "run", "--tokens", "1"]),
        ("tiny.toml", &["train", "tiny.toml", "--run", "other"]),
    ] {
        for (title, bytes) in damaged(&Bench::trained().bytes(name)) {
            let bench = Bench::trained();
            bench.write(name, &bytes);
            let said = bench.run(arguments);
            if said.code != 0 {
                assert_decent(&format!("{name} {title}"), &said);
            }
        }
    }
}

fn damaged(bytes: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let places = (0..PLACES).map(move |place| place * bytes.len() / PLACES);
    places.flat_map(|place| {
        let mut flipped = bytes.to_vec();
        flipped[place] ^= 1 << (place % 8);
        [(format!("flipped at {place}"), flipped), (format!("cut at {place}"), bytes[..place].to_vec())]
    })
}
