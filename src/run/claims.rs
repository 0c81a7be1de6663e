//! `relayscope claims`: what each claim says, and where the dispute began.

use std::io::{self, Write};

use anyhow::{Result, bail};

use super::{files, redactor, track_files};
use crate::capture::PacketSource as _;
use crate::claim::{CATALOGUE, Claim, find};
use crate::cli::{Claims, Reading};
use crate::report::{Question, Report, origin, text};

pub(super) fn run(args: &Claims, out: &mut impl Write) -> Result<()> {
    match (&args.origin, &args.id) {
        (Some(file), _) => disputed(args, file.as_ref(), out),
        (None, Some(id)) => match find(id) {
            Some(claim) => Ok(explain(claim, out)?),
            None => bail!("there is no claim {id}: there are {}", names()),
        },
        (None, None) => {
            for claim in CATALOGUE {
                explain(claim, out)?;
            }
            Ok(())
        }
    }
}

/// The sentences of the dispute; with a file, how that file answers each.
fn disputed(args: &Claims, file: Option<&std::path::PathBuf>, out: &mut impl Write) -> Result<()> {
    let Some(file) = file else {
        if args.keylog.is_some() {
            bail!("--keylog opens nothing without a capture: give one to --origin");
        }
        return Ok(origin::write(None, out)?);
    };
    let reading = Reading {
        files: vec![file.clone()],
        filter: None,
        keylog: args.keylog.clone(),
        srtp_keys: None,
        sdp: Vec::new(),
    };
    let mut source = files(&reading)?.open()?;
    let tracker = track_files(&reading, &mut source)?;
    let report = Report::new(source.summary(), &tracker, &Question::default());
    let report = report.shown_by(redactor(args.privacy)?);
    Ok(origin::write(Some(&report), out)?)
}

/// The names of all claims.
pub(super) fn names() -> String {
    let names: Vec<_> = CATALOGUE.iter().map(|claim| claim.id).collect();
    names.join(", ")
}

fn explain(claim: &Claim, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{} [each {}]", claim.id, claim.scope)?;
    for (name, text) in [
        ("says", claim.statement),
        ("holds when", claim.holds),
        ("is violated when", claim.violated),
        ("cannot be told when", claim.inconclusive),
        ("does not say", claim.does_not_say),
        ("source", claim.source),
    ] {
        writeln!(out, "  {name}")?;
        text::wrapped(out, 6, text)?;
    }
    writeln!(out)
}
