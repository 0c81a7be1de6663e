//! relayscope shows, packet by packet, what each party that handles a call can read of it.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

pub mod base;
pub mod capture;
pub mod decode;
pub mod dissect;
pub mod exposure;
pub mod flow;
