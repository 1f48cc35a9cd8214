#!/usr/bin/env python3
"""Types to a program on a terminal: typed.py COMMAND... <STEPS

The steps are lines: `type TEXT` (escapes as in Python strings: \\t is the tab key, \\r the return key, \\x03 control-C),
`see TEXT` waits until the text has been shown since the last step that saw something, `again TEXT` types the text until
the next `see` has seen its own (the program may not have got so far that it listens to it), `run COMMAND` runs
something else meanwhile, `end` waits for the end and tells the exit code, `end TEXT` types the text again and again until then
(the program may not listen to it yet). What was seen is printed. The terminal has 80 columns.

SPDX-License-Identifier: Apache-2.0
"""
import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE = 300
AGAIN = 0.5  # seconds between two presses


class Terminal:
    """The program, and what it has shown."""

    def __init__(self, command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background, as these tests may be, ignores it
            os.environ["TERM"] = "xterm"
            os.environ["LSAN_OPTIONS"] = f"suppressions={pathlib.Path(__file__).with_name('leaks.txt')}:print_suppressions=0"
            os.execvp(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = self.pressed = ""

    def read(self, until):
        """What comes next is shown; False at the end, or when patience is."""
        if not select.select([self.fd], [], [], max(0, until - time.monotonic()))[0]:
            return False
        try:
            got = os.read(self.fd, 65536)
        except OSError:
            return False
        self.shown += got.decode(errors="replace")
        return bool(got)

    def press_again(self, pressed, until):
        """Presses once more; False when nobody is there any more, or patience is over."""
        if not pressed or time.monotonic() > until:
            return False
        try:
            os.write(self.fd, pressed.encode())
        except OSError:
            return False
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def see(self, text):
        """Waits for the text."""
        until = time.monotonic() + PATIENCE
        pressed, self.pressed = self.pressed, ""
        while text not in self.shown:
            soon = min(until, time.monotonic() + AGAIN) if pressed else until
            if not self.read(soon) and not self.press_again(pressed, until):
                print(f"not seen: {text!r} in {self.shown!r}")
                return False
        self.shown = self.shown.partition(text)[2]
        print(f"seen: {text!r}")
        return True

    def end(self, pressed=""):
        """Waits for its end."""
        until = time.monotonic() + PATIENCE
        while self.read(min(until, time.monotonic() + AGAIN) if pressed else until) or self.press_again(pressed, until):
            pass
        print("exit code", os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]))


def main():
    """Goes through the steps."""
    terminal = Terminal(sys.argv[1:])
    for line in sys.stdin:
        verb, _, text = line.rstrip("\n").partition(" ")
        text = text.encode().decode("unicode_escape")
        if verb == "type":
            os.write(terminal.fd, text.encode())
        elif verb == "again":
            terminal.pressed = text
        elif verb == "run":
            subprocess.run(["bash", "-c", text], check=True)
        elif verb == "end":
            terminal.end(text)
        elif not terminal.see(text):
            sys.exit(1)


if __name__ == "__main__":
    main()
