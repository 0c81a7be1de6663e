//! The list: what is called, when, and why.

use crate::run::confine::Confinement;

/// System calls that are needed for one reason, which stands above each.
pub(super) struct Group {
    pub(super) when: When,
    pub(super) calls: &'static [i64],
    /// Sets of tests, one of which must be passed; none where every argument will do.
    pub(super) only: &'static [&'static [Test]],
}

/// What makes a group necessary.
#[derive(Clone, Copy)]
pub(super) enum When {
    Always,
    /// Files are made in a directory.
    Writing,
    /// The counters of an interface are read.
    Counting,
    /// Connections are taken.
    Listening,
    /// A dashboard is on the terminal.
    Drawing,
}

impl When {
    pub(super) fn is_in(self, plan: &Confinement<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::Writing => !plan.directories.is_empty() || !plan.exports.is_empty(),
            Self::Counting => !plan.interfaces.is_empty(),
            Self::Listening => plan.listening,
            Self::Drawing => plan.drawing,
        }
    }
}

/// Whether the bits of an argument, counted from 0, that are in `mask` are those of `value`.
pub(super) struct Test {
    pub(super) argument: u8,
    pub(super) mask: u64,
    pub(super) value: u64,
}

/// An argument of 32 bits has this value.
pub(super) const fn is(argument: u8, value: u64) -> Test {
    bits(argument, 0xffff_ffff, value)
}

const fn bits(argument: u8, mask: u64, value: u64) -> Test {
    Test {
        argument,
        mask,
        value,
    }
}

/// One of the numbers that a system call takes as an argument.
const fn number(c: i32) -> u64 {
    c.cast_unsigned() as u64
}

/// A request of `ioctl`: 32 bits for the kernel, in a type that the C library chooses.
const fn request(c: libc::Ioctl) -> u64 {
    c as u32 as u64
}

const ANY: &[&[Test]] = &[];

/// The list. Where a number exists on one architecture only, the C library calls the same thing by
/// another one elsewhere.
pub(super) const GROUPS: &[Group] = &[
    // Frames are read from the ring or, where there is none, from the socket; so are the counters
    // of the kernel, and whether the interface is still there.
    Group {
        when: When::Always,
        calls: &[
            #[cfg(target_arch = "x86_64")]
            libc::SYS_poll,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_select,
            libc::SYS_ppoll,
            libc::SYS_pselect6,
            libc::SYS_recvfrom,
            libc::SYS_recvmsg,
            libc::SYS_getsockopt,
        ],
        only: ANY,
    },
    // Captures, reports and lines are written to files, pipes and terminals that are open.
    Group {
        when: When::Always,
        calls: &[
            libc::SYS_read,
            libc::SYS_readv,
            libc::SYS_pread64,
            libc::SYS_write,
            libc::SYS_writev,
            libc::SYS_pwrite64,
            libc::SYS_lseek,
            libc::SYS_fsync,
            libc::SYS_fdatasync,
            libc::SYS_ftruncate,
            libc::SYS_fstat,
            libc::SYS_close,
        ],
        only: ANY,
    },
    // Over a connection that is open: answers, and the word that a signal was caught, which its
    // handler leaves for a thread in a pair of sockets. There is no address to send to.
    Group {
        when: When::Always,
        calls: &[libc::SYS_sendto],
        only: &[&[bits(4, u64::MAX, 0)]],
    },
    Group {
        when: When::Always,
        calls: &[libc::SYS_socketpair],
        only: &[&[is(0, number(libc::AF_UNIX))]],
    },
    // What an open file is: `fstat` in its newer forms.
    Group {
        when: When::Always,
        calls: &[libc::SYS_newfstatat],
        only: &[&[bits(3, EMPTY_PATH, EMPTY_PATH)]],
    },
    Group {
        when: When::Always,
        calls: &[libc::SYS_statx],
        only: &[&[bits(2, EMPTY_PATH, EMPTY_PATH)]],
    },
    // A second descriptor of an open file, and whether reading waits. What sends signals to the
    // owner of a file stands here not.
    Group {
        when: When::Always,
        calls: &[libc::SYS_fcntl],
        only: &[
            &[is(1, number(libc::F_GETFD))],
            &[is(1, number(libc::F_SETFD))],
            &[is(1, number(libc::F_GETFL))],
            &[is(1, number(libc::F_SETFL))],
            &[is(1, number(libc::F_DUPFD_CLOEXEC))],
        ],
    },
    // Whether an output is a terminal and how wide; whether an interface is up; and whether a
    // socket waits. What types into a terminal stands here not.
    Group {
        when: When::Always,
        calls: &[libc::SYS_ioctl],
        only: &[
            &[is(1, request(libc::TCGETS))],
            &[is(1, request(libc::TIOCGWINSZ))],
            &[is(1, request(libc::FIONBIO))],
            &[is(1, request(libc::SIOCGIFFLAGS))],
        ],
    },
    // Memory, none of it executable.
    Group {
        when: When::Always,
        calls: &[
            libc::SYS_brk,
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_madvise,
        ],
        only: ANY,
    },
    Group {
        when: When::Always,
        calls: &[libc::SYS_mmap, libc::SYS_mprotect],
        only: &[&[bits(2, number(libc::PROT_EXEC), 0)]],
    },
    // Threads: they wait for each other, begin, get a name, and end. `clone3` hides its flags
    // from filters: it is said to be absent, and the C library takes `clone`.
    Group {
        when: When::Always,
        calls: &[
            libc::SYS_futex,
            libc::SYS_clone3,
            libc::SYS_set_robust_list,
            libc::SYS_rseq,
            libc::SYS_sigaltstack,
            libc::SYS_sched_getaffinity,
            libc::SYS_sched_yield,
            libc::SYS_gettid,
            libc::SYS_getpid,
            libc::SYS_exit,
            libc::SYS_exit_group,
        ],
        only: ANY,
    },
    Group {
        when: When::Always,
        calls: &[libc::SYS_clone],
        only: &[&[bits(
            0,
            number(libc::CLONE_THREAD),
            number(libc::CLONE_THREAD),
        )]],
    },
    Group {
        when: When::Always,
        calls: &[libc::SYS_prctl],
        only: &[&[is(0, number(libc::PR_SET_NAME))]],
    },
    // The time, where the kernel does not show it in memory; pauses; keys of tables.
    Group {
        when: When::Always,
        calls: &[
            #[cfg(target_arch = "x86_64")]
            libc::SYS_time,
            libc::SYS_gettimeofday,
            libc::SYS_clock_gettime,
            libc::SYS_clock_nanosleep,
            libc::SYS_nanosleep,
            libc::SYS_getrandom,
        ],
        only: ANY,
    },
    // Signals that it catches.
    Group {
        when: When::Always,
        calls: &[
            libc::SYS_rt_sigaction,
            libc::SYS_rt_sigprocmask,
            libc::SYS_rt_sigreturn,
            libc::SYS_restart_syscall,
        ],
        only: ANY,
    },
    // Files of a rotation are made, get their last name, and go when there are enough. Which
    // files these may be is for Landlock to say.
    Group {
        when: When::Writing,
        calls: &[
            #[cfg(target_arch = "x86_64")]
            libc::SYS_open,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_stat,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_lstat,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_readlink,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_rename,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_link,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_unlink,
            libc::SYS_openat,
            libc::SYS_newfstatat,
            libc::SYS_statx,
            libc::SYS_readlinkat,
            libc::SYS_getdents64,
            libc::SYS_getcwd,
            libc::SYS_renameat2,
            #[cfg(not(target_arch = "riscv64"))]
            libc::SYS_renameat,
            libc::SYS_linkat,
            libc::SYS_unlinkat,
        ],
        only: ANY,
    },
    // libpcap reads the counters of a promiscuous interface from files.
    Group {
        when: When::Counting,
        calls: &[libc::SYS_openat],
        only: &[&[bits(2, FOR_CHANGE, 0)]],
    },
    #[cfg(target_arch = "x86_64")]
    Group {
        when: When::Counting,
        calls: &[libc::SYS_open],
        only: &[&[bits(1, FOR_CHANGE, 0)]],
    },
    // Keys and new sizes of the terminal are waited for.
    Group {
        when: When::Drawing,
        calls: &[
            #[cfg(target_arch = "x86_64")]
            libc::SYS_epoll_wait,
            libc::SYS_epoll_pwait,
        ],
        only: ANY,
    },
    // The terminal is taken, and given back as it was. What types into it stands here not.
    Group {
        when: When::Drawing,
        calls: &[libc::SYS_ioctl],
        only: &[
            &[is(1, request(libc::TCGETS2))],
            &[is(1, request(libc::TCSETS))],
            &[is(1, request(libc::TCSETS2))],
        ],
    },
    // The metrics are asked for, and the connection ends.
    Group {
        when: When::Listening,
        calls: &[
            libc::SYS_accept,
            libc::SYS_accept4,
            libc::SYS_shutdown,
            libc::SYS_getpeername,
            libc::SYS_getsockname,
        ],
        only: ANY,
    },
    // Who is slow to ask or to read is not waited for.
    Group {
        when: When::Listening,
        calls: &[libc::SYS_setsockopt],
        only: &[
            &[
                is(1, number(libc::SOL_SOCKET)),
                is(2, number(libc::SO_RCVTIMEO)),
            ],
            &[
                is(1, number(libc::SOL_SOCKET)),
                is(2, number(libc::SO_SNDTIMEO)),
            ],
        ],
    },
];

/// The path is empty: the call speaks of an open file.
const EMPTY_PATH: u64 = number(libc::AT_EMPTY_PATH);

/// What opens a file for more than reading.
const FOR_CHANGE: u64 =
    number(libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_TMPFILE);
