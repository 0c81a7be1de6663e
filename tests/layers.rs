//! The floors of the code: who may name whom, and the one place of each crate, clock and list.
//!
//! Only code counts: comments and literals are blanked before anything is looked for.

use std::fs;
use std::path::Path;

/// The floors from the ground up. A module names its own floor and those below.
const FLOORS: [&str; 10] = [
    "base", "capture", "decode", "dissect", "keys", "flow", "exposure", "claim", "report", "tui",
];

/// Above all floors: these may name everything, and no floor names them.
const OUTSIDE: [&str; 4] = ["cli", "run", "main", "lib"];

/// Message types stop here: no floor above names `crate::dissect`.
const LAST_TO_NAME_MESSAGES: &str = "exposure";

/// Each crate and the one place that names it.
const CRATES: [(&str, &[&str]); 19] = [
    ("pcap", &["capture.rs", "capture/"]),
    ("etherparse", &["decode.rs", "decode/"]),
    ("rtp_rs", &["dissect/rtp.rs"]),
    ("x509_parser", &["flow/association/certificate.rs"]),
    ("ratatui", &["tui.rs", "tui/"]),
    ("crossterm", &["tui.rs", "tui/"]),
    ("clap", &["cli.rs", "cli/"]),
    ("getrandom", &["report/redact/"]),
    ("hound", &["run/extract/"]),
    ("ogg", &["run/extract/"]),
    ("image_webp", &["run/extract/"]),
    ("nix", &["run/confine/"]),
    ("caps", &["run/confine/"]),
    ("landlock", &["run/confine/"]),
    ("seccompiler", &["run/confine/"]),
    ("aes_gcm", &["keys/"]),
    ("chacha20poly1305", &["keys/"]),
    ("hkdf", &["keys/"]),
    ("zeroize", &["base/secret.rs", "keys/"]),
];

/// What reads a clock, and where one may be read; everything else is told the time.
const CLOCKS: [&str; 2] = ["SystemTime::now", "Instant::now"];
const CLOCK_PLACES: [&str; 8] = [
    "capture/live/",
    "run.rs",
    "run/dashboard/",
    "run/live.rs",
    "run/live/",
    "run/pace.rs",
    "tui.rs",
    "tui/",
];

/// A file stays below this, with its tests.
const LINES: usize = 400;

/// One file under `src`.
struct Source {
    /// Its path from `src` on, with `/` between the parts.
    path: String,
    /// Its text with comments and literals blanked.
    code: String,
}

/// Where in the code, and what is wrong there.
type Finding = (usize, String);

#[test]
fn modules_name_only_lower_floors() {
    assert_clean(upward);
}

#[test]
fn message_types_stop_at_exposure() {
    assert_clean(messages);
}

#[test]
fn each_crate_has_one_place() {
    assert_clean(crates);
}

#[test]
fn clocks_are_read_at_the_edge() {
    assert_clean(clocks);
}

#[test]
fn each_module_has_a_floor() {
    assert_clean(homeless);
}

#[test]
fn files_stay_short() {
    assert_clean(long);
}

/// Fails with `file:line` for all that the rule finds.
fn assert_clean(rule: fn(&Source) -> Vec<Finding>) {
    let sources = sources();
    assert!(!sources.is_empty(), "no source was found");
    let found: Vec<String> = sources
        .iter()
        .flat_map(|source| rule(source).into_iter().map(|f| located(source, &f)))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn located(source: &Source, (at, what): &Finding) -> String {
    let line = source.code[..*at].matches('\n').count() + 1;
    format!("src/{}:{line}: {what}", source.path)
}

/// Paths to a higher floor.
fn upward(source: &Source) -> Vec<Finding> {
    let Some(own) = floor(module(&source.path)) else {
        return Vec::new();
    };
    let mut found = from_root(source);
    found.retain(|(_, name)| OUTSIDE.contains(name) || floor(name).is_some_and(|f| f > own));
    let say = |name| format!("`{}` (floor {own}) names `{name}` above it", FLOORS[own]);
    found
        .into_iter()
        .map(|(at, name)| (at, say(name)))
        .collect()
}

/// Paths to message types above the last floor that knows them.
fn messages(source: &Source) -> Vec<Finding> {
    let own = module(&source.path);
    if floor(own) <= floor(LAST_TO_NAME_MESSAGES) {
        return Vec::new();
    }
    let say = format!("`{own}` names `dissect`: message types stop at `{LAST_TO_NAME_MESSAGES}`");
    let mut found = from_root(source);
    found.retain(|(_, name)| *name == "dissect");
    found.into_iter().map(|(at, _)| (at, say.clone())).collect()
}

/// Crates named out of their place.
fn crates(source: &Source) -> Vec<Finding> {
    let code = &source.code;
    let mut found = Vec::new();
    for (name, places) in CRATES {
        if is_in(&source.path, places) {
            continue;
        }
        let uses = words(code).filter(|(at, word)| *word == name && heads_a_path(code, *at, word));
        found.extend(uses.map(|(at, _)| (at, format!("`{name}` belongs in {places:?}"))));
    }
    found
}

/// Clocks read out of their places.
fn clocks(source: &Source) -> Vec<Finding> {
    if is_in(&source.path, &CLOCK_PLACES) {
        return Vec::new();
    }
    let reads = CLOCKS
        .iter()
        .flat_map(|clock| source.code.match_indices(clock));
    reads
        .map(|(at, clock)| (at, format!("`{clock}` belongs in {CLOCK_PLACES:?}")))
        .collect()
}

/// Modules without a floor.
fn homeless(source: &Source) -> Vec<Finding> {
    let own = module(&source.path);
    if floor(own).is_some() || OUTSIDE.contains(&own) {
        return Vec::new();
    }
    vec![(
        0,
        format!("`{own}` stands on no floor: give it one in tests/layers.rs"),
    )]
}

/// Files past the limit.
fn long(source: &Source) -> Vec<Finding> {
    let lines = source.code.lines().count();
    if lines < LINES {
        return Vec::new();
    }
    vec![(
        0,
        format!("{lines} lines, and fewer than {LINES} are allowed"),
    )]
}

/// Every `.rs` file under `src`, in order.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let below = path.strip_prefix(&root).expect("a path under src");
                let below = below.to_str().expect("a name in UTF-8").replace('\\', "/");
                sources.push(source(&below, &fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn source(path: &str, text: &str) -> Source {
    Source {
        path: path.to_owned(),
        code: bare(text),
    }
}

/// The module at the root of the crate that this file belongs to.
fn module(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|name| *name == module)
}

fn is_in(path: &str, places: &[&str]) -> bool {
    let holds = |place: &&str| path == *place || place.ends_with('/') && path.starts_with(*place);
    places.iter().any(holds)
}

/// The names that stand at the root of the crate in the paths of this file: `x` of `crate::x::y`,
/// of `crate::{x, y}`, and of as many `super` as lead out of the file's modules.
fn from_root(source: &Source) -> Vec<(usize, &str)> {
    let depth = source
        .path
        .split('/')
        .filter(|part| *part != "mod.rs")
        .count();
    let mut found = Vec::new();
    let mut climbed = 0;
    for (at, word) in words(&source.code) {
        let after = &source.code[at + word.len()..];
        climbed = if word == "super" { climbed + 1 } else { 0 };
        if word == "crate" || climbed >= depth && word == "super" {
            found.extend(heads(&source.code, after));
        }
        if !after.trim_start().starts_with("::") {
            climbed = 0;
        }
    }
    found
}

/// The first names after `::` at the front of `after`, which ends where `code` ends.
fn heads<'a>(code: &'a str, after: &'a str) -> Vec<(usize, &'a str)> {
    let Some(path) = after.trim_start().strip_prefix("::") else {
        return Vec::new();
    };
    let path = path.trim_start();
    let start = code.len() - path.len();
    let named = |(at, name)| (start + at, name);
    if !path.starts_with('{') {
        return words(path).next().map(named).into_iter().collect();
    }
    let mut depth = 0_usize;
    let mut expected = false;
    let mut found = Vec::new();
    for (at, c) in path.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            _ => {}
        }
        if expected && is_word(c) {
            found.extend(words(&path[at..]).next().map(|(_, name)| named((at, name))));
        }
        expected = depth == 1 && (matches!(c, '{' | ',') || expected && c.is_whitespace());
    }
    found
}

/// Whether this word is the first of a path, or all that is imported: `clap::Parser`, `use clap`.
fn heads_a_path(code: &str, at: usize, word: &str) -> bool {
    let before = code[..at].trim_end();
    let inner = before
        .strip_suffix("::")
        .is_some_and(|parent| parent.ends_with(|c| is_word(c) || c == '>'));
    let imported = words(before).last().is_some_and(|(from, last)| {
        matches!(last, "use" | "crate") && from + last.len() == before.len()
    });
    let followed = code[at + word.len()..].trim_start().starts_with("::");
    !inner && (followed || imported)
}

/// The words of the code and where they stand.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.split(|c| !is_word(c))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr().addr() - code.as_ptr().addr(), word))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The text with comments and literals blanked, octet for octet and line for line.
fn bare(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let blank = no_code(rest);
        let (head, tail) = rest.split_at(blank.max(first.len_utf8()));
        if blank == 0 {
            bare.push(first);
        } else {
            let kept = head.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' });
            bare.extend(kept);
        }
        rest = tail;
    }
    bare
}

/// The length of the comment or literal that begins here; 0 where code begins.
fn no_code(rest: &str) -> usize {
    let end = rest.len();
    match rest.as_bytes() {
        [b'/', b'/', ..] => rest.find('\n').unwrap_or(end),
        [b'/', b'*', ..] => block_comment(rest),
        [b'"', ..] => {
            let mut escaped = false;
            let closes = |c| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            };
            rest[1..].find(closes).map_or(end, |at| at + 2)
        }
        [b'r', b'"' | b'#', ..] => raw_string(rest),
        [b'\'', b'\\', _, ..] => rest[3..].find('\'').map_or(0, |at| at + 4),
        [b'\'', ..] => {
            let mut chars = rest.char_indices().skip(2);
            let closed = chars.next().filter(|(_, c)| *c == '\'');
            closed.map_or(0, |(at, _)| at + 1)
        }
        _ => 0,
    }
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let marked = &rest.as_bytes()[at..];
        if marked.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if marked.starts_with(b"*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of `r#"..."#` with any number of `#`; 0 for `r#name`.
fn raw_string(rest: &str) -> usize {
    let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
    let Some(text) = rest[1 + hashes..].strip_prefix('"') else {
        return 0;
    };
    let close = format!("\"{}", "#".repeat(hashes));
    let length = text.find(&close).map(|at| 2 + hashes + at + close.len());
    length.unwrap_or(rest.len())
}

/// What a rule finds in a text, as `file:line`.
fn places(rule: fn(&Source) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
    let source = source(path, text);
    let place = |f| located(&source, &f).split(": ").next().map(str::to_owned);
    rule(&source).into_iter().filter_map(place).collect()
}

#[test]
fn a_path_upwards_is_found_however_it_is_written() {
    let lone = "use crate::base::time;\nuse crate::flow::Flow;\n";
    assert_eq!(
        places(upward, "decode/net.rs", lone),
        ["src/decode/net.rs:2"]
    );
    assert!(places(upward, "claim/mod.rs", lone).is_empty());
    let group = "use crate::{\n    base::{claim, span},\n    flow::Flow,\n    report,\n};\n";
    assert_eq!(
        places(upward, "decode/net.rs", group),
        ["src/decode/net.rs:3", "src/decode/net.rs:4"]
    );
    let climbing = "use super::super::flow::Flow;\nuse super::report;\n";
    assert_eq!(
        places(upward, "decode/net.rs", climbing),
        ["src/decode/net.rs:1"]
    );
    let inline = "fn f(x: crate::run::X) {}";
    assert_eq!(places(upward, "tui/mod.rs", inline), ["src/tui/mod.rs:1"]);
    assert!(places(upward, "main.rs", inline).is_empty());
}

#[test]
fn comments_and_literals_are_no_code() {
    let text = "//! [`crate::tui`]\n/* crate::tui /* */ crate::tui */\nconst A: &str = \"\\\"crate::tui\";\n\
                const B: &str = r#\"\"crate::tui\"#;\nfn f<'a>(c: char) -> bool { c == '\"' || c == '\\'' }\n\
                use crate::tui;\n";
    assert_eq!(places(upward, "flow/mod.rs", text), ["src/flow/mod.rs:6"]);
}

#[test]
fn message_types_are_found_above_exposure() {
    let text = "use crate::{base::span, dissect::Message};\n";
    assert_eq!(
        places(messages, "report/text.rs", text),
        ["src/report/text.rs:1"]
    );
    assert!(places(messages, "exposure/mod.rs", text).is_empty());
    assert!(places(messages, "run.rs", text).is_empty());
}

#[test]
fn crates_and_clocks_are_found_out_of_place() {
    let text = "use clap::Parser;\nuse super::pcap::Pcap;\nlet rtp = ::rtp_rs::RtpReader;\nlet pcap = 1;\n";
    assert_eq!(
        places(crates, "flow/mod.rs", text),
        ["src/flow/mod.rs:3", "src/flow/mod.rs:1"]
    );
    let now = "let now = std::time::Instant::now();\n";
    assert_eq!(places(clocks, "flow/mod.rs", now), ["src/flow/mod.rs:1"]);
    assert!(places(clocks, "tui/app.rs", now).is_empty());
}
