"""Prints a topic's records as a stock client sees them, one JSON object a line, in the order of partitions and offsets.
usage: records_dump.py BOOTSTRAP TOPIC COUNT"""
import base64
import json
import os
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition


def text(data):
    return None if data is None else base64.b64encode(data).decode()


bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "dump", "enable.auto.commit": False, "check.crcs": True})
partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
records = []
while len(records) < count:
    message = consumer.poll(30)
    assert message is not None, f"{len(records)} of {count} records came"
    assert message.error() is None, message.error()
    records.append({
        "partition": message.partition(),
        "offset": message.offset(),
        "timestamp": message.timestamp()[1],
        "key": text(message.key()),
        "value": text(message.value()),
        "headers": [[name, text(value)] for name, value in message.headers() or []],
    })
consumer.close()
for record in sorted(records, key=lambda r: (r["partition"], r["offset"])):
    print(json.dumps(record))
sys.stdout.flush()
# confluent-kafka hands out null header values that it does not own; the interpreter's tidying up at its end would trip over them.
os._exit(0)
