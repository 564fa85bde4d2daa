// node group_member.js BOOTSTRAP GROUP TOPIC: prints "record PARTITION OFFSET VALUE" for each record, commits as it goes, until killed.
const { Kafka, logLevel, AssignerProtocol } = require('kafkajs');

// kafkajs ships a round-robin assigner under its own name; the other clients of the group know "range".
const range = ({ cluster }) => ({
  name: 'range',
  version: 0,
  async assign({ members, topics }) {
    const assignment = {};
    const ids = members.map((m) => m.memberId).sort();
    for (const id of ids) assignment[id] = {};
    for (const topic of topics) {
      const partitions = cluster.findTopicPartitionMetadata(topic).map((p) => p.partitionId).sort((a, b) => a - b);
      const share = Math.floor(partitions.length / ids.length);
      const extra = partitions.length % ids.length;
      let next = 0;
      ids.forEach((id, i) => {
        const count = share + (i < extra ? 1 : 0);
        assignment[id][topic] = partitions.slice(next, next + count);
        next += count;
      });
    }
    return ids.map((id) => ({
      memberId: id,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 0, assignment: assignment[id] }),
    }));
  },
  protocol({ topics }) {
    return { name: 'range', metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics }) };
  },
});

const [bootstrap, groupId, topic] = process.argv.slice(2);
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR, retry: { retries: 20 } });
const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 1000, partitionAssigners: [range] });
consumer.on(consumer.events.GROUP_JOIN, (e) => console.log('assigned', ...(e.payload.memberAssignment[topic] || [])));
(async () => {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: async ({ partition, message }) => console.log('record', partition, message.offset, message.value.toString()),
  });
})().catch((e) => { console.error(e); process.exit(1); });
