//! What was lost makes inconclusive what it could hide, and nothing else: two calls, one an hour
//! after the other, and losses at different times.

mod common;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::time::Duration;

use common::{Record, file, records};
use relayscope::base::time::Timestamp;
use relayscope::capture::{CaptureSummary, EndedEarly, FileSource, Loss, PacketSource, Reading};
use relayscope::claim::{Gap, Judgement, Scope};
use relayscope::exposure::Vantage;
use relayscope::flow::Tracker;
use relayscope::report::{Question, Report, json, schema, text};
use relayscope::run::track;

/// Between the calls.
const PAUSE: Duration = Duration::from_hours(1);

/// Two calls in one capture.
struct Calls {
    tracker: Tracker,
    summary: CaptureSummary,
    /// Last packet of the first call, by its number.
    last_of_first: u64,
    /// First and last moment of each.
    lives: [[Timestamp; 2]; 2],
}

/// What is judged, by observer and claim.
type Judged = BTreeSet<(&'static str, &'static str, String)>;

impl Calls {
    fn new() -> Self {
        let first = records("one-client-relayed.pcap");
        let mut second = records("header-extensions-sealed.pcap");
        let micros = |packet: Option<&Record>| packet.expect("a packet").micros;
        let begin = micros(first.last()) + PAUSE.as_micros() as u64;
        let was = micros(second.first());
        for packet in &mut second {
            packet.micros = packet.micros - was + begin;
        }
        let life = |call: &[Record]| {
            [call.first(), call.last()].map(|p| Timestamp((micros(p) * 1000).cast_signed()))
        };
        let lives = [life(&first), life(&second)];
        let octets = file(&[first.as_slice(), &second].concat());
        let source = FileSource::from_reader(Box::new(Cursor::new(octets)), "calls.pcap");
        let mut source = source.expect("a capture");
        Self {
            tracker: track(&mut source).expect("readable"),
            summary: source.summary().clone(),
            last_of_first: first.len() as u64,
            lives,
        }
    }

    /// The verdicts of all observers where this is known of the capture.
    fn judged(&self, summary: &CaptureSummary) -> Vec<Judgement> {
        let of = |observer| {
            let question = Question {
                observer: Some(observer),
                ..Question::default()
            };
            Report::new(summary, &self.tracker, &question).claims
        };
        Vantage::ALL.into_iter().flat_map(of).collect()
    }

    /// What holds of the first call, and of the second; what speaks of neither is left out.
    fn holding(&self, judged: &[Judgement]) -> [Judged; 2] {
        let mut holding = [Judged::new(), Judged::new()];
        for one in judged.iter().filter(|one| one.verdict.name() == "holds") {
            let packets = one.verdict.evidence().expect("evidence").packets();
            let second = packets.first().expect("a packet") > self.last_of_first;
            if !matches!(one.scope, Scope::Server(_) | Scope::Capture) {
                let key = (
                    one.observer.name(),
                    one.claim.id,
                    format!("{:?}", one.scope),
                );
                holding[usize::from(second)].insert(key);
            }
        }
        holding
    }

    /// What still holds of either call where packets were lost at these times.
    fn holding_with(&self, losses: &[[Timestamp; 2]]) -> [Judged; 2] {
        let judged = self.judged(&self.lossy(losses));
        let holds = |one: &&Judgement| one.verdict.name() == "holds";
        for one in judged.iter().filter(holds) {
            let always = matches!(one.scope, Scope::Server(_) | Scope::Capture);
            assert!(!always, "{} {:?}", one.claim.id, one.scope);
        }
        self.holding(&judged)
    }

    fn lossy(&self, losses: &[[Timestamp; 2]]) -> CaptureSummary {
        let mut summary = self.summary.clone();
        let mut dropped = 0;
        for [from, to] in losses {
            for time in [*from, *to] {
                summary.losses.read(Reading {
                    interface: 0,
                    time,
                    received: 0,
                    dropped,
                });
                dropped += u64::from(time == *from);
            }
        }
        summary
    }
}

/// So many seconds after a moment.
fn after(moment: Timestamp, seconds: i64) -> Timestamp {
    Timestamp(moment.0 + seconds * 1_000_000_000)
}

fn nothing() -> Judged {
    Judged::new()
}

#[test]
fn a_loss_touches_what_was_alive_and_nothing_else() {
    let calls = Calls::new();
    let [first, second] = calls.holding(&calls.judged(&calls.summary));
    assert!(
        first.len() > 10 && second.len() > 10,
        "{first:?} {second:?}"
    );
    let [[begin, end], [later, last]] = calls.lives;
    let whole = [first.clone(), second.clone()];
    let during = |life: Timestamp| [after(life, 2), after(life, 3)];

    assert_eq!(
        calls.holding_with(&[during(begin)]),
        [nothing(), second.clone()]
    );
    assert_eq!(
        calls.holding_with(&[during(later)]),
        [first.clone(), nothing()]
    );
    assert_eq!(
        calls.holding_with(&[during(begin), during(later)]),
        [nothing(), nothing()]
    );
    let over = [after(begin, -1), after(last, 1)];
    assert_eq!(calls.holding_with(&[over]), [nothing(), nothing()]);
    let between = [after(end, 600), after(later, -600)];
    assert_eq!(
        calls.holding_with(&[between]),
        whole,
        "dead before, and not yet born"
    );
    assert_eq!(
        calls.holding_with(&[[after(last, 600), after(last, 601)]]),
        whole
    );
    let many: Vec<_> = (1..50)
        .map(|n| [after(end, n * 60), after(end, n * 60 + 1)])
        .collect();
    assert_eq!(calls.holding_with(&many), whole);
}

#[test]
fn a_loss_touches_what_begins_right_after_it_and_what_may_not_have_ended() {
    let calls = Calls::new();
    let [first, second] = calls.holding(&calls.judged(&calls.summary));
    let [[_, end], [later, _]] = calls.lives;
    let before = [after(later, -21), after(later, -20)];
    assert_eq!(calls.holding_with(&[before]), [first, nothing()]);
    let behind = [after(end, 20), after(end, 21)];
    assert_eq!(calls.holding_with(&[behind]), [nothing(), second]);
}

#[test]
fn what_was_lost_nobody_knows_when_touches_everything() {
    let calls = Calls::new();
    let mut counted = calls.summary.clone();
    counted.interfaces[0].dropped = Some(1);
    let mut cut = calls.summary.clone();
    cut.sources.push("other.pcap".to_owned());
    cut.ended_early.push(EndedEarly {
        file: "other.pcap".to_owned(),
        offset: Some(24),
        packets: 0,
        reason: "ends in the middle of a packet record".into(),
    });
    for summary in [
        counted,
        cut,
        calls.lossy(&[[Timestamp::MIN, Timestamp::MAX]]),
    ] {
        let judged = calls.judged(&summary);
        assert_eq!(calls.holding(&judged), [nothing(), nothing()]);
        assert!(
            judged
                .iter()
                .any(|one| one.verdict.gap() == Some(Gap::Dropped))
        );
    }
    let whole = Loss::at_any_time(1);
    assert_eq!(
        calls.lossy(&[[whole.from, whole.to]]).losses.intervals(),
        [whole]
    );
}

#[test]
fn a_report_says_how_many_were_lost_and_when() {
    let calls = Calls::new();
    let [[begin, _], _] = calls.lives;
    let summary = calls.lossy(&[
        [after(begin, 2), after(begin, 3)],
        [Timestamp::MIN, after(begin, 1)],
    ]);
    let report = Report::new(&summary, &calls.tracker, &Question::default());
    let (mut object, mut words) = (Vec::new(), Vec::new());
    json::write(&report, &mut object).expect("memory");
    text::write(&report, &mut words).expect("memory");
    let object: serde_json::Value = serde_json::from_slice(&object).expect("JSON");
    let losses = r#"[{"from":null,"to":1795423677.65926,"packets":1},{"from":1795423678.65926,"to":1795423679.65926,"packets":1}]"#;
    assert_eq!(object["capture"]["losses"].to_string(), losses);
    let schema = serde_json::from_str(schema::REPORT).expect("JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    assert!(schema.is_valid(&object));
    let words = String::from_utf8(words).expect("text").replace("\n ", "");
    let told = "The capture lost 2 packets (up to 1.0 s, between 2.0 s and 3.0 s after it began).";
    assert!(words.contains(told), "{words}");
}
