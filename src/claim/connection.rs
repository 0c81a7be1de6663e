//! `relay-forwards-unchanged` where the relay carries TCP to a peer (RFC 6062): the octets of the
//! two connections that it joins, compared in order.

use super::case::Case;
use super::{Evidence, Gap, Scope, Verdict};
use crate::base::sample::Sample;
use crate::base::told::{Told, told};
use crate::flow::{Course, DataConnection, Doubt, RelayPath};

/// Octets that must be matched: about as many as a handshake of TLS has.
const ENOUGH: u64 = 1000;

pub(super) fn verdict(
    case: &Case<'_>,
    path: &RelayPath<'_>,
    connection: &DataConnection,
) -> Verdict {
    let courses = connection.courses();
    let mut refuting = Sample::default();
    for (entered, left) in courses.iter().filter_map(Course::altered) {
        refuting.add(entered);
        refuting.add(left);
    }
    if let Some(refuted) = Evidence::of(refuting) {
        return Verdict::Violated(refuted);
    }
    let mut matched = Sample::default();
    for course in courses {
        matched.merge(&course.packets);
    }
    let little = sum(courses, |course| course.unchanged) < ENOUGH;
    let gap = gap(case, path, courses).or(little.then_some(Gap::TooFewOctets));
    match gap {
        Some(gap) => Verdict::Inconclusive(gap, Evidence::of(matched)),
        None => Verdict::holds(matched, Gap::TooFewOctets),
    }
}

/// Why the comparison is not whole.
fn gap(case: &Case<'_>, path: &RelayPath<'_>, courses: &[Course; 2]) -> Option<Gap> {
    let one_leg = |course: &Course| (course.entered() == 0) != (course.left() == 0);
    let evicted = || case.tracker.evicted().iter().any(|(_, count)| *count > 0);
    let doubt = courses.iter().find_map(Course::doubt);
    match doubt {
        _ if courses.iter().any(one_leg) => Some(Gap::OneLeg),
        _ if case.limits.hidden > 0 => Some(Gap::Filtered),
        _ if case.touched.scope(Scope::Path(path.id)) => Some(Gap::Dropped),
        Some(Doubt::Missing) => Some(Gap::UnreadConnection),
        Some(Doubt::Cut) => Some(Gap::CutFrames),
        Some(Doubt::Again) => Some(Gap::SentAgain),
        Some(Doubt::LeftOnly) => Some(Gap::LeftUnexplained),
        Some(Doubt::Full) => Some(Gap::Evicted),
        None => evicted().then_some(Gap::Evicted),
    }
}

pub(super) fn found(connection: &DataConnection) -> Told {
    let courses = connection.courses();
    let altered = courses.iter().any(|course| course.altered().is_some());
    told![
        sum(courses, |course| course.unchanged),
        " of ",
        sum(courses, Course::left),
        " octets that left on the connection had entered",
        if altered {
            ", and the next is another"
        } else {
            ""
        }
    ]
}

fn sum(courses: &[Course; 2], of: fn(&Course) -> u64) -> u64 {
    courses.iter().map(of).sum()
}
