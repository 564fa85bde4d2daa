"""log_checks.py BOOTSTRAP CHECK DATA: what topics' settings do to the files of their logs in the data folder; prints "ok CHECK"."""
import os
import sys
import time
from confluent_kafka import Producer
from wire import *


def files(data, topic, kind=".log"):
    return sorted(f for f in os.listdir(os.path.join(data, topic + "-0")) if f.endswith(kind))


def size(data, topic):
    while True:
        try:
            return sum(os.path.getsize(os.path.join(data, topic + "-0", f)) for f in files(data, topic))
        except FileNotFoundError:
            pass  # The broker has just taken one away.


def wait(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not become so in time"
        time.sleep(0.05)


def alter(wire, topic, **configs):
    answer = wire.ask(44, 1, "resources:[type:i8 name:str configs:[name:str operation:i8 value:str]] validate:bool",
                      dict(resources=[dict(type=2, name=topic, configs=[dict(name=n.replace("_", "."), operation=0, value=v) for n, v in configs.items()])], validate=False),
                      "throttle:i32 responses:[error:i16 message:str type:i8 name:str]", True)
    assert answer["responses"][0]["error"] == NONE, answer


def roll_and_bytes(bootstrap, data):
    """Segments roll by size; retention by bytes takes whole segments from the front, and files go after their delay."""
    wire = Wire(bootstrap)
    create(wire, "by-bytes", configs={"segment.bytes": "100000"})
    record = batch([b"x" * 9_900])
    for _ in range(50):
        assert produce(wire, "by-bytes", record)["error"] == NONE
    assert len(files(data, "by-bytes")) >= 5, files(data, "by-bytes")
    assert len(files(data, "by-bytes", ".index")) == len(files(data, "by-bytes", ".timeindex")) == len(files(data, "by-bytes"))
    alter(wire, "by-bytes", retention_bytes="200000")
    wait(lambda: size(data, "by-bytes") <= 300_000)
    start = offset(wire, "by-bytes", -2)["offset"]
    assert start > 0 and int(files(data, "by-bytes")[0][:20]) == start and size(data, "by-bytes") >= 200_000, (start, files(data, "by-bytes"))
    wait(lambda: not files(data, "by-bytes", ".deleted"))
    assert offset(wire, "by-bytes", -1)["offset"] == 50 and produce(wire, "by-bytes", record)["offset"] == 50


def time_retention(bootstrap, data):
    """Old records go, with the active segment if it is old as well; young ones stay."""
    wire = Wire(bootstrap)
    create(wire, "by-time", configs={"retention.ms": "-1"})
    hour_ago = int(time.time() * 1000) - 3_600_000
    for _ in range(3):
        produce(wire, "by-time", batch([b"old"], timestamp=hour_ago))
    alter(wire, "by-time", retention_ms="60000")
    wait(lambda: offset(wire, "by-time", -2)["offset"] == 3)
    # The files go behind that, and after them their delay passes.
    wait(lambda: files(data, "by-time") == ["%020d.log" % 3])
    assert offset(wire, "by-time", -1)["offset"] == 3
    assert produce(wire, "by-time", batch([b"young"]))["offset"] == 3
    time.sleep(1)
    assert offset(wire, "by-time", -2)["offset"] == 3
    alter(wire, "by-time", retention_ms="500")
    wait(lambda: offset(wire, "by-time", -2)["offset"] == 4)


def roll_by_time(bootstrap, data):
    wire = Wire(bootstrap)
    create(wire, "rolls", configs={"segment.ms": "500"})
    produce(wire, "rolls", batch([b"1"]))
    time.sleep(0.8)
    produce(wire, "rolls", batch([b"2"]))
    assert files(data, "rolls") == ["%020d.log" % n for n in range(2)], files(data, "rolls")


def delete_records_files(bootstrap, data):
    wire = Wire(bootstrap)
    create(wire, "cut", configs={"segment.bytes": "50000"})
    for _ in range(20):
        produce(wire, "cut", batch([b"x" * 9_900]))
    wire.ask(21, 2, "topics:[name:str partitions:[index:i32 offset:i64]] timeout:i32", dict(topics=[dict(name="cut", partitions=[dict(index=0, offset=18)])], timeout=5000),
             "throttle:i32 topics:[name:str partitions:[index:i32 low:i64 error:i16]]", True)
    wait(lambda: int(files(data, "cut")[0][:20]) > 10)
    assert offset(wire, "cut", -2)["offset"] == 18


def deleted_topic(bootstrap, data):
    wire = Wire(bootstrap)
    create(wire, "gone", 2)
    produce(wire, "gone", batch([b"v"]))
    assert os.path.isdir(os.path.join(data, "gone-0"))
    wire.ask(20, 6, "topics:[name:str id:uuid] timeout:i32", dict(topics=[dict(name="gone", id=uuids.UUID(int=0))], timeout=5000),
             "throttle:i32 responses:[name:str id:uuid error:i16 message:str]", True)
    wait(lambda: not any(f.startswith("gone-") for f in os.listdir(data)))


def flushed(bootstrap, data):
    """flush.messages=1: many producers at a time are acknowledged, and a fsync serves all that queued."""
    create(Wire(bootstrap), "flushed", configs={"flush.messages": "1"})
    failures = []
    producers = [Producer({"bootstrap.servers": bootstrap, "linger.ms": 0}) for _ in range(4)]
    for n in range(200):
        for producer in producers:
            producer.produce("flushed", b"%d" % n, on_delivery=lambda e, m: failures.append(e) if e else None)
            producer.poll(0)
    assert sum(p.flush(60) for p in producers) == 0 and not failures, failures[:3]
    assert offset(Wire(bootstrap), "flushed", -1)["offset"] == 800
    print("flushed", 800)


def flushed_is_there(bootstrap, data):
    wire = Wire(bootstrap)
    assert (offset(wire, "flushed", -2)["offset"], offset(wire, "flushed", -1)["offset"]) == (0, 800)


if __name__ == "__main__":
    run(globals(), sys.argv)
