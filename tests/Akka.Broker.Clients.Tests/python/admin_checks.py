"""admin_checks.py BOOTSTRAP CHECK: topics, configs, groups and cluster as administrators' clients see them; prints "ok CHECK"."""
import sys
import time
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic
from kafka import KafkaAdminClient
from wire import *

CONFIGS_2 = "results:[error:i16 message:str type:i8 name:str configs:[name:str value:str read_only:bool source:i8 sensitive:bool" \
            " synonyms:[name:str value:str source:i8] type:i8 doc:str]]"
TOPIC, BROKER, GROUP = 2, 4, 32


def describe(wire, kind, name, keys=None, docs=True):
    answer = wire.ask(32, 4, "resources:[type:i8 name:str keys:[str]] synonyms:bool docs:bool",
                      dict(resources=[dict(type=kind, name=name, keys=keys)], synonyms=True, docs=docs), "throttle:i32 " + CONFIGS_2, True)["results"][0]
    return answer["error"], {c["name"]: c for c in answer["configs"]}


def incremental(wire, kind, name, changes, validate_only=False):
    """changes: (name, operation, value); 0 set, 1 delete, 2 append, 3 subtract."""
    answer = wire.ask(44, 1, "resources:[type:i8 name:str configs:[name:str operation:i8 value:str]] validate:bool",
                      dict(resources=[dict(type=kind, name=name, configs=[dict(name=n, operation=o, value=v) for n, o, v in changes])], validate=validate_only),
                      "throttle:i32 responses:[error:i16 message:str type:i8 name:str]", True)
    return answer["responses"][0]


def topics(bootstrap):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    new = NewTopic("made", 3, 1, config={"retention.ms": "12345", "cleanup.policy": "compact"})
    admin.create_topics([new], operation_timeout=30)["made"].result(30)
    assert len(admin.list_topics(timeout=10).topics["made"].partitions) == 3
    for topic, code in [(NewTopic("made", 1, 1), "TOPIC_ALREADY_EXISTS"), (NewTopic("bad name", 1, 1), "TOPIC_EXCEPTION"), (NewTopic("r3", 1, 3), "INVALID_REPLICATION_FACTOR"),
                        (NewTopic("c", 1, 1, config={"retention.ms": "soon"}), "INVALID_CONFIG"), (NewTopic("c", 1, 1, config={"no.such": "1"}), "INVALID_CONFIG")]:
        try:
            admin.create_topics([topic], operation_timeout=10)[topic.topic].result(10)
            raise AssertionError(f"{topic} was created")
        except KafkaException as e:
            assert e.args[0].name() == code, (topic, e)
    admin.create_partitions([NewPartitions("made", 5)])["made"].result(10)
    wait(lambda: len(admin.list_topics(timeout=10).topics["made"].partitions) == 5)
    for count in (5, 2):
        try:
            admin.create_partitions([NewPartitions("made", count)])["made"].result(10)
            raise AssertionError("fewer partitions were accepted")
        except KafkaException as e:
            assert e.args[0].name() == "INVALID_PARTITIONS", e
    admin.delete_topics(["made"], operation_timeout=30)["made"].result(30)
    wait(lambda: "made" not in admin.list_topics(timeout=10).topics)
    try:
        admin.delete_topics(["made"], operation_timeout=30)["made"].result(30)
        raise AssertionError("deleted twice")
    except KafkaException as e:
        assert e.args[0].name() == "UNKNOWN_TOPIC_OR_PART", e
    admin.create_topics([NewTopic("made", 1, 1)], operation_timeout=30)["made"].result(30)
    assert len(admin.list_topics("made", timeout=10).topics["made"].partitions) == 1


def create_refusals(bootstrap):
    wire = Wire(bootstrap)
    assert create(wire, "trial", 4, configs={"segment.ms": "99999"}, validate_only=True)["error"] == NONE
    assert topic_ids(wire, "trial")["trial"].int == 0
    made = create(wire, "defaults", -1, -1, configs={"flush.messages": "7"})
    assert (made["error"], made["partitions"], made["replication"]) == (NONE, 1, 1) and made["id"].int != 0, made
    shown = {c["name"]: c for c in made["configs"]}
    assert shown["flush.messages"]["value"] == "7" and shown["flush.messages"]["source"] == 1 and shown["segment.bytes"]["source"] == 5, shown
    for wrong, code in [(dict(name=""), INVALID_TOPIC), (dict(name=".."), INVALID_TOPIC), (dict(name="x" * 250), INVALID_TOPIC), (dict(name="a/b"), INVALID_TOPIC),
                        (dict(name="p", partitions=0), INVALID_PARTITIONS), (dict(name="p", partitions=-2), INVALID_PARTITIONS),
                        (dict(name="p", replication=0), INVALID_REPLICATION_FACTOR), (dict(name="p", replication=2), INVALID_REPLICATION_FACTOR),
                        (dict(name="p", partitions=-1, replication=-1, assignments=[(0, [9])]), 39), (dict(name="p", partitions=2, assignments=[(0, [1])]), INVALID_REQUEST),
                        (dict(name="p", configs={"segment.bytes": "1"}), INVALID_CONFIG), (dict(name="p", configs={"cleanup.policy": "shred"}), INVALID_CONFIG),
                        (dict(name="p", configs={"message.timestamp.type": "Never"}), INVALID_CONFIG)]:
        answer = create(wire, **wrong)
        assert answer["error"] == code and answer["message"], (wrong, answer)
    assert create(wire, "assigned", -1, -1, assignments=[(0, [1]), (1, [1])])["error"] == NONE
    name = "x" * 249
    assert create(wire, name)["error"] == NONE
    collision = create(wire, "one.topic"), create(wire, "one_topic")
    assert (collision[0]["error"], collision[1]["error"]) == (NONE, INVALID_TOPIC), collision
    twice = wire.ask(19, 4, "topics:[name:str partitions:i32 replication:i16 a:[x:i32] c:[x:i32]] timeout:i32 validate:bool",
                     dict(topics=[dict(name="twice", partitions=1, replication=1, a=[], c=[])] * 2, timeout=1000, validate=False),
                     "throttle:i32 topics:[name:str error:i16 message:str]")
    assert {t["error"] for t in twice["topics"]} == {INVALID_REQUEST}, twice


def configs(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "conf", configs={"retention.ms": "1000000"})
    error, shown = describe(wire, TOPIC, "conf")
    assert error == NONE and shown["retention.ms"]["value"] == "1000000" and shown["retention.ms"]["source"] == 1, shown["retention.ms"]
    synonyms = [(s["name"], s["source"]) for s in shown["retention.ms"]["synonyms"]]
    assert synonyms[0] == ("retention.ms", 1) and synonyms[-1] == ("log.retention.hours", 5) or synonyms[-1][1] == 5, synonyms
    assert shown["retention.ms"]["type"] == 5 and shown["retention.ms"]["doc"], shown["retention.ms"]
    assert shown["cleanup.policy"]["source"] == 5 and shown["cleanup.policy"]["type"] == 7, shown["cleanup.policy"]
    assert list(describe(wire, TOPIC, "conf", ["flush.ms"])[1]) == ["flush.ms"]
    assert describe(wire, TOPIC, "conf", ["flush.ms"], docs=False)[1]["flush.ms"]["doc"] is None
    assert describe(wire, TOPIC, "absent")[0] == UNKNOWN_TOPIC
    assert describe(wire, BROKER, "77")[0] == INVALID_REQUEST
    assert describe(wire, 9, "x")[0] == INVALID_REQUEST
    assert incremental(wire, TOPIC, "conf", [("max.message.bytes", 0, "2000"), ("cleanup.policy", 2, "compact")])["error"] == NONE
    shown = describe(wire, TOPIC, "conf")[1]
    assert shown["cleanup.policy"]["value"] == "delete,compact" and shown["max.message.bytes"]["value"] == "2000", shown
    assert shown["retention.ms"]["value"] == "1000000"
    assert incremental(wire, TOPIC, "conf", [("cleanup.policy", 3, "delete"), ("retention.ms", 1, None)])["error"] == NONE
    shown = describe(wire, TOPIC, "conf")[1]
    assert shown["cleanup.policy"]["value"] == "compact" and shown["retention.ms"]["source"] == 5, shown
    for change, code in [(("retention.ms", 0, "x"), INVALID_CONFIG), (("no.such", 0, "1"), INVALID_CONFIG), (("retention.ms", 2, "1"), INVALID_CONFIG),
                         (("retention.ms", 0, None), INVALID_CONFIG), (("retention.ms", 9, "1"), INVALID_REQUEST)]:
        answer = incremental(wire, TOPIC, "conf", [change])
        assert answer["error"] in (code, INVALID_REQUEST) and answer["message"], (change, answer)
    assert incremental(wire, TOPIC, "conf", [("retention.ms", 0, "5"), ("retention.ms", 0, "6")])["error"] == INVALID_REQUEST
    assert incremental(wire, TOPIC, "conf", [("retention.ms", 0, "5")], validate_only=True)["error"] == NONE
    assert describe(wire, TOPIC, "conf")[1]["retention.ms"]["source"] == 5
    assert incremental(wire, TOPIC, "absent", [("retention.ms", 0, "5")])["error"] == UNKNOWN_TOPIC

    admin = AdminClient({"bootstrap.servers": bootstrap})
    resource = ConfigResource("topic", "conf", set_config={"segment.bytes": "2000000"})
    admin.alter_configs([resource])[resource].result(10)
    resource = ConfigResource("topic", "conf")
    entries = admin.describe_configs([resource])[resource].result(10)
    assert entries["segment.bytes"].value == "2000000" and entries["max.message.bytes"].source == 5, "AlterConfigs replaces all"
    resource = ConfigResource("broker", "1")
    entries = admin.describe_configs([resource])[resource].result(10)
    assert entries["message.max.bytes"].value == "1048588", entries
    old = KafkaAdminClient(bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000)
    from kafka.admin import ConfigResource as OldResource, ConfigResourceType
    answer = old.describe_configs([OldResource(ConfigResourceType.TOPIC, "conf")], include_synonyms=True)
    assert answer, answer


def broker_configs(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "inherits")
    answer = incremental(wire, BROKER, "", [("log.retention.ms", 0, "7777777")])
    assert answer["error"] == NONE, answer
    shown = describe(wire, TOPIC, "inherits", ["retention.ms"])[1]["retention.ms"]
    assert shown["value"] == "7777777" and shown["source"] == 3, shown
    assert incremental(wire, BROKER, "1", [("log.retention.ms", 0, "8888888")])["error"] == NONE
    shown = describe(wire, BROKER, "1", ["log.retention.ms"])[1]["log.retention.ms"]
    assert shown["value"] == "8888888" and shown["source"] == 2 and [s["value"] for s in shown["synonyms"]][:2] == ["8888888", "7777777"], shown
    for name in ("1", ""):
        assert incremental(wire, BROKER, name, [("log.retention.ms", 1, None)])["error"] == NONE
    assert describe(wire, TOPIC, "inherits", ["retention.ms"])[1]["retention.ms"]["source"] in (4, 5)
    answer = incremental(wire, BROKER, "1", [("node.id", 0, "5")])
    assert answer["error"] != NONE, answer


def delete_records(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "trimmed", 2)
    for n in range(10):
        assert produce(wire, "trimmed", batch([b"v%d" % n]))["offset"] == n

    def delete(partition, offset, topic="trimmed"):
        answer = wire.ask(21, 2, "topics:[name:str partitions:[index:i32 offset:i64]] timeout:i32",
                          dict(topics=[dict(name=topic, partitions=[dict(index=partition, offset=offset)])], timeout=5000),
                          "throttle:i32 topics:[name:str partitions:[index:i32 low:i64 error:i16]]", True)
        return answer["topics"][0]["partitions"][0]

    assert (delete(0, 4)["low"], offset(wire, "trimmed", -2)["offset"]) == (4, 4)
    assert delete(0, 2)["low"] == 4
    assert delete(0, 11)["error"] == OFFSET_OUT_OF_RANGE
    assert delete(0, -1)["low"] == 10
    assert offset(wire, "trimmed", -2)["offset"] == offset(wire, "trimmed", -1)["offset"] == 10
    assert delete(9, 0)["error"] == UNKNOWN_TOPIC and delete(0, 0, "absent")["error"] == UNKNOWN_TOPIC
    assert delete(1, -1)["low"] == 0
    assert produce(wire, "trimmed", batch([b"after"]))["start"] == 10


def groups(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "seen", 2)
    producer = Producer({"bootstrap.servers": bootstrap})
    for n in range(10):
        producer.produce("seen", b"x", partition=n % 2)
    assert producer.flush(60) == 0
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "admin-group", "auto.offset.reset": "earliest", "enable.auto.commit": False, "client.id": "me"})
    consumer.subscribe(["seen"])
    for _ in range(10):
        assert consumer.poll(60).error() is None
    consumer.commit(asynchronous=False)
    old = KafkaAdminClient(bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000)
    assert ("admin-group", "consumer") in old.list_consumer_groups()
    group = old.describe_consumer_groups(["admin-group"])[0]
    assert group.state == "Stable" and group.protocol_type == "consumer" and group.protocol in ("range", "roundrobin") and len(group.members) == 1, group
    member = group.members[0]
    assert member.client_id == "me" and member.client_host == "/127.0.0.1" and dict(member.member_assignment.assignment)["seen"] == [0, 1], member
    assert {p.partition: o.offset for p, o in old.list_consumer_group_offsets("admin-group").items()} == {0: 5, 1: 5}
    assert old.delete_consumer_groups(["admin-group"])[0][1].errno == NON_EMPTY_GROUP
    listed = AdminClient({"bootstrap.servers": bootstrap}).list_groups("admin-group", 10)
    assert listed[0].state == "Stable" and listed[0].members[0].client_id == "me", listed

    def list_groups(*states):
        return {g["id"]: g["state"] for g in wire.ask(16, 4, "states:[str]", dict(states=list(states)), "throttle:i32 error:i16 groups:[id:str type:str state:str]", True)["groups"]}

    def delete_offset(partition):
        answer = wire.ask(47, 0, "group:str topics:[name:str partitions:[index:i32]]", dict(group="admin-group", topics=[dict(name="seen", partitions=[dict(index=partition)])]),
                          "error:i16 throttle:i32 topics:[name:str partitions:[index:i32 error:i16]]")
        return answer["error"] or answer["topics"][0]["partitions"][0]["error"]

    assert list_groups("Stable")["admin-group"] == "Stable" and "admin-group" not in list_groups("Empty")
    assert delete_offset(0) == GROUP_SUBSCRIBED
    consumer.close()
    wait(lambda: list_groups("Empty").get("admin-group") == "Empty")
    assert delete_offset(0) == NONE
    assert {p.partition: o.offset for p, o in old.list_consumer_group_offsets("admin-group").items()} == {1: 5}
    assert old.delete_consumer_groups(["admin-group"])[0][1].errno == NONE
    assert "admin-group" not in list_groups()
    assert old.delete_consumer_groups(["admin-group"])[0][1].errno == GROUP_ID_NOT_FOUND
    assert old.describe_consumer_groups(["admin-group"])[0].state == "Dead"
    described = wire.ask(15, 6, "groups:[str] authorized:bool", dict(groups=["admin-group"], authorized=False),
                         "throttle:i32 groups:[error:i16 message:str id:str state:str type:str protocol:str"
                         " members:[id:str instance:str client:str host:str metadata:bytes assignment:bytes] authorized:i32]", True)["groups"][0]
    assert described["error"] == GROUP_ID_NOT_FOUND and described["message"], described


def cluster(bootstrap, data):
    wire = Wire(bootstrap)
    answer = wire.ask(60, 0, "authorized:bool", dict(authorized=False),
                      "throttle:i32 error:i16 message:str cluster:str controller:i32 brokers:[id:i32 host:str port:i32 rack:str] authorized:i32", True)
    assert answer["error"] == NONE and f"{answer['brokers'][0]['host']}:{answer['brokers'][0]['port']}" == bootstrap and answer["controller"] == 1, answer
    assert answer["cluster"] == KafkaAdminClient(bootstrap_servers=bootstrap, api_version_auto_timeout_ms=60_000).describe_cluster()["cluster_id"]
    create(wire, "sized", 2)
    produce(wire, "sized", batch([b"x" * 1000]))
    answer = wire.ask(35, 4, "topics:[name:str partitions:[i32]]", dict(topics=[dict(name="sized", partitions=[0, 1])]),
                      "throttle:i32 error:i16 dirs:[error:i16 path:str topics:[name:str partitions:[index:i32 size:i64 lag:i64 future:bool]] total:i64 usable:i64]", True)
    folder = answer["dirs"][0]
    sizes = {p["index"]: p["size"] for p in folder["topics"][0]["partitions"]}
    assert folder["path"] == data and sizes[0] > 1000 and sizes[1] == 0 and folder["total"] >= folder["usable"] > 0, answer


def paging(bootstrap):
    wire = Wire(bootstrap)
    for name in ("page-a", "page-b", "page-c"):
        create(wire, name, 3)

    def page(limit, cursor, names=("page-c", "page-a", "page-b")):
        return wire.ask(75, 0, "topics:[name:str] limit:i32 cursor:?{topic:str partition:i32}", dict(topics=[dict(name=n) for n in names], limit=limit, cursor=cursor),
                        "throttle:i32 topics:[error:i16 name:str id:uuid internal:bool partitions:[error:i16 index:i32 leader:i32 epoch:i32 replicas:[i32] isr:[i32]"
                        " elr:[i32] last_elr:[i32] offline:[i32]] authorized:i32] cursor:?{topic:str partition:i32}", True)

    seen, cursor, pages = [], None, 0
    while True:
        answer = page(2, cursor)
        seen += [(t["name"], p["index"]) for t in answer["topics"] for p in t["partitions"]]
        cursor, pages = answer["cursor"], pages + 1
        if cursor is None:
            break
    assert seen == [(f"page-{t}", p) for t in "abc" for p in range(3)] and pages == 5, (seen, pages)
    assert page(2000, None, ["page-none"])["topics"][0]["error"] == UNKNOWN_TOPIC


def offsets_by_time(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "timed", configs={"retention.ms": "-1"})
    for n, timestamp in enumerate((1000, 5000, 3000, 5000, 4000)):
        produce(wire, "timed", batch([b"%d" % n], timestamp=timestamp))
    found = {t: (offset(wire, "timed", t)["offset"], offset(wire, "timed", t)["timestamp"]) for t in (0, 1000, 1001, 4500, 5001, -1, -2, -3)}
    assert found == {0: (0, 1000), 1000: (0, 1000), 1001: (1, 5000), 4500: (1, 5000), 5001: (-1, -1), -1: (5, -1), -2: (0, -1), -3: (1, 5000)}, found
    assert offset(wire, "timed", -1, partition=3)["error"] == UNKNOWN_TOPIC and offset(wire, "absent", -1)["error"] == UNKNOWN_TOPIC
    create(wire, "timed-empty")
    assert (offset(wire, "timed-empty", 0)["offset"], offset(wire, "timed-empty", -3)["offset"], offset(wire, "timed-empty", -1)["offset"]) == (-1, -1, 0)
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "t"})
    assert consumer.offsets_for_times([TopicPartition("timed", 0, 4500)], 10)[0].offset == 1
    assert consumer.get_watermark_offsets(TopicPartition("timed", 0), 10) == (0, 5)
    consumer.close()


def producers_and_epochs(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "known")
    producer, epoch = init_producer(wire)
    produce(wire, "known", batch([b"a", b"b"], producer=producer, epoch=epoch, sequence=0))
    answer = wire.ask(61, 0, "topics:[name:str partitions:[i32]]", dict(topics=[dict(name="known", partitions=[0, 7])]),
                      "throttle:i32 topics:[name:str partitions:[index:i32 error:i16 message:str producers:[id:i64 epoch:i32 sequence:i32 time:i64 coordinator:i32 txn:i64]]]", True)
    known, absent = sorted(answer["topics"][0]["partitions"], key=lambda p: p["index"])
    state = known["producers"][0]
    assert (state["id"], state["epoch"], state["sequence"], state["txn"]) == (producer, epoch, 1, -1) and absent["error"] == UNKNOWN_TOPIC, answer

    def end_of(epoch, current=-1):
        answer = wire.ask(23, 4, "replica:i32 topics:[name:str partitions:[index:i32 current:i32 epoch:i32]]",
                          dict(replica=-1, topics=[dict(name="known", partitions=[dict(index=0, current=current, epoch=epoch)])]),
                          "throttle:i32 topics:[name:str partitions:[error:i16 index:i32 epoch:i32 end:i64]]", True)
        return answer["topics"][0]["partitions"][0]

    current = offset(wire, "known", -1)["epoch"]
    assert (end_of(current)["epoch"], end_of(current)["end"]) == (current, 2)
    assert (end_of(current + 5)["epoch"], end_of(current + 5)["end"]) == (-1, -1)
    assert end_of(current, current + 1)["error"] == UNKNOWN_LEADER_EPOCH
    if current > 0:
        assert end_of(current, current - 1)["error"] == FENCED_LEADER_EPOCH


def versions(bootstrap):
    wire = Wire(bootstrap)
    announced = wire.receive(wire.send(18, 3, "name:str version:str", dict(name="t", version="1"), True), "error:i16 apis:[key:i16 min:i16 max:i16] throttle:i32", True, False)
    ranges = {a["key"]: (a["min"], a["max"]) for a in announced["apis"]}
    assert ranges[0][0] == 0 and ranges[1][0] <= 4 and ranges[1][1] >= 13, ranges
    # A version from the future is answered in version 0 with all that is served.
    future = wire.receive(wire.send(18, 99, "name:str version:str", dict(name="t", version="1"), True), "error:i16 apis:[key:i16 min:i16 max:i16]", False)
    assert future["error"] == UNSUPPORTED_VERSION and future["apis"], future
    refused = wire.ask(0, 2, "acks:i16 timeout:i32 topics:[name:str partitions:[index:i32 records:bytes]]",
                       dict(acks=1, timeout=1000, topics=[dict(name="any", partitions=[dict(index=0, records=b"")])]),
                       "topics:[name:str partitions:[index:i32 error:i16 offset:i64 appended:i64]] throttle:i32")
    assert refused["topics"][0]["partitions"][0]["error"] == UNSUPPORTED_VERSION, refused
    # Pipelined requests are answered in their order.
    sent = [wire.send(18, 0, "", {}, False) for _ in range(50)]
    for correlation in sent:
        assert wire.receive(correlation, "error:i16 apis:[key:i16 min:i16 max:i16]", False)["error"] == NONE


def metadata(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "shown", 2)
    none = uuids.UUID(int=0)

    def ask(topics, authorized=False):
        answer = wire.ask(3, 12, "topics:[id:uuid name:str] auto:bool authorized:bool", dict(topics=topics, auto=True, authorized=authorized),
                          "throttle:i32 brokers:[id:i32 host:str port:i32 rack:str] cluster:str controller:i32 topics:[error:i16 name:str id:uuid internal:bool"
                          " partitions:[error:i16 index:i32 leader:i32 epoch:i32 replicas:[i32] isr:[i32] offline:[i32]] authorized:i32]", True)
        return [(t["error"], t["name"], len(t["partitions"]), t["authorized"] > 0) for t in answer["topics"]]

    by_id = dict(id=topic_ids(wire, "shown")["shown"], name=None)
    assert ask([dict(id=none, name="shown")]) == [(NONE, "shown", 2, False)] and ask([by_id], True) == [(NONE, "shown", 2, True)]
    assert ask([]) == [] and (NONE, "shown", 2, False) in ask(None)
    assert ask([dict(id=none, name="bad name")])[0][0] == INVALID_TOPIC
    # The broker is told not to make topics, whatever the client allows.
    assert ask([dict(id=none, name="not-there")])[0][0] == UNKNOWN_TOPIC
    assert ask([dict(id=uuids.UUID(int=7), name=None)])[0][0] == UNKNOWN_TOPIC_ID


def quotas(bootstrap):
    """As kafka-configs asks: set for one client id and for all others, described by each kind of match, taken away; in both versions."""
    wire = Wire(bootstrap)

    def alter(version, client, *ops, type="client-id"):
        answer = wire.ask(49, version, "entries:[entity:[type:str name:str] ops:[key:str value:f64 remove:bool]] validate:bool",
                          dict(entries=[dict(entity=[dict(type=type, name=client)], ops=[dict(key=k, value=v or 0, remove=v is None) for k, v in ops])], validate=False),
                          "throttle:i32 entries:[error:i16 message:str entity:[type:str name:str]]", version > 0)
        return answer["entries"][0]["error"]

    def told(version, *components, strict=False):
        answer = wire.ask(48, version, "components:[type:str match:i8 name:str] strict:bool",
                          dict(components=[dict(type=t, match=m, name=n) for t, m, n in components], strict=strict),
                          "throttle:i32 error:i16 message:str entries:[entity:[type:str name:str] values:[key:str value:f64]]", version > 0)
        assert answer["error"] == NONE, answer
        return {(e["entity"][0]["name"], v["key"]): v["value"] for e in answer["entries"] for v in e["values"]}

    for version in (0, 1):
        assert alter(version, "q-client", ("producer_byte_rate", 1048576.0), ("request_percentage", 12.5)) == NONE
        assert alter(version, None, ("consumer_byte_rate", 2e9)) == NONE
        both = {("q-client", "producer_byte_rate"): 1048576.0, ("q-client", "request_percentage"): 12.5}
        wait(lambda: told(version) == {**both, (None, "consumer_byte_rate"): 2e9})
        assert told(version, ("client-id", 0, "q-client")) == both and told(version, ("client-id", 1, None)) == {(None, "consumer_byte_rate"): 2e9}
        assert len(told(version, ("client-id", 2, None), strict=True)) == 3 and told(version, ("user", 2, None)) == {}
        assert alter(version, "somebody", ("producer_byte_rate", 1.0), type="user") == INVALID_REQUEST
        assert alter(version, "q-client", ("no_such_rate", 1.0)) == INVALID_REQUEST and alter(version, "q-client", ("producer_byte_rate", -1.0)) == INVALID_REQUEST
        assert alter(version, "q-client", ("producer_byte_rate", None), ("request_percentage", None)) == NONE
        assert alter(version, None, ("consumer_byte_rate", None)) == NONE
        wait(lambda: told(version) == {})


def wait(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not become so in time"
        time.sleep(0.05)


if __name__ == "__main__":
    run(globals(), sys.argv)
