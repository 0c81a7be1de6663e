//! Packets one by one: a line of text, an object of JSON, or octet by octet.

use std::io::{self, Write};

use super::look::{Opened, masks};
use super::redact::{Redactor, says, shows_octets};
use super::tree::{Tree, json};
use crate::base::field::{Class, Field, Format};
use crate::base::label::{Label, MASK, Value, hex};
use crate::base::time::Timestamp;
use crate::base::told::{Told, told};
use crate::capture::RawPacket;
use crate::exposure::{self, PacketView, Region};

/// One line: number, time since the first packet, ends, messages.
///
/// # Errors
/// Those of the writer.
pub fn line(
    packet: &RawPacket<'_>,
    view: &PacketView,
    first: Timestamp,
    redactor: &Redactor,
    out: &mut impl Write,
) -> io::Result<()> {
    let since = packet.time.nanos_since(first);
    let micros = since.unsigned_abs() / 1000;
    let sign = if since < 0 { "-" } else { "" };
    let seconds = format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    write!(out, "{:>7} {seconds:>12}", packet.number)?;
    match view.ends {
        Some(ends) => {
            let ends = told![ends.src, " > ", ends.dst, " ", ends.transport.name()];
            write!(out, "  {}", redactor.show(ends))?;
        }
        None => write!(out, "  {} octets", packet.wire_len)?,
    }
    if !view.words.is_empty() {
        write!(out, "  {}", redactor.show(words(view)))?;
    }
    writeln!(out)
}

/// What the messages are, each from outside in.
pub fn words(view: &PacketView) -> Told {
    let messages = view.words.iter().cloned();
    Told::joined(messages.map(|levels| Told::joined(levels, " > ")), "; ")
}

/// One object on one line.
///
/// # Errors
/// Those of the writer.
pub fn object(
    packet: &RawPacket<'_>,
    view: &PacketView,
    redactor: &Redactor,
    out: &mut impl Write,
) -> io::Result<()> {
    let regions = view.regions.iter().map(|region| {
        let Label { span, field, .. } = region.label;
        json!([
            (span.start),
            (span.end),
            (field.key()),
            (region.wire.name())
        ])
    });
    let object = json!({
        "number": packet.number,
        "time": packet.time,
        "wire_len": packet.wire_len,
        "captured_len": packet.octets.len(),
        "src": view.ends.map(|ends| ends.src),
        "dst": view.ends.map(|ends| ends.dst),
        "transport": view.ends.map(|ends| ends.transport.name()),
        "layers": view.layers.iter().collect::<Tree>(),
        "fields": fields(packet, view),
        "regions": regions.collect::<Tree>(),
    });
    object.write(redactor, out)?;
    writeln!(out)
}

/// The values of the messages; an array where a frame has several of one field.
fn fields(packet: &RawPacket<'_>, view: &PacketView) -> Tree {
    let mut fields = Vec::<(&'static str, Tree)>::new();
    let gathered = view.gathered.iter();
    let gathered = gathered.flat_map(|message| values(&message.octets, &message.facts));
    for (fact, value) in gathered.chain(values(packet.octets, &view.facts)) {
        let key = fact.field.key();
        let Some(value) = value.filter(|_| fact.field.class() != Class::Addressing) else {
            continue;
        };
        let value = match (fact.value, fact.field.format()) {
            (Value::Number(number) | Value::Named(number, _), Format::Dec) => Tree::from(number),
            (Value::Signed(number), _) => Tree::from(number),
            _ => Tree::from(value),
        };
        match fields.iter_mut().find(|(known, _)| *known == key) {
            // A compound is one layer: its first packet names the sender.
            Some(_) if fact.field == Field::RtcpSenderSsrc => {}
            Some((_, Tree::List(list))) => list.push(value),
            Some((_, single)) => *single = Tree::List(vec![single.clone(), value]),
            None => fields.push((key, value)),
        }
    }
    Tree::Object(fields)
}

/// Every fact with what it says; `None` where it says no more than that it is there.
pub(super) fn values<'v>(
    octets: &'v [u8],
    facts: &'v [Label],
) -> impl Iterator<Item = (&'v Label, Option<Told>)> {
    let mut ice = false;
    facts.iter().map(move |fact| {
        if let (Field::StunType, Value::Number(kind) | Value::Named(kind, _)) =
            (fact.field, fact.value)
        {
            // Binding, whatever its class (RFC 8489, section 5).
            ice = kind & !0x0110 == 1;
        }
        (fact, says(fact, octets, ice))
    })
}

/// Every octet with the name, value and meaning of its field.
///
/// # Errors
/// Those of the writer.
pub fn octet_by_octet(
    packet: &RawPacket<'_>,
    view: &PacketView,
    redactor: &Redactor,
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
        writeln!(out, "{}", redactor.show(words(view)))?;
    }
    let aside = values(packet.octets, &view.aside);
    let values: Vec<_> = values(packet.octets, &view.facts).chain(aside).collect();
    for region in &view.regions {
        let Region { label, wire } = region;
        let field = label.field;
        writeln!(
            out,
            "\n{:04x}  {} ({}, {})",
            label.span.start,
            field.text(),
            field.key(),
            wire.name()
        )?;
        let mut told = false;
        for (fact, value) in values.iter().filter(|(fact, _)| stands_in(fact, label)) {
            let shown = said(packet, fact, value.as_ref(), redactor, out)?;
            if shown && fact.field != field {
                told |= tells(fact.field, out)?;
            }
        }
        octets(packet, label, redactor, out)?;
        if let Some(opened) = Opened::of(view, region, redactor) {
            unsealed(&opened, out)?;
        }
        // What stands in it has told more exactly.
        if !told {
            tells(field, out)?;
        }
    }
    Ok(())
}

/// What a field says: its value, and the same in words where there are any. Returns whether there
/// was anything to say.
fn said(
    packet: &RawPacket<'_>,
    fact: &Label,
    value: Option<&Told>,
    redactor: &Redactor,
    out: &mut impl Write,
) -> io::Result<bool> {
    let key = fact.field.key();
    if fact.span.is_empty() {
        writeln!(out, "      {key}, without a value")?;
        return Ok(true);
    }
    // Octets speak for themselves, unless they are hidden.
    let value = value.filter(|_| fact.value != Value::Octets || redactor.is_on());
    let value = value.map(|value| redactor.show(value));
    // Words are made of the octets, so they are told where the octets may be shown.
    let told = !redactor.is_on() || shows_octets(fact);
    let words = exposure::words(fact, packet.octets).filter(|_| told);
    match (value, words) {
        (Some(value), Some(words)) => writeln!(out, "      {key} = {value} ({words})")?,
        (Some(value), None) => writeln!(out, "      {key} = {value}")?,
        (None, Some(words)) => writeln!(out, "      {key}: {words}")?,
        (None, None) => return Ok(false),
    }
    Ok(true)
}

/// Whether a fact is told with this region; one of no octets with the region that ends there.
pub(super) fn stands_in(fact: &Label, region: &Label) -> bool {
    let (fact, region) = (fact.span, region.span);
    let starts = if fact.is_empty() {
        fact.start > region.start
    } else {
        fact.start >= region.start
    };
    starts && fact.end <= region.end
}

/// The octets of a region, as far as they may be shown.
fn octets(
    packet: &RawPacket<'_>,
    region: &Label,
    redactor: &Redactor,
    out: &mut impl Write,
) -> io::Result<()> {
    let hidden = masks(region, redactor);
    for line in region.octets(packet.octets).chunks(24) {
        let shown = if hidden {
            MASK.repeat(line.len())
        } else {
            hex(line)
        };
        writeln!(out, "      {shown}")?;
    }
    Ok(())
}

/// What keys open of a region that is sealed on the wire: its fields, and what is not known of it.
fn unsealed(opened: &Opened, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "      opened, {}:", opened.words)?;
    for part in &opened.fields {
        writeln!(out, "      {} ({})", part.field.text(), part.field.key())?;
        for (field, value) in &part.values {
            writeln!(out, "        {value}")?;
            if *field != part.field {
                tells(*field, out)?;
            }
        }
        lines(&part.octets, out)?;
        tells(part.field, out)?;
    }
    lines(opened.rest(), out)
}

fn lines(octets: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut lines = octets.chunks(24);
    lines.try_for_each(|line| writeln!(out, "      {}", hex(line)))
}

/// What a field tells whoever reads it, where that is more than the form of the message.
fn tells(field: Field, out: &mut impl Write) -> io::Result<bool> {
    let reveals = field.reveals();
    if !reveals.is_empty() {
        writeln!(out, "      tells: {reveals}")?;
    }
    Ok(!reveals.is_empty())
}
