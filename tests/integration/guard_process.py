#!/usr/bin/env python3
"""The real smprig-guard as a process: what it has given up, and whom it lets in.

guard_process.py BIN_FOLDER: prints what it saw, exits 1 with the reason when it is wrong. Whether a foreign user
is let in is looked at as root alone.
"""
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time

HELLO = 1  # enum guard_request_kind
EVENT_HELLO, EVENT_BAD_MESSAGE = 1, 8  # enum guard_event_kind
MESSAGE_BYTES = 1752  # sizeof(struct guard_request)
NOBODY = 65534


def expect(holds, what):
    print(("ok   " if holds else "WRONG"), what, flush=True)
    if not holds:
        sys.exit(1)


def constant(name):
    """A number of controller/guard/protocol.h."""
    text = (pathlib.Path(__file__).parents[2] / "controller/guard/protocol.h").read_text()
    return int(text.split(f"#define {name} ", 1)[1].split("u", 1)[0])


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":", 1) for line in lines)


def connect(path):
    end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    end.settimeout(2)
    end.connect(str(path))
    return end


def is_let_in(end):
    """Whether the guard leaves the connection open."""
    end.settimeout(0.3)
    try:
        return end.recv(4096) != b""
    except (TimeoutError, socket.timeout):
        return True
    except ConnectionError:
        return False


def kinds_heard(end, seconds):
    heard, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            heard.append(struct.unpack_from("II", end.recv(4096))[1])
        except (TimeoutError, socket.timeout):
            pass
    return heard


def as_nobody(path):
    """A process of another user knocks: 0 when it is let in."""
    child = os.fork()
    if child == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            os._exit(0 if is_let_in(connect(path)) else 1)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main():
    guard_program = pathlib.Path(sys.argv[1]).resolve() / "smprig-guard"
    with tempfile.TemporaryDirectory(prefix="smprig-") as folder:
        os.chmod(folder, 0o755)
        path = pathlib.Path(folder) / "guard"
        guard = subprocess.Popen([guard_program, "--port", "/dev/null", "--socket", path], stderr=subprocess.PIPE,
                                 text=True)
        try:
            until = time.monotonic() + 10  # a busy machine
            while time.monotonic() < until and status_of(guard.pid)["Seccomp"].strip() != "2":
                time.sleep(0.02)
            status = status_of(guard.pid)
            expect(status["NoNewPrivs"].strip() == "1", "it can gain no new privileges")
            expect(status["Seccomp"].strip() == "2", "it runs behind a filter of system calls")
            expect(int(status["VmLck"].split()[0]) > 0 or os.geteuid() != 0, "its memory is locked")
            limits = pathlib.Path(f"/proc/{guard.pid}/limits").read_text()
            expect("Max core file size        0 " in limits, "it leaves no core file")
            expect(path.stat().st_mode & 0o007 == 0, "its socket is closed to others")
            if os.geteuid() == 0:
                path.chmod(0o777)
                expect(as_nobody(path) == 1, "another user is turned away even where the socket is open")
            daemon = connect(path)
            expect(not is_let_in(connect(path)), "a second daemon is turned away")
            daemon.settimeout(0.1)
            daemon.send(b"short")
            expect(EVENT_BAD_MESSAGE in kinds_heard(daemon, 0.5), "a message of a wrong length is told")
            expect(guard.poll() is None, "and nothing else comes of it")
            daemon.send(struct.pack("IIQ", constant("GUARD_PROTOCOL_VERSION"), HELLO, 100).ljust(MESSAGE_BYTES, b"\0"))
            expect(EVENT_HELLO in kinds_heard(daemon, 0.5), "a right one is answered")
            daemon.send(struct.pack("IIQ", 99, HELLO, 101).ljust(MESSAGE_BYTES, b"\0"))
            expect(EVENT_BAD_MESSAGE in kinds_heard(daemon, 0.5), "one of another version is told")
            daemon.close()
            time.sleep(0.2)
            expect(is_let_in(connect(path)), "when the daemon has gone, the next one is let in")
        finally:
            guard.kill()
            print(guard.communicate()[1][-600:])


if __name__ == "__main__":
    main()
