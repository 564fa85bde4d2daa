"""group_checks.py BOOTSTRAP CHECK: a group's life as its members see it; prints "ok CHECK"."""
import sys
import threading
import time
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from wire import *

JOIN = "throttle:i32 error:i16 generation:i32 type:str protocol:str leader:str member:str members:[id:str instance:str metadata:bytes]"


def join(wire, group, member="", instance=None, protocols=(("range", b"m"),), session=10_000, rebalance=10_000, kind="consumer"):
    """JoinGroup version 7; with the id that a new member is first sent away with."""
    for _ in range(2):
        answer = wire.ask(11, 7, "group:str session:i32 rebalance:i32 member:str instance:str type:str protocols:[name:str metadata:bytes]",
                          dict(group=group, session=session, rebalance=rebalance, member=member, instance=instance, type=kind,
                               protocols=[dict(name=n, metadata=m) for n, m in protocols]), JOIN, True)
        if answer["error"] != MEMBER_ID_REQUIRED:
            break
        member = answer["member"]
    return answer


def sync(wire, group, joined, assignments=(), instance=None, generation=None, protocol="range"):
    return wire.ask(14, 5, "group:str generation:i32 member:str instance:str type:str protocol:str assignments:[member:str assignment:bytes]",
                    dict(group=group, generation=joined["generation"] if generation is None else generation, member=joined["member"], instance=instance, type="consumer",
                         protocol=protocol, assignments=[dict(member=m, assignment=a) for m, a in assignments]),
                    "throttle:i32 error:i16 type:str protocol:str assignment:bytes", True)


def heartbeat(wire, group, joined, instance=None, generation=None):
    return wire.ask(12, 4, "group:str generation:i32 member:str instance:str",
                    dict(group=group, generation=joined["generation"] if generation is None else generation, member=joined["member"], instance=instance),
                    "throttle:i32 error:i16", True)["error"]


def leave(wire, group, *members):
    return wire.ask(13, 4, "group:str members:[id:str instance:str]", dict(group=group, members=[dict(id=m, instance=i) for m, i in members]),
                    "throttle:i32 error:i16 members:[id:str instance:str error:i16]", True)


def commit(wire, group, topic, at, joined=None, metadata=None, partition=0, instance=None):
    answer = wire.ask(8, 8, "group:str generation:i32 member:str instance:str topics:[name:str partitions:[index:i32 offset:i64 epoch:i32 metadata:str]]",
                      dict(group=group, generation=joined["generation"] if joined else -1, member=joined["member"] if joined else "", instance=instance,
                           topics=[dict(name=topic, partitions=[dict(index=partition, offset=at, epoch=0, metadata=metadata)])]),
                      "throttle:i32 topics:[name:str partitions:[index:i32 error:i16]]", True)
    return answer["topics"][0]["partitions"][0]["error"]


def committed(wire, *groups):
    """OffsetFetch version 8, all partitions of several groups: {group: {(topic, partition): (offset, metadata)}}."""
    answer = wire.ask(9, 8, "groups:[id:str topics:[name:str partitions:[i32]]] stable:bool", dict(groups=[dict(id=g, topics=None) for g in groups], stable=True),
                      "throttle:i32 groups:[id:str topics:[name:str partitions:[index:i32 offset:i64 epoch:i32 metadata:str error:i16]] error:i16]", True)
    return {g["id"]: {(t["name"], p["index"]): (p["offset"], p["metadata"]) for t in g["topics"] for p in t["partitions"]} for g in answer["groups"]}


def coordinator(wire, group):
    """Asks as clients do, until the group's partition is led: it may have to be made first."""
    while True:
        answer = wire.ask(10, 4, "type:i8 keys:[str]", dict(type=0, keys=[group]),
                          "throttle:i32 coordinators:[key:str node:i32 host:str port:i32 error:i16 message:str]", True)["coordinators"][0]
        joined = heartbeat(wire, group, dict(generation=0, member="nobody")) if answer["error"] == NONE else 15
        if joined not in (14, 15, 16):
            return
        time.sleep(0.05)


def produce_all(bootstrap, topic, partitions, text, each=1):
    producer = Producer({"bootstrap.servers": bootstrap})
    for n in range(each):
        for p in range(partitions):
            producer.produce(topic, text, partition=p)
    assert producer.flush(60) == 0


class Member:
    """A confluent consumer that is polled on a thread of its own and remembers what it is assigned and asked to give up."""

    def __init__(self, bootstrap, group, topics, **settings):
        self.events, self.values, self.stopped = [], [], threading.Event()
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "session.timeout.ms": 6000,
                                  "heartbeat.interval.ms": 200, "topic.metadata.refresh.interval.ms": 1000, **{k.replace("_", "."): v for k, v in settings.items()}})
        self.is_cooperative = "cooperative" in settings.get("partition_assignment_strategy", "")
        self.subscribe(topics)
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def subscribe(self, topics):
        self.consumer.subscribe(topics, on_assign=self.assigned, on_revoke=self.revoked)

    def assigned(self, consumer, partitions):
        self.events.append(("+", tuple(sorted((p.topic, p.partition) for p in partitions))))
        (consumer.incremental_assign if self.is_cooperative else consumer.assign)(partitions)

    def revoked(self, consumer, partitions):
        self.events.append(("-", tuple(sorted((p.topic, p.partition) for p in partitions))))
        consumer.incremental_unassign(partitions) if self.is_cooperative else consumer.unassign()

    def loop(self):
        while not self.stopped.is_set():
            message = self.consumer.poll(0.1)
            if message is not None and not message.error():
                self.values.append((message.topic(), message.partition(), message.value()))

    def share(self):
        return {(p.topic, p.partition) for p in self.consumer.assignment()}

    def stop(self, close=True):
        self.stopped.set()
        self.thread.join()
        if close:
            self.consumer.close()


def wait(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not become so in time"
        time.sleep(0.05)


def cooperative(bootstrap):
    create(Wire(bootstrap), "coop", 4)
    all_of_it = {("coop", p) for p in range(4)}
    options = {"partition_assignment_strategy": "cooperative-sticky"}
    first = Member(bootstrap, "coop", ["coop"], **options)
    wait(lambda: first.share() == all_of_it)
    second = Member(bootstrap, "coop", ["coop"], **options)
    wait(lambda: len(first.share()) == len(second.share()) == 2 and first.share() | second.share() == all_of_it)
    given_up = [set(ps) for kind, ps in first.events if kind == "-"]
    assert len(given_up) == 1 and given_up[0] == second.share(), first.events
    produce_all(bootstrap, "coop", 4, b"v")
    wait(lambda: len(first.values) == len(second.values) == 2)
    second.stop()
    wait(lambda: first.share() == all_of_it)
    assert len([e for e in first.events if e[0] == "-"]) == 1, first.events
    first.stop()


def subscription(bootstrap):
    """A changed subscription, a topic that grows and a topic that a pattern finds later each bring a new generation."""
    wire = Wire(bootstrap)
    create(wire, "sub-a")
    create(wire, "sub-b")
    member = Member(bootstrap, "subs", ["sub-a"])
    wait(lambda: member.share() == {("sub-a", 0)})
    member.subscribe(["sub-a", "sub-b"])
    wait(lambda: member.share() == {("sub-a", 0), ("sub-b", 0)})
    wire.ask(37, 2, "topics:[name:str count:i32 assignments:[brokers:[i32]]] timeout:i32 validate:bool",
             dict(topics=[dict(name="sub-b", count=2, assignments=None)], timeout=5000, validate=False), "throttle:i32 results:[name:str error:i16 message:str]", True)
    wait(lambda: ("sub-b", 1) in member.share())
    member.subscribe(["^sub-.*"])
    create(wire, "sub-c")
    wait(lambda: ("sub-c", 0) in member.share())
    member.stop()


def static_members(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "static-offsets")
    coordinator(wire, "static")
    one = join(wire, "static", instance="i1", session=6000)
    assert one["error"] == NONE and one["leader"] == one["member"] and one["members"][0]["instance"] == "i1", one
    assert sync(wire, "static", one, [(one["member"], b"all")], "i1")["assignment"] == b"all"
    # The instance comes back under a new member id: same generation, same share, no rebalance.
    again = join(wire, "static", instance="i1", session=6000)
    assert (again["error"], again["generation"]) == (NONE, one["generation"]) and again["member"] != one["member"], again
    assert sync(wire, "static", again, [], "i1")["assignment"] == b"all"
    # The old member is fenced wherever it shows up.
    assert heartbeat(wire, "static", one, "i1") == FENCED_INSTANCE_ID
    assert sync(wire, "static", one, [], "i1")["error"] == FENCED_INSTANCE_ID
    assert commit(wire, "static", "static-offsets", 1, one, instance="i1") == FENCED_INSTANCE_ID
    assert join(wire, "static", one["member"], "i1")["error"] == FENCED_INSTANCE_ID
    assert leave(wire, "static", (one["member"], "i1"))["members"][0]["error"] == FENCED_INSTANCE_ID
    assert heartbeat(wire, "static", again, "i1") == NONE
    # An administrator removes an instance by its name alone.
    assert leave(wire, "static", ("", "i1"))["members"][0]["error"] == NONE
    assert heartbeat(wire, "static", again, "i1") == UNKNOWN_MEMBER_ID
    assert leave(wire, "static", ("", "i2"))["members"][0]["error"] == UNKNOWN_MEMBER_ID


def static_clients(bootstrap):
    """A restarted confluent consumer with an instance id takes its share back, and the others are not disturbed."""
    create(Wire(bootstrap), "static-topic", 4)
    members = [Member(bootstrap, "static-clients", ["static-topic"], group_instance_id=f"i{n}") for n in range(2)]
    wait(lambda: [len(m.share()) for m in members] == [2, 2])
    share, events = members[0].share(), len(members[1].events)
    members[0].stop()
    back = Member(bootstrap, "static-clients", ["static-topic"], group_instance_id="i0")
    wait(lambda: back.share() == share)
    assert len(members[1].events) == events, members[1].events
    # A second consumer under the same instance id fences the first.
    thief = Consumer({"bootstrap.servers": bootstrap, "group.id": "static-clients", "group.instance.id": "i0"})
    thief.subscribe(["static-topic"])
    back.stopped.set()
    back.thread.join()
    errors = []

    def fenced():
        thief.poll(0.1)
        try:
            message = back.consumer.poll(0.1)
            if message is not None and message.error():
                errors.append(message.error().name())
        except KafkaException as e:
            errors.append(e.args[0].name())
        return "_FATAL" in errors or "FENCED_INSTANCE_ID" in errors

    wait(fenced)
    thief.close()
    members[1].stop()


def refusals(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "g-topic")
    coordinator(wire, "strict")
    assert join(wire, "strict", session=100)["error"] == INVALID_SESSION_TIMEOUT
    assert join(wire, "strict", session=3_600_000)["error"] == INVALID_SESSION_TIMEOUT
    assert join(wire, "")["error"] == 24
    assert join(wire, "strict", member="stranger")["error"] == UNKNOWN_MEMBER_ID
    assert join(wire, "strict", protocols=())["error"] == INCONSISTENT_GROUP_PROTOCOL
    one = join(wire, "strict")
    assert heartbeat(wire, "strict", one) in (NONE, REBALANCE_IN_PROGRESS)
    assert sync(wire, "strict", one, [(one["member"], b"x")])["error"] == NONE
    assert join(wire, "strict", kind="connect")["error"] == INCONSISTENT_GROUP_PROTOCOL
    assert join(wire, "strict", protocols=[("other", b"")])["error"] == INCONSISTENT_GROUP_PROTOCOL
    assert heartbeat(wire, "strict", one, generation=one["generation"] + 1) == ILLEGAL_GENERATION
    assert sync(wire, "strict", one, generation=99)["error"] == ILLEGAL_GENERATION
    assert sync(wire, "strict", one, protocol="other")["error"] == INCONSISTENT_GROUP_PROTOCOL
    assert commit(wire, "strict", "g-topic", 1, dict(one, generation=99)) == ILLEGAL_GENERATION
    assert commit(wire, "strict", "g-topic", 1, dict(one, member="stranger")) == UNKNOWN_MEMBER_ID
    assert commit(wire, "strict", "g-topic", 1) == UNKNOWN_MEMBER_ID
    assert commit(wire, "strict", "g-topic", 1, one, "m" * 4097) == OFFSET_METADATA_TOO_LARGE
    assert commit(wire, "strict", "absent", 1, one) == UNKNOWN_TOPIC
    assert commit(wire, "strict", "g-topic", 1, one, "here I was") == NONE
    assert committed(wire, "strict", "nobody") == {"strict": {("g-topic", 0): (1, "here I was")}, "nobody": {}}
    # A second member's join makes the first one rejoin, which its heartbeat tells.
    other = Wire(bootstrap)
    ended = []
    thread = threading.Thread(target=lambda: ended.append(join(other, "strict")))
    thread.start()
    wait(lambda: heartbeat(wire, "strict", one) == REBALANCE_IN_PROGRESS)
    rejoined = join(wire, "strict", one["member"])
    thread.join()
    assert rejoined["generation"] == ended[0]["generation"] == one["generation"] + 1 and len(rejoined["members"]) == 2 and not ended[0]["members"], (rejoined, ended)
    assert leave(wire, "strict", (one["member"], None), (ended[0]["member"], None))["error"] == NONE


def expulsion(bootstrap):
    """A member that is silent for its session timeout is expelled, and another gets its share."""
    wire = Wire(bootstrap)
    create(wire, "silent", 2)
    coordinator(wire, "silent")
    quiet = join(wire, "silent", session=4000, rebalance=4000)
    assert sync(wire, "silent", quiet, [(quiet["member"], b"")])["error"] == NONE
    time.sleep(1)
    assert heartbeat(wire, "silent", quiet) == NONE
    member = Member(bootstrap, "silent", ["silent"], partition_assignment_strategy="range")
    wait(lambda: len(member.share()) == 2)
    assert heartbeat(wire, "silent", quiet) == UNKNOWN_MEMBER_ID
    member.stop()


def rebalances(bootstrap):
    """What the members of a group are told in each phase of a rebalance, and who is left out of it."""
    wire, other = Wire(bootstrap), Wire(bootstrap)
    create(wire, "phases")
    coordinator(wire, "phases")
    one = join(wire, "phases", session=30_000, rebalance=4000)
    assert sync(wire, "phases", one, [(one["member"], b"1")])["error"] == NONE
    joined = []
    thread = threading.Thread(target=lambda: joined.append(join(other, "phases", session=30_000, rebalance=4000)))
    thread.start()
    wait(lambda: heartbeat(wire, "phases", one) == REBALANCE_IN_PROGRESS)
    # Before it rejoins, a member may still commit what it has done; once all have joined it may not.
    assert commit(wire, "phases", "phases", 1, one) == NONE
    one = join(wire, "phases", one["member"], session=30_000, rebalance=4000)
    thread.join()
    two = joined[0]
    assert one["leader"] == two["leader"] == one["member"] and heartbeat(wire, "phases", one) == NONE
    assert commit(wire, "phases", "phases", 2, one) == REBALANCE_IN_PROGRESS
    # A follower's sync waits for the leader's.
    follower = []
    thread = threading.Thread(target=lambda: follower.append(sync(other, "phases", two)))
    thread.start()
    assert sync(wire, "phases", one, [(one["member"], b"A"), (two["member"], b"B")])["assignment"] == b"A"
    thread.join()
    assert follower[0]["assignment"] == b"B"
    # Who does not rejoin within the rebalance timeout is left out, though its session lives.
    two = join(other, "phases", two["member"], protocols=[("range", b"changed")], session=30_000, rebalance=4000)
    assert (two["error"], len(two["members"])) == (NONE, 1) and heartbeat(wire, "phases", one) == UNKNOWN_MEMBER_ID, two
    assert leave(other, "phases", (two["member"], None))["error"] == NONE


def offsets_before(bootstrap):
    wire = Wire(bootstrap)
    create(wire, "kept-topic", 2)
    produce_all(bootstrap, "kept-topic", 2, b"before", 5)
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "kept", "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe(["kept-topic"])
    assert len(consumer.consume(10, 60)) == 10
    consumer.commit(offsets=[TopicPartition("kept-topic", p, 3 + p) for p in range(2)], asynchronous=False)
    coordinator(wire, "kept-static")
    one = join(wire, "kept-static", instance="i1", session=300_000)
    assert sync(wire, "kept-static", one, [(one["member"], b"mine")], "i1")["error"] == NONE
    assert commit(wire, "kept-static", "kept-topic", 4, one, "noted", instance="i1") == NONE
    print("static", one["member"], one["generation"], flush=True)


def offsets_after(bootstrap, member, generation):
    """Over a restart: offsets with metadata, and a group with its members, generation and assignments."""
    wire = Wire(bootstrap)
    coordinator(wire, "kept-static")
    coordinator(wire, "kept")
    assert committed(wire, "kept-static")["kept-static"] == {("kept-topic", 0): (4, "noted")}
    one = dict(member=member, generation=int(generation))
    assert heartbeat(wire, "kept-static", one, "i1") == NONE
    assert sync(wire, "kept-static", one, [], "i1")["assignment"] == b"mine"
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "kept", "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.assign([TopicPartition("kept-topic", p) for p in range(2)])
    assert [p.offset for p in consumer.committed([TopicPartition("kept-topic", p) for p in range(2)], 15)] == [3, 4]
    assert sorted((m.partition(), m.offset()) for m in consumer.consume(3, 60)) == [(0, 3), (0, 4), (1, 4)]
    consumer.close()


if __name__ == "__main__":
    run(globals(), sys.argv)
