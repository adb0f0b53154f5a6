"""What a decoder may do: think, in bounded memory and time, about the one file it was given.

Two walls, so that one may have a hole. Limits of the process, everywhere: memory, seconds, and not one more file
or socket. On Linux a list of the few system calls that decoding needs; all others are answered with "not
permitted": no connection, no new file, no other program, no look into another process.
"""

import ctypes
import platform
import resource
import struct
import sys

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 10
OUTPUT_BYTES = 64 * 1024 * 1024

_NO_NEW_PRIVILEGES, _SECCOMP, _BY_FILTER = 38, 22, 2
_ALLOW, _NOT_PERMITTED, _NOT_THERE, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_CALL, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x10000

# read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 readv
# writev sched_yield mremap madvise nanosleep getpid exit sysinfo sigaltstack gettid futex sched_getaffinity
# clock_gettime clock_nanosleep exit_group tgkill set_robust_list getrandom rseq membarrier
_CALLS = {
    "x86_64": (
        0xC000003E,
        "0 1 3 5 8 9 10 11 12 13 14 15 17 19 20 24 25 28 35 39 60 99 131 186 202 204 228 230 231 234 273 318 334 324",
        56,
    ),
    "aarch64": (
        0xC00000B7,
        "63 64 57 80 62 222 226 215 214 134 135 139 67 65 66 124 216 233 101 172 93 179 132 178 98 123 113 115 94 131 "
        "99 278 293 283",
        220,
    ),
}
_CLONE3 = 435


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def close() -> None:
    """Shut this process in. What decoding needs must be imported and opened before."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    if sys.platform == "linux" and platform.machine() in _CALLS:
        _filter_calls(*_CALLS[platform.machine()])


def _filter_calls(architecture: int, calls: str, clone: int) -> None:
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, yes=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _CALL),
    ]
    for call in map(int, calls.split()):
        steps += [_step(_EQUAL, call, no=1), _step(_RETURN, _ALLOW)]
    # A thread of its own a decoder may have; another process not. Of clone3 the flags cannot be read: the C library
    # takes clone where the kernel has no clone3.
    steps += [
        _step(_EQUAL, _CLONE3, no=1),
        _step(_RETURN, _NOT_THERE),
        _step(_EQUAL, clone, no=3),
        _step(_LOAD, _FIRST_ARGUMENT),
        _step(_ANY_BIT, _CLONE_THREAD, no=1),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _NOT_PERMITTED),
    ]
    code = b"".join(steps)
    kernel = ctypes.CDLL(None)
    # Where a container takes these calls away, the limits above still hold: no file, no socket.
    if kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
        kernel.prctl(_SECCOMP, _BY_FILTER, ctypes.byref(_Program(len(steps), code)), 0, 0)


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
