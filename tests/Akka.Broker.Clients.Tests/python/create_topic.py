"""create_topic.py BOOTSTRAP TOPIC PARTITIONS [replicas=N] [CONFIG=VALUE]..."""
import sys
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, topic, partitions, *configs = sys.argv[1:]
admin = AdminClient({"bootstrap.servers": bootstrap})
settings = dict(c.split("=", 1) for c in configs)
new = NewTopic(topic, int(partitions), int(settings.pop("replicas", "1")), config=settings)
for future in admin.create_topics([new], operation_timeout=30).values():
    future.result(60)
