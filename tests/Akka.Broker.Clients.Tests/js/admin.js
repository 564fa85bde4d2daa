// node admin.js BOOTSTRAP: what kafkajs' administrator can do, done once; prints "ok admin".
const assert = require('assert');
const { Kafka, logLevel, ConfigResourceTypes } = require('kafkajs');

const [bootstrap] = process.argv.slice(2);
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 3 } });
const admin = kafka.admin();
const topic = 'js-admin';
const topicConfig = { type: ConfigResourceTypes.TOPIC, name: topic };

const main = async () => {
  await admin.connect();
  assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries: [{ name: 'retention.ms', value: '600000' }] }] }), true);
  assert.equal(await admin.createTopics({ topics: [{ topic }] }), false);
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
  const [described] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
  assert.deepEqual(described.partitions.map((p) => [p.partitionId, p.leader, p.partitionErrorCode]).sort(), [[0, 1, 0], [1, 1, 0], [2, 1, 0]]);

  await admin.alterConfigs({ validateOnly: false, resources: [{ ...topicConfig, configEntries: [{ name: 'retention.ms', value: '700000' }] }] });
  const [shown] = (await admin.describeConfigs({ includeSynonyms: true, resources: [{ ...topicConfig, configNames: ['retention.ms'] }] })).resources;
  assert.deepEqual(shown.configEntries.map((c) => [c.configName, c.configValue]), [['retention.ms', '700000']]);

  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  await producer.send({ topic, messages: Array.from({ length: 10 }, (_, n) => ({ value: `${n}`, partition: 0, timestamp: `${Date.now()}` })) });
  await producer.disconnect();
  const ends = await admin.fetchTopicOffsets(topic);
  assert.deepEqual(ends.find((o) => o.partition === 0), { partition: 0, offset: '10', high: '10', low: '0' });
  assert.equal((await admin.fetchTopicOffsetsByTimestamp(topic, 1)).find((o) => o.partition === 0).offset, '0');
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
  assert.equal((await admin.fetchTopicOffsets(topic)).find((o) => o.partition === 0).low, '4');

  await admin.setOffsets({ groupId: 'js-group', topic, partitions: [{ partition: 0, offset: '7' }] });
  const offsetOf = async () => (await admin.fetchOffsets({ groupId: 'js-group', topics: [topic] }))[0].partitions.find((p) => p.partition === 0).offset;
  assert.equal(await offsetOf(), '7');
  await admin.resetOffsets({ groupId: 'js-group', topic, earliest: true });
  assert.ok(['-2', '4'].includes(await offsetOf()));
  assert.ok((await admin.listGroups()).groups.some((g) => g.groupId === 'js-group'));
  assert.equal((await admin.describeGroups(['js-group'])).groups[0].state, 'Empty');
  await admin.deleteGroups(['js-group']);
  assert.ok(!(await admin.listGroups()).groups.some((g) => g.groupId === 'js-group'));

  const cluster = await admin.describeCluster();
  assert.deepEqual([cluster.brokers.length, cluster.controller], [1, 1]);
  await admin.deleteTopics({ topics: [topic] });
  assert.ok(!(await admin.listTopics()).includes(topic));
  await admin.disconnect();
  console.log('ok admin');
};
main().catch((e) => { console.error(e); process.exit(1); });
