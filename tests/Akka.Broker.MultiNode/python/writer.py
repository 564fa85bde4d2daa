"""writer.py BOOTSTRAP TOPIC PARTITIONS WRITER FILE ACKS RATE SIZE: sends RATE records a second of SIZE bytes, in turn to each partition, and writes down
every send and acknowledgement. Ends when a line comes on standard input and all is answered. Prints "acked N" twice a second."""
import os
import sys
import time
from confluent_kafka import KafkaException, Producer
from history import History, stopped_by_stdin

bootstrap, topic, partitions, writer, path, acks, rate, size = sys.argv[1:]
partitions, rate, size = int(partitions), int(rate), int(size)
history = History(path)
stop = stopped_by_stdin()
acknowledged = 0
given_up = 0
is_all = acks == "all"


def on_delivery(error, message):
    global acknowledged, given_up
    number = message.value().split(b":", 2)[1].decode()
    if error:
        given_up += 1
        history.note("G", writer, number, message.partition(), error.name().replace(" ", "_"))
        return
    acknowledged += 1
    # The offset is unknown where the broker had the record already and has forgotten where.
    offset = message.offset()
    history.note("A", writer, number, message.partition(), -1 if offset is None or offset < 0 else offset)


def on_error(error):
    print("error", error, file=sys.stderr, flush=True)


producer = Producer({
    "bootstrap.servers": bootstrap, "client.id": f"writer-{writer}", "acks": acks, "enable.idempotence": is_all, "linger.ms": 5,
    # A broker that does not answer is left after this: the silence of a paused or cut-off one is no longer than the client allows.
    "socket.timeout.ms": 2000, "request.timeout.ms": 1500, "message.timeout.ms": 120000,
    "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 50, "socket.connection.setup.timeout.ms": 1000,
    "topic.metadata.refresh.interval.ms": 5000, "topic.metadata.refresh.fast.interval.ms": 50, "queue.buffering.max.messages": 500000,
    "error_cb": on_error, **({"debug": os.environ["AKKA_BROKER_WRITER_DEBUG"]} if "AKKA_BROKER_WRITER_DEBUG" in os.environ else {})})
history.note("W", writer, 1 if is_all else 0, 1 if is_all else 0)
number = 0
padding = b"x" * size
start = time.monotonic()
said = start
while not stop.is_set():
    due = int((time.monotonic() - start) * rate)
    while number < due:
        partition = number % partitions
        value = (f"{writer}:{number}:".encode() + padding)[:max(size, 24)]
        history.note("S", writer, number, partition)
        try:
            producer.produce(topic, value=value, partition=partition, on_delivery=on_delivery)
        except BufferError:
            producer.poll(0.05)
            producer.produce(topic, value=value, partition=partition, on_delivery=on_delivery)
        except KafkaException as refused:
            # A fatal error of the idempotent producer: it takes nothing any more.
            print("fatal", refused, file=sys.stderr, flush=True)
            history.note("G", writer, number, partition, "_FATAL")
            stop.set()
            break
        number += 1
    producer.poll(0.005)
    now = time.monotonic()
    if now - said > 0.5:
        said = now
        history.flush()
        print("acked", acknowledged, flush=True)
left = producer.flush(130)
history.flush()
print(f"done sent {number} acked {acknowledged} given-up {given_up} left {left}", flush=True)
