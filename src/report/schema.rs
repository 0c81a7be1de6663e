//! The JSON Schemas of what is written as JSON (draft 2020-12).
//!
//! They leave objects open, for members may be added within one major version, and a reader that
//! knows an older schema must not be broken by that. The tests close every object before they
//! check a report, so that no member is written that the schema does not describe.

/// The schema of the report: `analyze --format json`.
pub const REPORT: &str = include_str!("schema/report.json");

/// The schema of one line of `live --format json`.
pub const EVENT: &str = include_str!("schema/event.json");

/// The schema of one line of `packets --format json`.
pub const PACKET: &str = include_str!("schema/packet.json");

/// The schema of what `extract --format json` writes.
pub const EXTRACTION: &str = include_str!("schema/extraction.json");
