"""Becomes a program that ends when its supervisor does: `launcher.py PARENT SIGNAL UID GID PROGRAM ARGUMENT…`.

Run as `python -I -S launcher.py`, a few milliseconds between the supervisor's fork and the program: dropping
privileges and asking the kernel for a signal at the parent's death are not safe in a fork of a threaded process.
UID and GID are -1 to stay who we are.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, signal, uid, gid = map(int, arguments[:4])
    program = arguments[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":  # after setuid, which clears it
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The supervisor ended before this program started.")
    os.execv(program[0], program)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
