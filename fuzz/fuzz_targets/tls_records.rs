#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| relayscope_fuzz::targets::tls_records(octets));
