"""Writes the records of standard input, JSON objects as records_dump.py prints them, with a stock client.
usage: records_write.py BOOTSTRAP TOPIC CODEC"""
import base64
import json
import sys

from confluent_kafka import Producer


def data(text):
    return None if text is None else base64.b64decode(text)


def delivered(error, _):
    assert error is None, error


bootstrap, topic, codec = sys.argv[1:4]
producer = Producer({"bootstrap.servers": bootstrap, "compression.codec": codec, "linger.ms": 20, "acks": "all"})
count = 0
for line in sys.stdin:
    record = json.loads(line)
    producer.produce(
        topic,
        partition=record["partition"],
        timestamp=record["timestamp"],
        key=data(record["key"]),
        value=data(record["value"]),
        headers=[(name, data(value)) for name, value in record["headers"]],
        on_delivery=delivered)
    count += 1
assert producer.flush(60) == 0, "not everything was delivered"
print(f"ok {count}")
