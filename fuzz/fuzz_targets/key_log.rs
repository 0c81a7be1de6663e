#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| relayscope_fuzz::targets::key_log(octets));
