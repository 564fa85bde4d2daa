"""kafka_python_group_member.py BOOTSTRAP GROUP TOPIC: prints "record PARTITION OFFSET VALUE" for each record, commits as it goes, until killed."""
import sys
from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import CommitFailedError


class Assignments(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        print("assigned", *sorted(p.partition for p in assigned), flush=True)


bootstrap, group, topic = sys.argv[1:]
consumer = KafkaConsumer(
    bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000, group_id=group, auto_offset_reset="earliest", session_timeout_ms=6000, heartbeat_interval_ms=1000,
    enable_auto_commit=False, partition_assignment_strategy=[RangePartitionAssignor])
consumer.subscribe([topic], listener=Assignments())
while True:
    batches = consumer.poll(timeout_ms=500)
    for records in batches.values():
        for r in records:
            print("record", r.partition, r.offset, r.value.decode(), flush=True)
    if batches:
        try:
            consumer.commit()
        except CommitFailedError as e:
            print(e, file=sys.stderr)
