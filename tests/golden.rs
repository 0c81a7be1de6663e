//! Every shipped capture gives exactly its committed report, on every run.
//!
//! With `UPDATE_GOLDEN=1` the reports are written anew: look at each before it is committed.

mod common;

use std::fs;
use std::path::Path;

use common::{captures, report_of_capture};
use relayscope::exposure::Vantage;

#[test]
fn every_capture_gives_its_report() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for path in captures() {
        let (_, text) = report_of_capture(&path, None);
        let stem = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let golden = folder.join(format!("{stem}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &text).expect("writable");
        }
        let expected = fs::read_to_string(&golden).expect("a golden report");
        assert_eq!(text, expected, "{stem}");
    }
}

#[test]
fn the_report_is_the_same_on_every_run() {
    for path in captures() {
        let once = report_of_capture(&path, None);
        assert_eq!(once, report_of_capture(&path, None), "{}", path.display());
    }
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    for path in captures() {
        let (_, text) = report_of_capture(&path, None);
        let wide: Vec<_> = text
            .lines()
            .filter(|line| line.chars().count() > 80)
            .collect();
        assert!(wide.is_empty(), "{}: {wide:#?}", path.display());
    }
}

#[test]
fn every_verdict_names_packets_of_its_capture() {
    for path in captures() {
        for observer in Vantage::ALL {
            let (report, _) = report_of_capture(&path, Some(observer));
            let packets = report["capture"]["packets"].as_u64().expect("a count");
            for judged in report["claims"].as_array().expect("claims") {
                let evidence = judged["evidence"]["packets"].as_array().expect("packets");
                assert!(
                    !evidence.is_empty() || judged["verdict"] == "inconclusive",
                    "{judged}"
                );
                let inside =
                    |n: &serde_json::Value| (1..=packets).contains(&n.as_u64().unwrap_or(0));
                assert!(evidence.iter().all(inside), "{judged}");
                assert_eq!(judged["gap"].is_null(), judged["verdict"] != "inconclusive");
            }
        }
    }
}
