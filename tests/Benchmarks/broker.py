"""The broker as a process under measurement, and the load programs beside it. Python's standard library is all it needs."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HOST_PROJECT = os.path.join(ROOT, "src", "Akka.Broker.Host")
HOST_DLL = os.path.join(HOST_PROJECT, "bin", "Release", "net10.0", "akka-broker.dll")
TICKS = os.sysconf("SC_CLK_TCK")
READY = re.compile(r"^ready kafka=(\S+:\d+)")


def say(text):
    print(text, file=sys.stderr, flush=True)


def build():
    subprocess.run(["make", "-s", "-C", os.path.join(HERE, "load")], check=True)
    subprocess.run(["dotnet", "build", "-c", "Release", HOST_PROJECT, "-v", "q", "--nologo"], check=True, stdout=sys.stderr)


class Broker:
    """`akka-broker` on a folder of its own and on free ports."""

    def __init__(self, folder, settings=(), environment=None, wait=True):
        fixed = [
            f"akka.broker.data-dirs.0={folder}",
            "akka.broker.kafka.port=0",
            "akka.remote.dot-netty.tcp.port=0",
            "petabridge.cmd.port=0",
            "akka.broker.http.port=0",
        ]
        command = ["dotnet", HOST_DLL]
        for setting in [*fixed, *settings]:
            command += ["--set", setting]
        self.lines = []
        self._ready = threading.Event()
        start = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **(environment or {})})
        self.pid = self.process.pid
        self.bootstrap = None
        self._start = start
        threading.Thread(target=self._read, daemon=True).start()
        if wait:
            self.wait()

    def wait(self):
        if not self._ready.wait(600) or self.bootstrap is None:
            self.kill()
            raise SystemExit("the broker did not get ready:\n" + "\n".join(self.lines[-30:]))

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            match = READY.match(line)
            if match:
                self.ready_seconds = time.monotonic() - self._start
                self.bootstrap = match.group(1)
                self._ready.set()
        self._ready.set()

    def cpu(self):
        """Seconds of processor time so far: (user, system)."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return int(fields[11]) / TICKS, int(fields[12]) / TICKS

    def compiler_cpu(self):
        """Seconds of processor time that its just-in-time compiler has taken in the background."""
        spent = 0
        for task in glob.glob(f"/proc/{self.pid}/task/*/stat"):
            try:
                with open(task) as stat:
                    name, fields = stat.read().split("(", 1)[1].rsplit(")", 1)
            except OSError:
                continue
            if name.startswith(".NET Tiered"):
                spent += sum(int(ticks) for ticks in fields.split()[11:13]) / TICKS
        return spent

    def memory_mib(self, key="VmRSS"):
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) / 1024
        return 0.0

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            say("the broker did not stop within 60 s; it is killed")
            self.kill()


class Folder:
    """A data folder that goes away afterwards."""

    def __init__(self, parent, keep=False):
        self.path = tempfile.mkdtemp(prefix="akka-broker-bench-", dir=parent)
        self.keep = keep

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        if self.keep:
            say(f"kept: {self.path}")
        else:
            shutil.rmtree(self.path, ignore_errors=True)


def kload(mode, broker, topic, *options, check=True):
    """Runs kload and returns its JSON line as a dictionary."""
    command = [os.path.join(HERE, "bin", "kload"), mode, "--bootstrap", broker.bootstrap, "--topic", topic, *map(str, options)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0 and check:
        raise SystemExit(f"{' '.join(command)}\n{result.stderr}\nthe broker's last lines:\n" + "\n".join(broker.lines[-20:]))
    return json.loads(result.stdout) if result.stdout.strip() else {}


def measured(mode, broker, topic, *options):
    """As kload, with what the broker spent meanwhile."""
    user, system = broker.cpu()
    result = kload(mode, broker, topic, *options)
    user_after, system_after = broker.cpu()
    spent = user_after - user + system_after - system
    result["broker_cpu_us"] = spent * 1e6 / max(1, result["records"])
    result["broker_cpu_us_request"] = spent * 1e6 / max(1, result["requests"])
    result["broker_kernel_share"] = (system_after - system) / max(1e-9, spent)
    result["broker_rss_mib"] = broker.memory_mib()
    return result


def raw_write(folder, mebibytes):
    """What writing so much to the page cache costs now, without a broker."""
    command = [os.path.join(HERE, "bin", "limits"), "--write", folder, str(max(1, mebibytes))]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def limits(folder, mebibytes):
    result = subprocess.run([os.path.join(HERE, "bin", "limits"), folder, str(mebibytes)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(result.stdout)
