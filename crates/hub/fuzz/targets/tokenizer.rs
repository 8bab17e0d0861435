#![no_main]

#[path = "../../../data/tests/corpus/tried.rs"]
mod tried;

// Libraries that give up on a foreign file are caught where they are called: only what is not caught ends the fuzzer.
libfuzzer_sys::fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| tried::tokenizer(bytes));
