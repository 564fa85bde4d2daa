"""idempotent_stream.py BOOTSTRAP TOPIC: produces 0, 1, 2, ... to partition 0 as an idempotent producer until "stop" comes on standard input;
prints "sent N" every 500 acknowledgements and "done N" (N records acknowledged) at the end. A record that is given up on ends it with 1."""
import sys
import threading
from confluent_kafka import Producer

bootstrap, topic = sys.argv[1:]
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
acknowledged = 0
failed = None


def on_delivery(error, _message):
    global acknowledged, failed
    if error:
        failed = error
        return
    acknowledged += 1
    if acknowledged % 500 == 0:
        print("sent", acknowledged, flush=True)


producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 2, "batch.num.messages": 50,
                     "message.timeout.ms": 300000, "reconnect.backoff.max.ms": 200, "queue.buffering.max.messages": 2000})
n = 0
while not stop.is_set() and failed is None:
    try:
        producer.produce(topic, value=str(n).encode(), partition=0, on_delivery=on_delivery)
        n += 1
    except BufferError:
        producer.poll(0.05)
    producer.poll(0)
left = producer.flush(120)
if failed is not None or left:
    print("failed:", failed, "left:", left, file=sys.stderr)
    sys.exit(1)
print("done", acknowledged, flush=True)
