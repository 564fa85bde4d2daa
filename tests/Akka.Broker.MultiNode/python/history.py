"""What a client saw, a line an event; Checking/HistoryFile.cs says the form. Times are the machine's monotonic clock in nanoseconds."""
import sys
import threading
import time


class History:
    """Buffered; flushed by whoever calls flush, and at the end."""

    def __init__(self, path):
        self._file = open(path, "w", buffering=1 << 16)

    def note(self, kind, *fields):
        self._file.write(f"{kind} {time.monotonic_ns()} {' '.join(map(str, fields))}\n")

    def flush(self):
        self._file.flush()


def stopped_by_stdin():
    """Set when a line comes on standard input, or when it ends."""
    stop = threading.Event()

    def wait():
        sys.stdin.readline()
        stop.set()

    threading.Thread(target=wait, daemon=True).start()
    return stop


def parse(value):
    """The writer and number in a record's value."""
    writer, number, _ = value.split(b":", 2)
    return writer.decode(), number.decode()
