// node roundtrip.js BOOTSTRAP TOPIC COUNT: produces COUNT keyed records (gzip) with headers, reads them back, checks them, prints "ok COUNT".
const { Kafka, CompressionTypes, logLevel } = require('kafkajs');

const [bootstrap, topic, countText] = process.argv.slice(2);
const count = Number(countText);
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
(async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  for (let i = 0; i < count; i += 100) {
    const messages = [];
    for (let j = i; j < Math.min(count, i + 100); j++) messages.push({ key: `k${j % 17}`, value: `value ${j}`, headers: { n: String(j) } });
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages });
  }
  await producer.disconnect();
  const total = (await admin.fetchTopicOffsets(topic)).reduce((sum, p) => sum + Number(p.high), 0);
  if (total !== count) throw new Error(`the topic ends at ${total} records in all, not ${count}`);

  const seen = new Set();
  const consumer = kafka.consumer({ groupId: `${topic}-readers` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const done = new Promise((resolve) => consumer.run({
    eachMessage: async ({ message }) => {
      const n = Number(message.headers.n.toString());
      if (message.value.toString() !== `value ${n}` || message.key.toString() !== `k${n % 17}`) throw new Error(`record ${n} differs`);
      seen.add(n);
      if (seen.size === count) resolve();
    },
  }));
  await done;
  await consumer.disconnect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  console.log(`ok ${seen.size}`);
})().catch((e) => { console.error(e); process.exit(1); });
