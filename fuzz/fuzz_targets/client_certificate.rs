#![no_main]

#[path = "../../tests/hostile/mod.rs"]
mod parsers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::client_certificate(bytes));
