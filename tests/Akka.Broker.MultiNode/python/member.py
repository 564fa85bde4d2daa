"""member.py BOOTSTRAP TOPIC GROUP READER FILE: a member of a group that reads the topic, commits twice a second, and writes down what it was handed, what
it committed and where it began after each rebalance. Ends when a line comes on standard input. Prints "polled N" twice a second."""
import sys
import time
from confluent_kafka import Consumer, KafkaError, KafkaException
from history import History, parse, stopped_by_stdin

bootstrap, topic, group, reader, path = sys.argv[1:]
history = History(path)
stop = stopped_by_stdin()
consumer = Consumer({
    "bootstrap.servers": bootstrap, "client.id": f"member-{reader}", "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest",
    "session.timeout.ms": 30000, "heartbeat.interval.ms": 500, "socket.timeout.ms": 3000, "fetch.wait.max.ms": 100,
    "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "topic.metadata.refresh.interval.ms": 5000,
    "topic.metadata.refresh.fast.interval.ms": 50, "socket.connection.setup.timeout.ms": 1000, "coordinator.query.interval.ms": 1000})
position = {}
began = set()


def on_assign(_, partitions):
    history.note("R", reader, ",".join(str(p.partition) for p in partitions) or "none")
    while True:
        try:
            for p in consumer.committed(partitions, timeout=10):
                history.note("F", reader, p.partition, max(p.offset, 0))
            break
        except KafkaException as refused:
            print("error", refused, file=sys.stderr, flush=True)
            if refused.args[0].code() == KafkaError._DESTROY:
                # A rebalance while this member closes: it is asked for nothing any more.
                break
            time.sleep(0.1)
    position.clear()
    history.flush()
    print("assigned", len(partitions), flush=True)


def commit():
    try:
        offsets = [p for p in consumer.position(consumer.assignment()) if p.offset >= 0]
        for p in offsets and consumer.commit(offsets=offsets, asynchronous=False) or []:
            if p.error is None:
                history.note("C", reader, p.partition, p.offset)
    except KafkaException as refused:
        # librdkafka takes none in a rebalance that its own closing causes.
        print("error", refused, file=sys.stderr, flush=True)


def on_revoke(_, partitions):
    commit()


consumer.subscribe([topic], on_assign=on_assign, on_revoke=on_revoke)
polled = 0
said = time.monotonic()
while not stop.is_set():
    for message in consumer.consume(500, 0.1):
        if message.error():
            print("error", message.error(), file=sys.stderr, flush=True)
            continue
        polled += 1
        writer, number = parse(message.value())
        history.note("P", reader, message.partition(), message.offset(), writer, number)
    now = time.monotonic()
    if now - said > 0.5:
        said = now
        commit()
        history.flush()
        print("polled", polled, flush=True)
commit()
history.flush()
consumer.close()
print("done polled", polled, flush=True)
