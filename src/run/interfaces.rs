//! `relayscope interfaces`: what can be captured on.

use std::io::Write;
use std::net::IpAddr;

use anyhow::Result;
use serde_json::json;

use crate::capture::{Device, default_device, devices};
use crate::cli::Format;

pub(super) fn run(format: Format, out: &mut impl Write) -> Result<()> {
    let devices = devices()?;
    let default = default_device(&devices);
    let width = devices.iter().map(|device| device.name.len()).max();
    for device in &devices {
        let is_default = default == Some(device);
        match format {
            Format::Text => {
                let name = &device.name;
                let width = width.unwrap_or_default();
                writeln!(out, "{name:width$}  {}", words(device, is_default))?;
            }
            Format::Json => writeln!(out, "{}", object(device, is_default))?,
        }
    }
    Ok(())
}

/// What is known of an interface, for people.
fn words(device: &Device, is_default: bool) -> String {
    let states = [
        (device.up, "up"),
        (device.running, "running"),
        (device.loopback, "loopback"),
        (is_default, "default"),
    ];
    let states = states.iter().filter(|(holds, _)| *holds);
    let mut words: Vec<String> = states.map(|(_, word)| (*word).to_owned()).collect();
    words.extend(device.addresses.iter().map(IpAddr::to_string));
    words.extend(device.description.clone());
    words.join(", ")
}

/// An interface for programs, on one line.
fn object(device: &Device, is_default: bool) -> serde_json::Value {
    json!({
        "name": device.name,
        "description": device.description,
        "addresses": device.addresses,
        "up": device.up,
        "running": device.running,
        "loopback": device.loopback,
        "default": is_default,
    })
}
