"""keyed_stream.py BOOTSTRAP TOPIC PARTITIONS: produces 0, 1, 2, ... to each partition as an idempotent producer until "stop" comes on standard input, about 600 records a second;
prints "done N0 N1 ..." (records acknowledged, by partition) at the end. A record that is given up on ends it with 1."""
import sys
import threading
from confluent_kafka import Producer

bootstrap, topic, partitions = sys.argv[1:]
partitions = int(partitions)
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
acknowledged = [0] * partitions
failed = None


def on_delivery(error, message):
    global failed
    if error:
        failed = error
        return
    acknowledged[message.partition()] += 1


producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5, "message.timeout.ms": 300000, "reconnect.backoff.max.ms": 200})
n = 0
while not stop.is_set() and failed is None:
    for partition in range(partitions):
        producer.produce(topic, key=str(partition).encode(), value=str(n).encode(), partition=partition, on_delivery=on_delivery)
    n += 1
    producer.poll(0)
    stop.wait(0.005)
left = producer.flush(120)
if failed is not None or left:
    print("failed:", failed, "left:", left, file=sys.stderr)
    sys.exit(1)
print("done", *acknowledged, flush=True)
