"""kafka_python_roundtrip.py BOOTSTRAP TOPIC COUNT CODEC: produces and reads back with python3-kafka, prints "ok COUNT"."""
import sys
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

bootstrap, topic, count, codec = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
admin = KafkaAdminClient(bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000)
admin.create_topics([NewTopic(topic, 2, 1)])
producer = KafkaProducer(bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000, acks="all", linger_ms=5, compression_type=None if codec == "none" else codec)
futures = [producer.send(topic, key=b"k%d" % (n % 7), value=b"value %d" % n, headers=[("n", b"%d" % n)], timestamp_ms=1600000000000 + n)
           for n in range(count)]
producer.flush()
for f in futures:
    f.get(timeout=60)
partitions = [TopicPartition(topic, p) for p in (0, 1)]
consumer = KafkaConsumer(bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000, auto_offset_reset="earliest", enable_auto_commit=False, consumer_timeout_ms=60000)
consumer.assign(partitions)
seen = set()
for r in consumer:
    n = int(dict(r.headers)["n"])
    assert r.value == b"value %d" % n and r.key == b"k%d" % (n % 7) and r.timestamp == 1600000000000 + n, r
    seen.add(n)
    if len(seen) == count:
        break
assert len(seen) == count, f"{len(seen)} of {count} records came back"
ends = consumer.end_offsets(partitions)
assert sum(ends.values()) == count, ends
by_time = consumer.offsets_for_times({p: 1600000000000 for p in partitions})
assert all(o.offset == 0 for o in by_time.values()), by_time
admin.delete_topics([topic])
print("ok", len(seen))
