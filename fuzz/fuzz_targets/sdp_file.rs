#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| relayscope_fuzz::targets::sdp_file(octets));
