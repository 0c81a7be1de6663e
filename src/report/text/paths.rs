//! The paths through relays: what entered, what left, and how fast.

use std::io::{self, Write};

use super::heading;
use crate::flow::Course;
use crate::report::Report;

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    if report.scene.paths.is_empty() {
        return Ok(());
    }
    heading(out, "PATHS THROUGH THE RELAY")?;
    for path in &report.scene.paths {
        let word = |address: Option<std::net::SocketAddr>| {
            address.map_or_else(|| "unknown".to_owned(), |address| report.show(address))
        };
        let client = report.show(path.allocation.ends.src);
        writeln!(
            out,
            "  {} {client} = {} - {}",
            path.id,
            word(path.relayed),
            word(path.peer)
        )?;
        if let Some(other) = path.peer_allocation {
            writeln!(
                out,
                "      the peer is {} behind the same relay",
                report.show(other.ends.src)
            )?;
        }
        if let Some(connection) = path.connection {
            courses(connection.courses(), out)?;
            continue;
        }
        for (name, side) in [("to peer  ", &path.to_peer), ("to client", &path.to_client)] {
            write!(
                out,
                "      {name} {:>7} in {:>7} out",
                side.entered, side.left
            )?;
            if let Some(count) = side.count {
                let altered = count.altered_total;
                write!(
                    out,
                    " {:>7} unchanged {altered:>3} altered",
                    count.unchanged
                )?;
                if let Some(delay) = count.delay.histogram() {
                    let median = delay.value_at_quantile(0.5);
                    write!(
                        out,
                        "  {}.{:02} ms",
                        median / 1_000_000,
                        median / 10_000 % 100
                    )?;
                }
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

/// The octets of connections to a peer.
fn courses([to_peer, to_client]: &[Course; 2], out: &mut impl Write) -> io::Result<()> {
    for (name, course) in [("to peer  ", to_peer), ("to client", to_client)] {
        writeln!(
            out,
            "      {name} {:>9} in {:>9} out {:>9} unchanged octets of TCP",
            course.entered(),
            course.left(),
            course.unchanged
        )?;
    }
    Ok(())
}
