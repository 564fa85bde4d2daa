"""confluent_group_member.py BOOTSTRAP GROUP TOPIC STRATEGY: prints "record PARTITION OFFSET VALUE" for each record, commits as it goes, until killed."""
import sys
from confluent_kafka import Consumer

bootstrap, group, topic, strategy = sys.argv[1:]
consumer = Consumer({
    "bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "session.timeout.ms": 6000,
    "partition.assignment.strategy": strategy, "enable.auto.commit": False,
})
consumer.subscribe([topic], on_assign=lambda c, ps: print("assigned", *sorted(p.partition for p in ps), flush=True))
while True:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error():
        print(message.error(), file=sys.stderr)
        continue
    print("record", message.partition(), message.offset(), message.value().decode(), flush=True)
    consumer.commit(message, asynchronous=True)
