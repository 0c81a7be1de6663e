//! Which system calls may still be made: seccomp, by the list in `list`.

mod list;

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use seccompiler::{
    BackendError, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

use super::{Confinement, Lack, Outcome};
use list::{GROUPS, Test, is};

/// Refuses, in all threads, every system call that is not in [`GROUPS`]. A refused call fails with
/// `EPERM`; those of another architecture's numbering end the process.
pub(super) fn limit(plan: &Confinement<'_>) -> Outcome {
    match refuse_unlisted(plan) {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Not(Lack::Seccomp(error.to_string())),
    }
}

fn refuse_unlisted(plan: &Confinement<'_>) -> Result<(), seccompiler::Error> {
    let arch = ARCH.try_into()?;
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let absent = filter(arch, absent, SeccompAction::Allow, errno(libc::ENOSYS))?;
    let listed = filter(arch, rules(plan)?, errno(libc::EPERM), SeccompAction::Allow)?;
    apply_filter_all_threads(&absent)?;
    apply_filter_all_threads(&listed)
}

fn filter(
    arch: TargetArch,
    rules: Rules,
    unlisted: SeccompAction,
    listed: SeccompAction,
) -> Result<seccompiler::BpfProgram, BackendError> {
    SeccompFilter::new(rules, unlisted, listed, arch)?.try_into()
}

const fn errno(error: i32) -> SeccompAction {
    SeccompAction::Errno(error.cast_unsigned())
}

/// For each call the conditions one of which must be met; none where it is always allowed.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn rules(plan: &Confinement<'_>) -> Result<Rules, BackendError> {
    let mut rules = Rules::new();
    let needed = || GROUPS.iter().filter(|group| group.when.is_in(plan));
    for group in needed().filter(|group| group.only.is_empty()) {
        rules.extend(group.calls.iter().map(|call| (*call, Vec::new())));
    }
    let free: Vec<i64> = rules.keys().copied().collect();
    for group in needed().filter(|group| !group.only.is_empty()) {
        for call in group.calls.iter().filter(|call| !free.contains(call)) {
            let conditions = group.only.iter().map(|tests| rule(tests));
            let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
            rules.entry(*call).or_default().extend(conditions);
        }
    }
    // A signal to itself: how a process aborts, and how it ends by a signal that it caught.
    let itself = rule(&[is(0, std::process::id().into())])?;
    rules.insert(libc::SYS_tgkill, vec![itself]);
    Ok(rules)
}

fn rule(tests: &[Test]) -> Result<SeccompRule, BackendError> {
    let conditions = tests.iter().map(|test| {
        // The upper half of a narrow argument is not the kernel's to read.
        let length = match u32::try_from(test.mask) {
            Ok(_) => SeccompCmpArgLen::Dword,
            Err(_) => SeccompCmpArgLen::Qword,
        };
        let compare = SeccompCmpOp::MaskedEq(test.mask);
        SeccompCondition::new(test.argument, length, compare, test.value)
    });
    SeccompRule::new(conditions.collect::<Result<_, _>>()?)
}
