"""fetch_checks.py BOOTSTRAP CHECK: what a consumer gets, how much of it, and when; prints "ok CHECK"."""
import sys
import threading
import time
from confluent_kafka import Consumer, Producer, TopicPartition
from wire import *

RESPONSE = "throttle:i32 error:i16 session:i32 topics:[{topic} partitions:[index:i32 error:i16 watermark:i64 stable:i64 start:i64 aborted:[producer:i64 first:i64]" \
           " replica:i32 records:bytes]]"


def fetch(wire, topics, max_wait=0, min_bytes=0, max_bytes=1 << 20, session=0, epoch=-1, forgotten=(), version=12, isolation=0):
    """topics: (name or id, partition, offset[, partition's limit[, leader epoch]]) in a list. Answers (error, session, {(topic, partition): answer})."""
    key = "topic:str" if version < 13 else "topic:uuid"
    flexible = version >= 12
    request = ("replica:i32 " if version < 15 else "") + "wait:i32 min:i32 max:i32 isolation:i8 session:i32 epoch:i32"
    request += f" topics:[{key} partitions:[index:i32 current:i32 offset:i64" + (" last:i32" if version >= 12 else "")
    request += f" start:i64 max:i32]] forgotten:[{key} partitions:[i32]] rack:str"
    grouped = []
    for topic, partition, at, *more in topics:
        entry = dict(index=partition, current=more[1] if len(more) > 1 else -1, offset=at, last=-1, start=-1, max=more[0] if more else 1 << 20)
        if grouped and grouped[-1]["topic"] == topic:
            grouped[-1]["partitions"].append(entry)
        else:
            grouped.append(dict(topic=topic, partitions=[entry]))
    answer = wire.ask(1, version, request,
                      dict(replica=-1, wait=max_wait, min=min_bytes, max=max_bytes, isolation=isolation, session=session, epoch=epoch, topics=grouped,
                           forgotten=[dict(topic=t, partitions=ps) for t, ps in forgotten], rack=""),
                      RESPONSE.replace("{topic}", key), flexible)
    return answer["error"], answer["session"], {(t["topic"], p["index"]): p for t in answer["topics"] for p in t["partitions"]}


def one(wire, topic, at, **options):
    return fetch(wire, [(topic, 0, at)], **options)[2][(topic, 0)]


def waiting(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "waits")
    produce(wire, "waits", batch([b"x" * 100]))

    def timed(**options):
        began = time.monotonic()
        answer = one(wire, "waits", **options)
        return time.monotonic() - began, answer

    # The broker waits for so long, or answers at once. A machine that is busy takes its time in both cases, though not as long as LONG.
    LONG = 60_000
    SOON = 30
    took, answer = timed(at=0, max_wait=LONG, min_bytes=1)
    assert took < SOON and answer["records"], took
    took, answer = timed(at=1, max_wait=400, min_bytes=1)
    assert 0.39 < took < SOON and not answer["records"] and answer["watermark"] == 1, took
    took, answer = timed(at=0, max_wait=400, min_bytes=100_000)
    assert 0.39 < took < SOON and answer["records"], took
    took, _ = timed(at=1, max_wait=LONG, min_bytes=0)
    assert took < SOON, took
    took, answer = timed(at=9, max_wait=LONG, min_bytes=1)
    assert took < SOON and answer["error"] == OFFSET_OUT_OF_RANGE, took

    began_to_produce = []

    def later(*sizes):
        def produce_them():
            for size in sizes:
                time.sleep(0.3)
                began_to_produce.append(time.monotonic())
                produce(Wire(bootstrap), "waits", batch([b"y" * size]))
        threading.Thread(target=produce_them).start()

    later(10)
    took, answer = timed(at=1, max_wait=LONG, min_bytes=1)
    assert took < SOON and answer["records"] and time.monotonic() >= began_to_produce[0], took
    later(10, 2000)
    took, answer = timed(at=2, max_wait=LONG, min_bytes=1500)
    assert took < SOON and len(answer["records"]) > 1500 and len(began_to_produce) == 3, took
    # A long poll holds back what was asked behind it on its connection, and nobody else.
    sent = wire.send(18, 0, "", {}, False)
    assert wire.receive(sent, "error:i16 apis:[key:i16 min:i16 max:i16]", False)["error"] == NONE


def limits(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "limited", 3)
    size = len(batch([b"x" * 1000]))
    for partition in range(3):
        for _ in range(10):
            produce(wire, "limited", batch([b"x" * 1000]), partition=partition)

    def sizes(specs, **options):
        error, _, parts = fetch(wire, [("limited", p, at, limit) for p, at, limit in specs], **options)
        assert error == NONE
        return [len(parts[("limited", p)]["records"] or b"") for p, _, _ in specs]

    assert sizes([(0, 0, 1 << 20)]) == [10 * size]
    got = sizes([(0, 0, 3 * size)])[0]
    assert got == 3 * size, got
    # The first batch is sent whole though it is over both limits; only the first.
    assert sizes([(0, 0, 1)], max_bytes=1) == [size]
    assert sizes([(0, 0, 1), (1, 0, 1), (2, 0, 1)], max_bytes=1 << 20) == [size, 0, 0]
    # The total is shared in the order of the request.
    got = sizes([(2, 0, 1 << 20), (0, 0, 1 << 20), (1, 0, 1 << 20)], max_bytes=12 * size)
    assert got[0] == 10 * size and got[0] + got[1] + got[2] <= 12 * size and got[1] > 0, got
    # An offset in the middle of a batch is answered with the batch.
    create(wire, "middle")
    produce(wire, "middle", batch([b"%d" % n for n in range(10)]))
    records = one(wire, "middle", 7)["records"]
    assert records[:8] == bytes(8) and len(records) == len(batch([b"%d" % n for n in range(10)]))


def refusals(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "ranged")
    for _ in range(3):
        produce(wire, "ranged", batch([b"v"]))
    assert one(wire, "ranged", 3)["error"] == NONE
    out = one(wire, "ranged", 4)
    assert out["error"] == OFFSET_OUT_OF_RANGE and not out["records"], out
    assert one(wire, "ranged", -5)["error"] == OFFSET_OUT_OF_RANGE
    assert one(wire, "absent", 0)["error"] == UNKNOWN_TOPIC
    assert fetch(wire, [("ranged", 7, 0)])[2][("ranged", 7)]["error"] == UNKNOWN_TOPIC
    current = offset(wire, "ranged", -1)["epoch"]
    assert fetch(wire, [("ranged", 0, 0, 1000, current + 1)])[2][("ranged", 0)]["error"] == UNKNOWN_LEADER_EPOCH
    assert fetch(wire, [("ranged", 0, 0, 1000, current)])[2][("ranged", 0)]["error"] == NONE
    # A stock consumer starts over where its offset is gone.
    wire.ask(21, 2, "topics:[name:str partitions:[index:i32 offset:i64]] timeout:i32",
             dict(topics=[dict(name="ranged", partitions=[dict(index=0, offset=2)])], timeout=5000), "throttle:i32 topics:[name:str partitions:[index:i32 low:i64 error:i16]]", True)
    assert one(wire, "ranged", 1)["error"] == OFFSET_OUT_OF_RANGE and one(wire, "ranged", 2)["start"] == 2
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "r", "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition("ranged", 0, 0)])
    message = consumer.poll(60)
    assert message.offset() == 2, message.error()
    consumer.close()


def topic_id_versions(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "by-id")
    produce(wire, "by-id", batch([b"v"]))
    by_id = topic_ids(wire, "by-id")["by-id"]
    for version in (13, 14, 15, 16, 17, 18):
        error, _, parts = fetch(wire, [(by_id, 0, 0)], version=version)
        assert error == NONE and parts[(by_id, 0)]["records"], (version, error, parts)
    unknown = uuids.UUID(int=12345)
    parts = fetch(wire, [(unknown, 0, 0), (by_id, 0, 0)], version=13)[2]
    assert parts[(unknown, 0)]["error"] == UNKNOWN_TOPIC_ID and parts[(by_id, 0)]["records"], parts
    # A topic made again under its name is another topic: the old id is unknown.
    delete = wire.ask(20, 6, "topics:[name:str id:uuid] timeout:i32", dict(topics=[dict(name=None, id=by_id)], timeout=5000),
                      "throttle:i32 responses:[name:str id:uuid error:i16 message:str]", True)
    assert delete["responses"][0]["error"] == NONE, delete
    create(wire, "by-id")
    assert topic_ids(wire, "by-id")["by-id"] != by_id
    assert fetch(wire, [(by_id, 0, 0)], version=13)[2][(by_id, 0)]["error"] == UNKNOWN_TOPIC_ID
    assert one(wire, "by-id", 0)["watermark"] == 0


def sessions(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "session", 3)
    error, session, parts = fetch(wire, [("session", p, 0) for p in range(3)], epoch=0)
    assert error == NONE and session > 0 and len(parts) == 3, (error, session, parts)
    # Nothing new: an empty answer after the whole wait.
    error, same, parts = fetch(wire, [], session=session, epoch=1, max_wait=100, min_bytes=1)
    assert (error, same, parts) == (NONE, session, {}), (error, same, parts)
    produce(wire, "session", batch([b"v"]), partition=1)
    error, _, parts = fetch(wire, [], session=session, epoch=2, max_wait=1000, min_bytes=1)
    assert list(parts) == [("session", 1)] and parts[("session", 1)]["records"], parts
    # The offset moves; what is forgotten is not told of any more.
    produce(wire, "session", batch([b"v"]), partition=2)
    error, _, parts = fetch(wire, [("session", 1, 1)], session=session, epoch=3, forgotten=[("session", [2])], max_wait=100, min_bytes=1)
    assert parts == {}, parts
    produce(wire, "session", batch([b"w"]), partition=0)
    error, _, parts = fetch(wire, [], session=session, epoch=4, max_wait=1000, min_bytes=1)
    assert list(parts) == [("session", 0)], parts
    # And what is added again is.
    error, _, parts = fetch(wire, [("session", 0, 1), ("session", 2, 0)], session=session, epoch=5, max_wait=1000, min_bytes=1)
    assert list(parts) == [("session", 2)], parts
    assert fetch(wire, [], session=session, epoch=9)[0] == INVALID_FETCH_SESSION_EPOCH
    assert fetch(wire, [], session=session + 7919, epoch=1)[0] == FETCH_SESSION_NOT_FOUND
    # A partition that is gone is told once as an error, though the session did not ask again.
    error, session2, parts = fetch(wire, [("session", p, 5 if p == 1 else 0) for p in range(2)], session=session, epoch=0)
    assert error == NONE and session2 not in (0, session) and parts[("session", 1)]["error"] == OFFSET_OUT_OF_RANGE, parts
    error, closed, parts = fetch(wire, [("session", 0, 0)], session=session2, epoch=-1)
    assert (error, closed) == (NONE, 0) and parts, (error, closed)
    assert fetch(wire, [], session=session2, epoch=1)[0] == FETCH_SESSION_NOT_FOUND


def sessions_of_clients(bootstrap):
    """A librdkafka consumer narrows and widens its assignment, pauses and seeks; kafka-python beside it uses sessions since Fetch 7."""
    create(Wire(bootstrap), "narrowed", 4)
    producer = Producer({"bootstrap.servers": bootstrap})

    def produce_all(text):
        for p in range(4):
            producer.produce("narrowed", text, partition=p)
        assert producer.flush(60) == 0

    produce_all(b"1")
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "narrow", "auto.offset.reset": "earliest"})

    def seen(count):
        messages = consumer.consume(count, 60)
        assert len(messages) == count, len(messages)
        return sorted((m.partition(), m.value()) for m in messages)

    consumer.assign([TopicPartition("narrowed", p, 0) for p in range(4)])
    assert seen(4) == [(p, b"1") for p in range(4)]
    consumer.assign([TopicPartition("narrowed", p, 1) for p in (1, 3)])
    produce_all(b"2")
    assert seen(2) == [(1, b"2"), (3, b"2")] and consumer.poll(0.3) is None
    consumer.assign([TopicPartition("narrowed", p, 1) for p in range(4)])
    assert seen(4) == [(p, b"2") for p in range(4)]
    consumer.seek(TopicPartition("narrowed", 2, 0))
    assert seen(2) == [(2, b"1"), (2, b"2")]
    consumer.close()

    from kafka import KafkaConsumer
    from kafka import TopicPartition as Old
    old = KafkaConsumer(bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000, auto_offset_reset="earliest", consumer_timeout_ms=60_000, enable_auto_commit=False)
    old.assign([Old("narrowed", p) for p in range(4)])
    assert len([next(old) for _ in range(8)]) == 8
    old.pause(Old("narrowed", 0))
    produce_all(b"3")
    assert sorted(next(old).partition for _ in range(3)) == [1, 2, 3]
    old.resume(Old("narrowed", 0))
    assert next(old).partition == 0


if __name__ == "__main__":
    run(globals(), sys.argv)
