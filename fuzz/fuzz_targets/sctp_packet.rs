#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| relayscope_fuzz::targets::sctp_packet(octets));
