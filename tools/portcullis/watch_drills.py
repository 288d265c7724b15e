"""Drills of the watchdog: the engine is gone, stopped or stuck, and `portcullis watch` beside it ends its orders.

Called by drills.py. The engine is the real one and so is the trouble: SIGKILL; SIGSTOP; a core thread that spins, put there
by ptrace: its next instruction becomes one that jumps to itself, and all other threads go on. What is open is the venue's word,
asked over a connection of our own.
"""
import ctypes
import json
import os
import pathlib
import re
import signal
import subprocess
import time

from rig import held

GONE_MS = 3000       # from the trouble to no open order
STILL_MS = 3000      # ... and nothing opens afterwards for as long
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_DETACH = 0x4206, 0x4207, 12, 13, 17  # <sys/ptrace.h>
RIP, ORIG_RAX, WALL = 16, 15, 0x40000000  # words of user_regs_struct, and <linux/wait.h>
JUMP_TO_ITSELF = b"\xeb\xfe"
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long


def ptrace(request, thread, data=None):
    if LIBC.ptrace(request, thread, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request}")


def thread_of(pid, names):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text(encoding="utf-8").strip() in names:
            return int(task.name)
    raise SystemExit(f"process {pid} has no thread called {' or '.join(names)}")


def jump_in(pid):
    """Where two bytes that jump to themselves lie in what the process may execute."""
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            begin, end, flags = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if "x" not in flags or "[" in line:
                continue
            memory.seek(int(begin, 16))
            at = memory.read(int(end, 16) - int(begin, 16)).find(JUMP_TO_ITSELF)
            if at >= 0:
                return int(begin, 16) + at
    raise SystemExit("no such instruction in the program")


def spin(pid):
    """The core thread never comes back; it is not stopped, it burns its processor."""
    thread, at = thread_of(pid, ("core", "fused")), jump_in(pid)
    ptrace(PTRACE_SEIZE, thread)
    ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, WALL)
    registers = (ctypes.c_uint64 * 27)()
    ptrace(PTRACE_GETREGS, thread, ctypes.byref(registers))
    registers[RIP], registers[ORIG_RAX] = at, 2**64 - 1  # no system call is begun anew
    ptrace(PTRACE_SETREGS, thread, ctypes.byref(registers))
    ptrace(PTRACE_DETACH, thread)


class Watch:
    """portcullis watch, of the engine's config."""

    def __init__(self, programs, run, config):
        self.log = open(run / "watch.log", "w", encoding="utf-8")
        self.process = subprocess.Popen([programs / "portcullis", "watch", "--config", config, "--once"],
                                        stdout=self.log, stderr=subprocess.STDOUT, **held())
        self.said = run / "watch.log"

    def wait_until(self, text, seconds):
        until = time.monotonic() + seconds
        while text not in self.said.read_text(encoding="utf-8"):
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the watch did not say '{text}': see {self.said}")
            time.sleep(0.02)

    def end(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return -1


TROUBLES = {
    "gone": ("the engine is killed (SIGKILL)", lambda process: process.send_signal(signal.SIGKILL)),
    "stopped": ("the engine is stopped (SIGSTOP), and goes on later", lambda process: process.send_signal(signal.SIGSTOP)),
    "stuck": ("the engine's core thread spins", lambda process: spin(process.pid)),
}


def watched(name, programs, run, venue, engine):
    """One trouble from start to end: facts and claims. The engine is not there any more afterwards."""
    watch = Watch(programs, run, engine.config)
    try:
        watch.wait_until("the gate is alive", 10)
        engine.wait_for("quoting", 30, lambda s: s["session_ready"] and s["reconciled"] and s["orders_open"] > 2)
        open_before = len(venue.open_orders())
        struck = time.monotonic()
        TROUBLES[name][1](engine.process)
        empty = None
        while empty is None and time.monotonic() - struck < 10:
            if not venue.open_orders():
                empty = (time.monotonic() - struck) * 1000
            time.sleep(0.02)
        code = watch.end(10)
        if name == "stopped":
            engine.process.send_signal(signal.SIGCONT)
        opened = 0
        while time.monotonic() - struck < ((empty or 0) + STILL_MS) / 1000:
            opened = max(opened, len(venue.open_orders()))
            time.sleep(0.05)
        status = None if name == "gone" else engine.ask("status")
    finally:
        watch.process.kill()
        engine.process.kill()
        engine.process.wait()
    lines = [json.loads(line) for line in (run / "engine/watch.log").read_text(encoding="utf-8").splitlines()]
    said = watch.said.read_text(encoding="utf-8")
    return {"empty_ms": empty}, [
        ("it had orders at the venue", open_before > 2),
        (f"nothing of it was open {GONE_MS} ms after the trouble", empty is not None and empty <= GONE_MS),
        (f"nothing opened in {STILL_MS} ms after that", empty is not None and opened == 0),
        ("the firm's kill was put down first, and is on the disk", lines != [] and lines[0].get("kill") == "firm"
         and lines[0]["durable"]),
        ("each cancel was written down, and what it has ended",
         any("cancel_all" in line for line in lines) and sum(len(line["orders"]) for line in lines if "canceled" in line) > 2),
        ("the watch has proven it, and says so", code == 0 and "nothing is open at the venue" in said
         and lines[-1].get("proven") is True),
        ("an engine that still answers knows that it is killed", status is None or status["killed"]),
    ]
