"""confluent_roundtrip.py BOOTSTRAP TOPIC COUNT CODEC: produces (idempotent) and reads back with confluent-kafka, prints "ok COUNT"."""
import sys
from confluent_kafka import Consumer, Producer, TopicPartition

bootstrap, topic, count, codec = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
failures = []
producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "compression.type": codec, "linger.ms": 5})
for n in range(count):
    while True:
        try:
            producer.produce(topic, key=b"k%d" % (n % 7), value=b"value %d" % n, headers={"n": str(n)}, timestamp=1600000000000 + n,
                             on_delivery=lambda e, m: failures.append(e) if e else None)
            break
        except BufferError:
            producer.poll(0.1)
assert producer.flush(60) == 0 and not failures, failures[:3]
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"{topic}-readers", "auto.offset.reset": "earliest", "isolation.level": "read_committed"})
partitions = sorted(consumer.list_topics(topic, 10).topics[topic].partitions)
consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
seen = set()
while len(seen) < count:
    message = consumer.poll(60)
    assert message is not None, f"{len(seen)} of {count} records came back"
    assert not message.error(), message.error()
    n = int(dict(message.headers())["n"])
    assert message.value() == b"value %d" % n and message.timestamp()[1] == 1600000000000 + n
    seen.add(n)
consumer.commit(asynchronous=False)
committed = consumer.committed([TopicPartition(topic, p) for p in partitions], 10)
assert sum(p.offset for p in committed) == count, committed
consumer.close()
print("ok", len(seen))
