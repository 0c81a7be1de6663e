//! The targets of `fuzz/` over seeds from the shipped captures, over mutations of these that are
//! the same on every run, and over what fuzzing once found.
//!
//! With `FUZZ_SEEDS=DIR` the seeds are written there too, a folder for each target: the corpus
//! that `cargo fuzz` starts from.

#[path = "../common/mod.rs"]
mod common;
mod mutate;
mod seeds;
#[expect(unreachable_pub, reason = "the crate in `fuzz/` calls them too")]
#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

use mutate::Mutations;
use targets::TARGETS;

/// Octets that the mutations of one target read at most: what a debug build does in seconds.
const READ: usize = 4_000_000;

#[test]
fn seeds_and_their_mutations_keep_every_promise() {
    let folder = std::env::var_os("FUZZ_SEEDS");
    for (name, target) in TARGETS {
        let seeds = seeds::of(name);
        assert!(seeds.len() > 2, "{name} has {} seeds", seeds.len());
        if let Some(folder) = &folder {
            write(&Path::new(folder).join(name), &seeds);
        }
        for seed in &seeds {
            target(seed);
        }
        let mut read = 0;
        let mut mutations = Mutations::of(&seeds);
        while read < READ {
            let octets = mutations.next();
            read += octets.len().max(64) * cost(name);
            target(&octets);
        }
    }
}

/// How much more than the dissecting of its octets a target does.
fn cost(name: &str) -> usize {
    match name {
        "whole_capture" => 8,
        _ => 1,
    }
}

fn write(folder: &Path, seeds: &[Vec<u8>]) {
    fs::create_dir_all(folder).expect("a folder");
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("{number:03}")), seed).expect("writable");
    }
}

#[test]
fn what_fuzzing_found_stays_mended() {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzzed");
    for (name, target) in TARGETS {
        let Ok(cases) = fs::read_dir(found.join(name)) else {
            continue;
        };
        for case in cases {
            let path = case.expect("readable").path();
            target(&fs::read(&path).expect("a case"));
        }
    }
}

#[test]
fn every_target_is_one_of_cargo_fuzz() {
    let manifest = include_str!("../../fuzz/Cargo.toml");
    let bins: Vec<_> = manifest
        .lines()
        .filter_map(|line| {
            line.strip_prefix("path = \"fuzz_targets/")?
                .strip_suffix(".rs\"")
        })
        .collect();
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(bins, names);
}
