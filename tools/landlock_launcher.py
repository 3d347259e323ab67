"""Confines itself with Landlock and seccomp, then becomes another program.

Run as a script: `python -I -S landlock_launcher.py BOUNDS PROGRAM ARGUMENT...`. BOUNDS is JSON with `read`,
`write`, `protected` and `around` (lists of paths), `network`, `temp`, `home` and `toolchains` (variables).
Nothing but the standard library is imported, and nothing of ours: it must start in a few milliseconds.

Landlock can only allow, and who may make files in a folder may make them in all folders below, so it cannot
keep one folder of a writable one as it is. Where namespaces are to be had, the program gets mounts of its own
in which what is protected is read-only: what a person changes there meanwhile stays. Where not, this process,
which stays outside and waits, puts back what was changed, by whomever, and sets aside what it finds. The
program also gets a network of its own with nothing but loopback, or else no sockets.

Sources: the kernel's documentation of Landlock (userspace-api/landlock) and of seccomp filters
(userspace-api/seccomp_filter), and the system call tables of x86-64 and arm64.
"""

import ctypes
import fcntl
import json
import os
import platform
import shutil
import signal
import socket
import stat
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

MIN_ABI = 3  # from Linux 6.2: before, truncating files could not be forbidden

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_ALL = (1 << 15) - 1  # everything of ABI 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_SCOPES = 0b11  # from ABI 6: no signals to, and no abstract sockets of, programs outside

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38
_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
_LOCKED = 2 | 4 | 8 | 1024 | 2048  # nosuid, nodev, noexec, noatime, nodiratime: what a mount has, it keeps
_IO_URING_SETUP = 425  # it could open sockets behind the filter's back
_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # audit id, number of socket()

_SET_ASIDE = ".set-aside"

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Confine and run the program named on the command line."""
    bounds, program = json.loads(sys.argv[1]), sys.argv[2:]
    before = [_remember(Path(path)) for path in bounds["protected"]]
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    spaces = _to_be_had(bounds)
    child = os.fork()
    if child == 0:
        _become(bounds, program, spaces)
    signal.signal(signal.SIGTERM, lambda *_: _kill(child))
    _, status = os.waitpid(child, 0)
    _end_stragglers()
    for path, content in zip(bounds["protected"], before, strict=True):
        if not spaces & _CLONE_NEWNS and _remember(Path(path)) != content:
            _put_back(Path(path), content)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)


def _become(bounds: dict[str, Any], program: list[str], spaces: int) -> None:
    try:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if spaces:
            _move_out(bounds, spaces)
        _checked("no_new_privs", _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _restrict_files(bounds["read"], bounds["write"])
        _restrict_sockets(internet=bounds["network"] or bool(spaces & _CLONE_NEWNET))
        os.environ.update({"TMPDIR": bounds["temp"], "HOME": bounds["home"]})
        for name, value in bounds["toolchains"].items():
            os.environ.setdefault(name, value)
        os.execvp(program[0], program)
    except OSError as error:
        sys.stderr.write(f"{program[0]}: {error.strerror or error}\n")
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


def _end_stragglers() -> None:
    """End what left the process group: as a subreaper we inherit whatever the program orphaned."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while True:
        for pid in children.read_text().split() if children.exists() else []:
            _kill(int(pid))
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it ended at the same moment
        os.kill(pid, signal.SIGKILL)


def _checked(what: str, result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what} failed: {os.strerror(number)}")
    return result


def abi() -> int:
    """Return the version of Landlock here; 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def _restrict_files(read: list[str], write: list[str]) -> None:
    version = abi()
    if version < MIN_ABI:
        raise OSError(0, f"Landlock {MIN_ABI} is needed, this kernel has {version}")
    fields = struct.pack("=QQQ", _ALL, 0, _SCOPES if version >= 6 else 0)
    size = len(fields) if version >= 6 else 8
    ruleset = _checked(
        "Landlock", _libc.syscall(_CREATE_RULESET, fields, ctypes.c_size_t(size), ctypes.c_uint32(0))
    )
    for path in read:
        _allow(ruleset, path, _READ)
    for path in write:
        _allow(ruleset, path, _ALL)
    _checked("Landlock", _libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not there, or not to be seen anyway
        return
    if not stat.S_ISDIR(os.fstat(beneath).st_mode):
        rights &= _FILE_ONLY
    rule = struct.pack("=Qi", rights, beneath)
    result = _libc.syscall(
        _ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_RULE_PATH_BENEATH), rule, ctypes.c_uint32(0)
    )
    os.close(beneath)
    _checked(f"Landlock for {path}", result)


def _to_be_had(bounds: dict[str, Any]) -> int:
    """The namespaces that this system gives us.

    From half a move there is no way back (some systems give a namespace, and then nothing may be done in it),
    so each is tried by a process that ends at once.
    """
    network = 0 if bounds["network"] else _CLONE_NEWNET
    for spaces in filter(None, (_CLONE_NEWNS | network, _CLONE_NEWNS, network)):
        child = os.fork()
        if child == 0:
            try:
                _move_out(bounds, spaces)
            except OSError:
                os._exit(1)
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return spaces
    return 0


def _move_out(bounds: dict[str, Any], spaces: int) -> None:
    """Move into namespaces of our own, and guard there what is protected."""
    user, group = os.getuid(), os.getgid()
    _checked("unshare", _libc.unshare(_CLONE_NEWUSER | spaces))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    if spaces & _CLONE_NEWNS:
        _guard(bounds["around"], bounds["protected"])
    if spaces & _CLONE_NEWNET:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
            up_and_running = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
            fcntl.ioctl(plug, 0x8914, up_and_running)  # SIOCSIFFLAGS


def _guard(around: list[str], protected: list[str]) -> None:
    """Make what is protected read-only in our mounts, and the folders around it stay in their place.

    Landlock then keeps the program from changing its mounts.
    """
    _mount(None, "/", _MS_REC | _MS_PRIVATE)
    for folder in around:  # a folder that is no mount could be moved away, and another put into its place
        _mount(folder, folder, _MS_BIND | _MS_REC)
    for path in protected:
        kept = os.statvfs(path).f_flag & _LOCKED
        _mount(path, path, _MS_BIND | _MS_REC)
        _mount(None, path, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | kept)


def _mount(source: str | None, target: str, flags: int) -> None:
    named = None if source is None else os.fsencode(source)
    result = _libc.mount(named, os.fsencode(target), None, ctypes.c_ulong(flags), None)
    _checked(f"mount of {target}", result)


def _restrict_sockets(*, internet: bool) -> None:
    """Let socket() open nothing but netlink and, where it is harmless, the internet families.

    Unix sockets are never allowed: a session bus or a container engine would run things outside.
    (socketpair() is another call and stays: event loops need it.)
    """
    audit, socket_call = _ARCHITECTURES[platform.machine()]
    families = [int(socket.AF_NETLINK), *([int(socket.AF_INET), int(socket.AF_INET6)] if internet else [])]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    allow, refuse, unknown = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38  # EPERM, ENOSYS
    checks = [(equal, len(families) - place, 0, family) for place, family in enumerate(families)]
    program = [
        (load, 0, 0, 4),  # the architecture: another one has other numbers
        (equal, 1, 0, audit),
        (give, 0, 0, refuse),
        (load, 0, 0, 0),  # the number of the call
        (at_least, 0, 1, 0x40000000),  # the x32 variants
        (give, 0, 0, refuse),
        (equal, 0, 1, _IO_URING_SETUP),
        (give, 0, 0, unknown),
        (equal, 1, 0, socket_call),
        (give, 0, 0, allow),
        (load, 0, 0, 16),  # its first argument
        *checks,
        (give, 0, 0, refuse),
        (give, 0, 0, allow),
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_ = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    _checked("seccomp", _libc.prctl(_PR_SET_SECCOMP, 2, filter_, 0, 0))


def _remember(path: Path) -> dict[str, tuple[bytes, int]]:
    """Return the content and mode of a file, or of each file directly in a folder."""
    files = sorted(path.iterdir()) if path.is_dir() and not path.is_symlink() else [path]
    plain = [file for file in files if file.is_file() and not file.is_symlink()]
    found = {str(file): (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) for file in plain}
    return found | {str(file): (b"?", 0) for file in files if file not in plain and file.is_symlink()}


def _put_back(path: Path, content: dict[str, tuple[bytes, int]]) -> None:
    """Bring back a file, or the files of a folder; what is there instead is kept beside it."""
    aside = path.with_name(f"{path.name}{_SET_ASIDE}")
    sys.stderr.write(
        f"{path} is git's own and was put back as it was. What it had become is in {aside.name}.\n"
    )
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    if path.exists() or path.is_symlink():
        path.replace(aside)
    for name, (data, mode) in content.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data)
        Path(name).chmod(mode)


if __name__ == "__main__":
    main()
