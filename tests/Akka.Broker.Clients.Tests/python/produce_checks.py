"""produce_checks.py BOOTSTRAP CHECK: what a producer may send, what it is refused with, and what it is told; prints "ok CHECK"."""
import sys
import time
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from kafka import KafkaConsumer
from wire import *


def acks(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "acks")
    request = "txn:str acks:i16 timeout:i32 topics:[name:str partitions:[index:i32 records:bytes]]"

    def values(records, acks):
        return dict(txn=None, acks=acks, timeout=1000, topics=[dict(name="acks", partitions=[dict(index=0, records=records)])])

    # acks=0 is not answered: the next response on the connection belongs to the next request.
    wire.send(0, 9, request, values(batch([b"zero"]), 0), True)
    assert [produce(wire, "acks", batch([b"v"]), acks=a)["offset"] for a in (1, -1)] == [1, 2]
    for wrong in (2, -2):
        assert produce(wire, "acks", batch([b"v"]), acks=wrong)["error"] == INVALID_REQUIRED_ACKS
    # A batch that is refused with acks=0 can only be told by hanging up.
    silent = Wire(bootstrap)
    silent.send(0, 9, request, values(batch([b"v"])[:-1] + b"!", 0), True)
    silent.socket.settimeout(60)
    assert silent.socket.recv(1) == b""
    for level in ("0", "1", "all"):
        producer = Producer({"bootstrap.servers": bootstrap, "acks": level})
        failures = []
        producer.produce("acks", level.encode(), on_delivery=lambda e, m: failures.append(e) if e else None)
        assert producer.flush(60) == 0 and not failures, failures
    assert offset(wire, "acks", -1)["offset"] == 6


def versions(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "every-version")
    for n, version in enumerate(range(3, 13)):
        answer = produce(wire, "every-version", batch([b"%d" % n]), version=version)
        assert (answer["error"], answer["offset"]) == (NONE, n), (version, answer)


def refused_batches(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "strict")
    good = batch([b"a", b"b"])
    record = b"\0" + zigzag(0) + zigzag(0) + zigzag(-1) + zigzag(1) + b"v" + zigzag(0)
    lie = zigzag(len(record) + 1) + record
    for name, records, codes in [
            ("wrong CRC", good[:-1] + b"!", [CORRUPT_MESSAGE]),
            ("count lies", batch([b"a", b"b"], count=3), [INVALID_RECORD, CORRUPT_MESSAGE]),
            ("magic 1", batch([b"a"], magic=1), [CORRUPT_MESSAGE, INVALID_RECORD, 43]),
            ("magic 3", batch([b"a"], magic=3), [CORRUPT_MESSAGE, INVALID_RECORD, 43]),
            ("cut", good[:-3], [CORRUPT_MESSAGE]),
            ("too short", good[:20], [CORRUPT_MESSAGE]),
            ("two batches", good + good, [INVALID_RECORD]),
            ("nothing", b"", [INVALID_RECORD, CORRUPT_MESSAGE]),
            ("null", None, [INVALID_RECORD, CORRUPT_MESSAGE]),
            ("no records", batch([]), [INVALID_RECORD, CORRUPT_MESSAGE]),
            ("unknown codec", batch([b"a"], attributes=7), [76, CORRUPT_MESSAGE, INVALID_RECORD]),
            ("record length lies", raw_batch(lie, 1, int(time.time() * 1000), -1, -1, -1, 0), [INVALID_RECORD, CORRUPT_MESSAGE]),
            ("control batch", batch([b"a"], attributes=0x20), [INVALID_RECORD]),
            ("transaction", batch([b"a"], attributes=0x10, producer=5, epoch=0, sequence=0), [TRANSACTIONAL_ID_REFUSED]),
            ("a day ahead", batch([b"a"], timestamp=int(time.time() * 1000) + 86_400_000), [INVALID_TIMESTAMP])]:
        answer = produce(wire, "strict", records)
        assert answer["error"] in codes and answer["offset"] == -1 and answer["message"], (name, answer)
    assert produce(wire, "strict", good, partition=5)["error"] == UNKNOWN_TOPIC
    assert produce(wire, "absent", good)["error"] == UNKNOWN_TOPIC
    assert produce(wire, "bad name", good)["error"] in (INVALID_TOPIC, UNKNOWN_TOPIC)
    answer = produce(wire, "strict", good)
    assert (answer["error"], answer["offset"], answer["start"], answer["appended"]) == (NONE, 0, 0, -1), answer


def size_edge(bootstrap):
    wire = Wire(bootstrap)
    at = len(batch([b"x" * 3000]))
    create(wire, "narrow", configs={"max.message.bytes": str(at)})
    assert produce(wire, "narrow", batch([b"x" * 3000]))["error"] == NONE
    assert produce(wire, "narrow", batch([b"x" * 3001]))["error"] == TOO_LARGE
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce("narrow", b"y" * 5000, on_delivery=lambda e, m: failures.append(e.name()))
    producer.flush(60)
    assert failures == ["MSG_SIZE_TOO_LARGE"], failures


def times(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "append-time", configs={"message.timestamp.type": "LogAppendTime"})
    before = int(time.time() * 1000)
    answer = produce(wire, "append-time", batch([b"v"], timestamp=5))
    assert before <= answer["appended"] <= int(time.time() * 1000), answer
    record = next(KafkaConsumer("append-time", bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000, auto_offset_reset="earliest", consumer_timeout_ms=60_000))
    assert (record.timestamp, record.timestamp_type) == (answer["appended"], 1), record
    found = offset(wire, "append-time", before)
    assert (found["offset"], found["timestamp"]) == (0, answer["appended"]), found
    create(wire, "narrow-time", configs={"message.timestamp.before.max.ms": "1000", "message.timestamp.after.max.ms": "1000"})
    now = int(time.time() * 1000)
    assert produce(wire, "narrow-time", batch([b"v"], timestamp=now))["error"] == NONE
    for wrong in (now - 60_000, now + 60_000):
        assert produce(wire, "narrow-time", batch([b"v"], timestamp=wrong))["error"] == INVALID_TIMESTAMP


def compacted(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "compacted", configs={"cleanup.policy": "compact"})
    answer = produce(wire, "compacted", batch([b"a", b"b"], keys=[b"k", None]))
    assert answer["error"] == INVALID_RECORD, answer
    assert produce(wire, "compacted", batch([b"a", b"b"], keys=[b"k", b"l"]))["error"] == NONE
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        failures = []
        producer = Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 50})
        for n in range(100):
            producer.produce("compacted", b"value" * 20, key=b"k%d" % n, on_delivery=lambda e, m: failures.append(e) if e else None)
        assert producer.flush(60) == 0 and not failures, (codec, failures)
        for n in range(100):
            producer.produce("compacted", b"value" * 20, on_delivery=lambda e, m: failures.append(e) if e else None)
        producer.flush(60)
        assert len(failures) == 100 and failures[0].name() == "INVALID_RECORD", (codec, failures[:1])


def idempotence(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "once", 2)
    producer, epoch = init_producer(wire)
    other, _ = init_producer(wire)
    assert other != producer

    def send(sequence, values=(b"v",), epoch=epoch, producer=producer, partition=0):
        answer = produce(wire, "once", batch(list(values), producer=producer, epoch=epoch, sequence=sequence), partition=partition)
        return answer["error"], answer["offset"]

    assert [send(n) for n in range(3)] == [(NONE, n) for n in range(3)]
    assert send(3, [b"x", b"y"]) == (NONE, 3) and send(3, [b"x", b"y"]) == (NONE, 3)
    assert [send(n)[1] for n in range(3)] == [0, 1, 2]
    assert [send(n)[0] for n in range(5, 12)] == [NONE] * 7
    assert send(0)[0] in (DUPLICATE_SEQUENCE, OUT_OF_ORDER_SEQUENCE)
    assert send(20)[0] == OUT_OF_ORDER_SEQUENCE
    assert send(5, epoch=epoch + 1)[0] == OUT_OF_ORDER_SEQUENCE
    assert send(0, epoch=epoch + 1) == (NONE, 12)
    assert send(12)[0] == INVALID_PRODUCER_EPOCH
    assert send(0, partition=1) == (NONE, 0)
    # An unknown producer may start anywhere: its earlier records may have been deleted.
    assert send(77, producer=other) == (NONE, 13)
    assert send(0, epoch=-1, producer=other)[0] != NONE
    # Sequences wrap from the greatest integer to 0.
    third, _ = init_producer(wire)
    top = 2**31 - 1
    assert send(top - 1, producer=third)[0] == NONE
    assert send(top, [b"a", b"b"], producer=third)[0] == NONE
    assert send(1, producer=third)[0] == NONE


def idempotence_after(bootstrap, producer, epoch, first):
    """The state is kept over restarts: the last batches are known again by their sequences, and gaps are still refused."""
    wire = Wire(bootstrap)
    producer, epoch, first = int(producer), int(epoch), int(first)

    def send(sequence, epoch=epoch):
        answer = produce(wire, "kept", batch([b"v"], producer=producer, epoch=epoch, sequence=sequence))
        return answer["error"], answer["offset"]

    assert send(first - 1) == (NONE, first - 1), send(first - 1)
    assert send(first + 1)[0] == OUT_OF_ORDER_SEQUENCE
    assert send(first) == (NONE, first)
    assert init_producer(wire)[0] > producer


def idempotence_before(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "kept", configs={"flush.messages": "1"})
    producer, epoch = init_producer(wire)
    for n in range(5):
        assert produce(wire, "kept", batch([b"v"], producer=producer, epoch=epoch, sequence=n))["offset"] == n
    print("producer", producer, epoch)


def unknown_topic(bootstrap):
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap, "message.timeout.ms": 60_000, "topic.metadata.propagation.max.ms": 500})
    producer.produce("not-there", b"v", on_delivery=lambda e, m: failures.append(e.name()))
    producer.flush(60)
    assert failures in (["_UNKNOWN_TOPIC"], ["UNKNOWN_TOPIC_OR_PART"]), failures
    assert "not-there" not in producer.list_topics(timeout=60).topics


def large(bootstrap):
    """Messages far over what consumers ask for at a time go in and come out of clients with default settings."""
    create(Wire(bootstrap), "large", configs={"max.message.bytes": "20000000"})
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap, "message.max.bytes": 20_000_000})
    for n in range(3):
        producer.produce("large", b"%d" % n * 15_000_000, on_delivery=lambda e, m: failures.append(e) if e else None)
    assert producer.flush(60) == 0 and not failures, failures
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "large"})
    consumer.assign([TopicPartition("large", 0, 0)])
    assert [consumer.poll(60).value() == b"%d" % n * 15_000_000 for n in range(3)] == [True] * 3
    consumer.close()
    old = KafkaConsumer("large", bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000, auto_offset_reset="earliest", consumer_timeout_ms=60_000)
    assert [next(old).value == b"%d" % n * 15_000_000 for n in range(3)] == [True] * 3


def transactions(bootstrap):
    """Not served: a transactional producer is told so at once, as something that no retry mends."""
    began = time.monotonic()
    try:
        Producer({"bootstrap.servers": bootstrap, "transactional.id": "t"}).init_transactions(30)
        raise AssertionError("transactions were begun")
    except KafkaException as e:
        assert e.args[0].fatal() and time.monotonic() - began < 10, e


if __name__ == "__main__":
    run(globals(), sys.argv)
