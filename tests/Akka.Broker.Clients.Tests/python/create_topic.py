"""create_topic.py BOOTSTRAP TOPIC PARTITIONS [CONFIG=VALUE]..."""
import sys
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, topic, partitions, *configs = sys.argv[1:]
admin = AdminClient({"bootstrap.servers": bootstrap})
new = NewTopic(topic, int(partitions), 1, config=dict(c.split("=", 1) for c in configs))
for future in admin.create_topics([new], operation_timeout=30).values():
    future.result(60)
