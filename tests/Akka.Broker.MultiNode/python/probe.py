"""probe.py serve PORT: hands back what it is sent. probe.py ask HOST PORT BYTES SECONDS: sends so many bytes, waits for them to come back, and prints the
milliseconds that took behind connecting, or "none" if the time was over."""
import socket
import sys
import threading
import time

if sys.argv[1] == "serve":
    listener = socket.create_server(("0.0.0.0", int(sys.argv[2])))
    print("ready", flush=True)

    def echo(connection):
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
        except OSError:
            connection.close()

    while True:
        threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()

host, port, size, limit = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
try:
    with socket.create_connection((host, port), timeout=limit) as connection:
        start = time.monotonic()
        threading.Thread(target=connection.sendall, args=(b"x" * size,), daemon=True).start()
        while size > 0:
            data = connection.recv(65536)
            if not data:
                raise OSError
            size -= len(data)
        print("took", round((time.monotonic() - start) * 1000), flush=True)
except OSError:
    print("none", flush=True)
