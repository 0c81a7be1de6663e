//! What libFuzzer calls; the tests of the project call the same.

pub mod targets;
