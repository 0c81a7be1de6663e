//! The table of fields, in the order of the layers: each layer has a file of rows and hands them to
//! the next, and the last makes one table of them all.

use super::Class;
use super::Format::{self, Dec, Hex};

#[macro_use]
mod signalling;
#[macro_use]
mod codec;
#[macro_use]
mod media;
#[macro_use]
mod dtls;
#[macro_use]
mod stun;
#[macro_use]
mod network;

network_fields! {}
