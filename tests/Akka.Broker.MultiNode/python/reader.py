"""reader.py BOOTSTRAP TOPIC PARTITIONS READER FILE MODE: reads all partitions from the beginning and writes down every record.
MODE tail: until a line comes on standard input. MODE end: up to the high watermarks of its start. Prints "polled N" twice a second."""
import sys
import time
from confluent_kafka import Consumer, KafkaError, TopicPartition
from history import History, parse, stopped_by_stdin

bootstrap, topic, partitions, reader, path, mode = sys.argv[1:]
partitions = int(partitions)
history = History(path)
stop = stopped_by_stdin()
consumer = Consumer({
    "bootstrap.servers": bootstrap, "client.id": f"reader-{reader}", "group.id": f"unused-{reader}", "enable.auto.commit": False,
    "auto.offset.reset": "error", "socket.timeout.ms": 3000, "fetch.wait.max.ms": 100, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200,
    "topic.metadata.refresh.interval.ms": 5000, "topic.metadata.refresh.fast.interval.ms": 50, "socket.connection.setup.timeout.ms": 1000, "check.crcs": True})


def ends():
    found = {}
    until = time.monotonic() + 90
    while len(found) < partitions:
        for p in range(partitions):
            if p not in found:
                try:
                    found[p] = consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=5)[1]
                except Exception as refused:
                    if time.monotonic() > until:
                        raise
                    print("error", refused, file=sys.stderr, flush=True)
                    time.sleep(0.2)
    return found


wanted = ends() if mode == "end" else {}
reached = {p: 0 for p in range(partitions)}
for p in range(partitions):
    history.note("F", reader, p, 0)
consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
polled = 0
said = time.monotonic()
progress = said
while not stop.is_set():
    for message in consumer.consume(1000, 0.1):
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                print("error", message.error(), file=sys.stderr, flush=True)
            if message.error().code() == KafkaError._AUTO_OFFSET_RESET:
                sys.exit(1)
            continue
        polled += 1
        progress = time.monotonic()
        writer, number = parse(message.value())
        reached[message.partition()] = message.offset() + 1
        history.note("P", reader, message.partition(), message.offset(), writer, number)
    now = time.monotonic()
    if now - said > 0.5:
        said = now
        history.flush()
        print("polled", polled, flush=True)
    if mode == "end" and (all(reached[p] >= wanted[p] for p in wanted) or now - progress > 60):
        break
if mode == "end":
    for p in range(partitions):
        history.note("E", reader, p, reached[p])
history.flush()
consumer.close()
print("done polled", polled, " ".join(f"{p}:{reached[p]}" for p in reached), flush=True)
