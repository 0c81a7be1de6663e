//! What every floor speaks: spans, the labelling cursor, fields, addresses, times, anomalies.
//!
//! Nothing here knows a protocol's state; it never reads a clock, a file or a socket.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod addr;
pub mod anomaly;
pub mod columns;
pub mod cursor;
pub mod field;
pub mod label;
pub mod sample;
pub mod secret;
pub mod span;
pub mod time;
pub mod told;
