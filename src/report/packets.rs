//! Packets one by one: a line of text, an object of JSON, or octet by octet.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::json::time;
use crate::base::field::{Class, Field, Format};
use crate::base::label::{Label, Value as Read, hex};
use crate::base::time::Timestamp;
use crate::capture::RawPacket;
use crate::exposure::{self, PacketView};

/// One line: number, time since the first packet, ends, messages.
///
/// # Errors
/// Those of the writer.
pub fn line(
    packet: &RawPacket<'_>,
    view: &PacketView,
    first: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let since = packet.time.nanos_since(first);
    let micros = since.unsigned_abs() / 1000;
    let sign = if since < 0 { "-" } else { "" };
    let seconds = format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    write!(out, "{:>7} {seconds:>12}", packet.number)?;
    match view.ends {
        Some(ends) => write!(
            out,
            "  {} > {} {}",
            ends.src,
            ends.dst,
            ends.transport.name()
        )?,
        None => write!(out, "  {} octets", packet.wire_len)?,
    }
    if !view.words.is_empty() {
        write!(out, "  {}", view.words.join(" > "))?;
    }
    writeln!(out)
}

/// One object on one line.
///
/// # Errors
/// Those of the writer.
pub fn object(packet: &RawPacket<'_>, view: &PacketView, out: &mut impl Write) -> io::Result<()> {
    let regions = view.regions.iter().map(|region| {
        json!([
            region.span.start,
            region.span.end,
            region.field.key(),
            region.field.class().on_the_wire()
        ])
    });
    let object = json!({
        "number": packet.number,
        "time": time(packet.time),
        "wire_len": packet.wire_len,
        "captured_len": packet.octets.len(),
        "src": view.ends.map(|ends| ends.src.to_string()),
        "dst": view.ends.map(|ends| ends.dst.to_string()),
        "transport": view.ends.map(|ends| ends.transport.name()),
        "layers": view.layers,
        "fields": fields(packet, view),
        "regions": regions.collect::<Value>(),
    });
    writeln!(out, "{object}")
}

/// The values of the messages; an array where a frame has several of one field.
fn fields(packet: &RawPacket<'_>, view: &PacketView) -> Map<String, Value> {
    let mut fields = Map::new();
    for fact in &view.facts {
        if fact.field.class() == Class::Addressing {
            continue;
        }
        let Some(value) = value(packet, fact) else {
            continue;
        };
        match fields.get_mut(fact.field.key()) {
            // A compound is one layer: its first packet names the sender.
            Some(_) if fact.field == Field::RtcpSenderSsrc => {}
            Some(Value::Array(list)) => list.push(value),
            Some(single) => *single = json!([single.take(), value]),
            None => {
                fields.insert(fact.field.key().to_owned(), value);
            }
        }
    }
    fields
}

fn value(packet: &RawPacket<'_>, fact: &Label) -> Option<Value> {
    match (fact.value, fact.field.format()) {
        (Read::Number(number), Format::Dec) => Some(json!(number)),
        _ => fact.text(packet.octets).map(Value::String),
    }
}

/// Every octet with the name, value and meaning of its field.
///
/// # Errors
/// Those of the writer.
pub fn octet_by_octet(
    packet: &RawPacket<'_>,
    view: &PacketView,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(
        out,
        "packet {}, time {}, {} octets on the wire, {} captured",
        packet.number,
        packet.time,
        packet.wire_len,
        packet.octets.len()
    )?;
    if !view.words.is_empty() {
        writeln!(out, "{}", view.words.join(" > "))?;
    }
    for region in &view.regions {
        let octets = region.octets(packet.octets);
        let field = region.field;
        writeln!(
            out,
            "\n{:04x}  {} ({}, {})",
            region.span.start,
            field.text(),
            field.key(),
            field.class().on_the_wire()
        )?;
        let facts = view.facts.iter().filter(|fact| {
            fact.span.start >= region.span.start && fact.span.end <= region.span.end
        });
        for fact in facts {
            said(fact, packet.octets, out)?;
        }
        for line in octets.chunks(24) {
            writeln!(out, "      {}", hex(line))?;
        }
        if !field.reveals().is_empty() {
            writeln!(out, "      tells: {}", field.reveals())?;
        }
    }
    Ok(())
}

/// What a field says: its value, and the same in words where there are any.
fn said(fact: &Label, frame: &[u8], out: &mut impl Write) -> io::Result<()> {
    let key = fact.field.key();
    let text = fact.text(frame).filter(|_| fact.value != Read::Octets);
    match (text, exposure::words(fact, frame)) {
        (Some(text), Some(words)) => writeln!(out, "      {key} = {text} ({words})"),
        (Some(text), None) => writeln!(out, "      {key} = {text}"),
        (None, Some(words)) => writeln!(out, "      {key}: {words}"),
        (None, None) => Ok(()),
    }
}
