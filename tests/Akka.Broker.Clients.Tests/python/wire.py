"""Kafka's wire protocol by hand, for what no stock client says: frames from field lists, and record batches with chosen faults.

A field list is a string: "topics:[name:str partitions:[index:i32 offset:i64]]". Types: i8 i16 i32 i64 f64 bool str bytes uuid (str and bytes may be None),
[type] and [fields] arrays, ?{fields} a struct that may be None. Flexible versions use compact lengths and end each struct with tagged fields."""
import re
import socket
import struct
import time
import uuid as uuids

NONE, OFFSET_OUT_OF_RANGE, CORRUPT_MESSAGE, UNKNOWN_TOPIC, TOO_LARGE, INVALID_TOPIC = 0, 1, 2, 3, 10, 17
INVALID_REQUIRED_ACKS, INVALID_TIMESTAMP, UNSUPPORTED_VERSION, TOPIC_EXISTS, INVALID_PARTITIONS = 21, 32, 35, 36, 37
INVALID_REPLICATION_FACTOR, INVALID_CONFIG, INVALID_REQUEST, OUT_OF_ORDER_SEQUENCE, DUPLICATE_SEQUENCE = 38, 40, 42, 45, 46
INVALID_PRODUCER_EPOCH, NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND, FETCH_SESSION_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH = 47, 68, 69, 70, 71
FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, FENCED_INSTANCE_ID, GROUP_SUBSCRIBED, INVALID_RECORD = 74, 75, 82, 86, 87
UNKNOWN_TOPIC_ID, UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS, MEMBER_ID_REQUIRED = 100, 25, 22, 27, 79
TRANSACTIONAL_ID_REFUSED = 53
OFFSET_METADATA_TOO_LARGE, INVALID_SESSION_TIMEOUT, INCONSISTENT_GROUP_PROTOCOL = 12, 26, 23
NUMBERS = {"i8": ">b", "i16": ">h", "i32": ">i", "i64": ">q", "bool": ">?", "f64": ">d"}


def fields_of(text):
    tokens = re.findall(r"\?\{|[\[\]{}]|[A-Za-z_]\w*:?", text)
    position = 0

    def struct_until(end):
        nonlocal position
        fields = []
        while position < len(tokens) and tokens[position] != end:
            name = tokens[position].rstrip(":")
            position += 1
            fields.append((name, kind()))
        position += 1
        return fields

    def kind():
        nonlocal position
        token = tokens[position]
        position += 1
        if token == "?{":
            return ("optional", struct_until("}"))
        if token != "[":
            return token
        if tokens[position].endswith(":"):
            return ("array", struct_until("]"))
        element = tokens[position]
        position += 2
        return ("array", element)

    return struct_until(None)


def varint(n):
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def zigzag(n):
    return varint((n << 1) ^ (n >> 63) if n < 0 else n << 1)


def encode(kind, value, flexible):
    if isinstance(kind, list):
        return b"".join(encode(k, value[name], flexible) for name, k in kind) + (b"\0" if flexible else b"")
    if isinstance(kind, tuple) and kind[0] == "optional":
        return b"\xff" if value is None else b"\1" + encode(kind[1], value, flexible)
    if isinstance(kind, tuple):
        count = -1 if value is None else len(value)
        return (varint(count + 1) if flexible else struct.pack(">i", count)) + b"".join(encode(kind[1], v, flexible) for v in value or ())
    if kind == "uuid":
        return value.bytes
    if kind in ("str", "bytes"):
        raw = value.encode() if isinstance(value, str) else value
        length = -1 if raw is None else len(raw)
        return (varint(length + 1) if flexible else struct.pack(">h" if kind == "str" else ">i", length)) + (raw or b"")
    return struct.pack(NUMBERS[kind], value)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        assert self.at + n <= len(self.data), "the response ends too early"
        self.at += n
        return self.data[self.at - n:self.at]

    def varint(self):
        value = shift = 0
        while True:
            b = self.take(1)[0]
            value |= (b & 0x7F) << shift
            shift += 7
            if b < 0x80:
                return value

    def length(self, flexible, form):
        return self.varint() - 1 if flexible else struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def tags(self):
        for _ in range(self.varint()):
            self.varint()
            self.take(self.varint())

    def read(self, kind, flexible):
        if isinstance(kind, list):
            value = {name: self.read(k, flexible) for name, k in kind}
            if flexible:
                self.tags()
            return value
        if isinstance(kind, tuple) and kind[0] == "optional":
            return None if self.take(1) == b"\xff" else self.read(kind[1], flexible)
        if isinstance(kind, tuple):
            count = self.length(flexible, ">i")
            return None if count < 0 else [self.read(kind[1], flexible) for _ in range(count)]
        if kind == "uuid":
            return uuids.UUID(bytes=self.take(16))
        if kind in ("str", "bytes"):
            n = self.length(flexible, ">h" if kind == "str" else ">i")
            raw = None if n < 0 else self.take(n)
            return raw.decode() if kind == "str" and raw is not None else raw
        return struct.unpack(NUMBERS[kind], self.take(struct.calcsize(NUMBERS[kind])))[0]


class Wire:
    """One connection. Requests get correlation ids in order; responses must come back in that order with nothing left over."""

    def __init__(self, bootstrap):
        host, port = bootstrap.split(":")
        self.socket = socket.create_connection((host, int(port)), 30)
        self.correlation = 0

    def send(self, api, version, request, values, flexible):
        self.correlation += 1
        header = struct.pack(">hhi", api, version, self.correlation) + encode("str", "wire", False) + (b"\0" if flexible else b"")
        frame = header + encode(fields_of(request), values, flexible)
        self.socket.sendall(struct.pack(">i", len(frame)) + frame)
        return self.correlation

    def receive(self, correlation, response, flexible, tagged_header=None):
        reader = Reader(self.exactly(struct.unpack(">i", self.exactly(4))[0]))
        assert reader.read("i32", False) == correlation
        if flexible if tagged_header is None else tagged_header:
            reader.tags()
        value = reader.read(fields_of(response), flexible)
        assert reader.at == len(reader.data), f"{len(reader.data) - reader.at} bytes are left over"
        return value

    def ask(self, api, version, request, values, response, flexible=False):
        return self.receive(self.send(api, version, request, values, flexible), response, flexible)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise ConnectionError("the broker hung up")
            data += more
        return data


CRC = []
for i in range(256):
    for _ in range(8):
        i = (i >> 1) ^ (0x82F63B78 if i & 1 else 0)
    CRC.append(i)


def crc32c(data):
    crc = 0xFFFFFFFF
    for b in data:
        crc = (crc >> 8) ^ CRC[(crc ^ b) & 0xFF]
    return crc ^ 0xFFFFFFFF


def batch(values, keys=None, timestamp=None, producer=-1, epoch=-1, sequence=-1, attributes=0, count=None, magic=2, base_offset=0):
    """A record batch of version 2, of this moment unless told; count may lie."""
    timestamp = int(time.time() * 1000) if timestamp is None else timestamp
    records = b""
    for n, value in enumerate(values):
        key = keys[n] if keys else None
        body = b"\0" + zigzag(0) + zigzag(n)
        for part in (key, value):
            body += zigzag(-1) if part is None else zigzag(len(part)) + part
        body += zigzag(0)
        records += zigzag(len(body)) + body
    return raw_batch(records, len(values), timestamp, producer, epoch, sequence, attributes, count, magic, base_offset)


def raw_batch(records, last, timestamp, producer, epoch, sequence, attributes, count=None, magic=2, base_offset=0):
    after_crc = struct.pack(">hiqqqhii", attributes, last - 1, timestamp, timestamp, producer, epoch, sequence, last if count is None else count) + records
    return struct.pack(">qiibI", base_offset, len(after_crc) + 9, 0, magic, crc32c(after_crc)) + after_crc


def produce(wire, topic, records, acks=-1, partition=0, version=9, timeout=10_000):
    """The partition's answer: error, offset, appended, start, message."""
    flexible = version >= 9
    response = "topics:[name:str partitions:[index:i32 error:i16 offset:i64 appended:i64"
    response += " start:i64" if version >= 5 else ""
    response += " errors:[index:i32 message:str] message:str" if version >= 8 else ""
    answer = wire.ask(0, version, "txn:str acks:i16 timeout:i32 topics:[name:str partitions:[index:i32 records:bytes]]",
                      dict(txn=None, acks=acks, timeout=timeout, topics=[dict(name=topic, partitions=[dict(index=partition, records=records)])]),
                      response + "]] throttle:i32", flexible)
    return answer["topics"][0]["partitions"][0]


def init_producer(wire):
    answer = wire.ask(22, 4, "txn:str timeout:i32 id:i64 epoch:i16", dict(txn=None, timeout=60_000, id=-1, epoch=-1),
                      "throttle:i32 error:i16 id:i64 epoch:i16", True)
    assert answer["error"] == NONE, answer
    return answer["id"], answer["epoch"]


def create(wire, name, partitions=1, replication=1, configs=None, assignments=(), validate_only=False):
    """CreateTopics version 7: the topic's answer."""
    topic = dict(name=name, partitions=partitions, replication=replication, configs=[dict(name=k, value=v) for k, v in (configs or {}).items()],
                 assignments=[dict(index=i, brokers=b) for i, b in assignments])
    answer = wire.ask(19, 7, "topics:[name:str partitions:i32 replication:i16 assignments:[index:i32 brokers:[i32]] configs:[name:str value:str]] timeout:i32 validate:bool",
                      dict(topics=[topic], timeout=10_000, validate=validate_only),
                      "throttle:i32 topics:[name:str id:uuid error:i16 message:str partitions:i32 replication:i16"
                      " configs:[name:str value:str read_only:bool source:i8 sensitive:bool]]", True)
    return answer["topics"][0]


def topic_ids(wire, *names):
    answer = wire.ask(3, 12, "topics:[id:uuid name:str] auto:bool authorized:bool",
                      dict(topics=[dict(id=uuids.UUID(int=0), name=n) for n in names], auto=False, authorized=False),
                      "throttle:i32 brokers:[id:i32 host:str port:i32 rack:str] cluster:str controller:i32 topics:[error:i16 name:str id:uuid internal:bool"
                      " partitions:[error:i16 index:i32 leader:i32 epoch:i32 replicas:[i32] isr:[i32] offline:[i32]] authorized:i32]", True)
    return {t["name"]: t["id"] for t in answer["topics"]}


def offset(wire, topic, timestamp, partition=0, isolation=0):
    """ListOffsets version 7: error, timestamp, offset, epoch."""
    answer = wire.ask(2, 7, "replica:i32 isolation:i8 topics:[name:str partitions:[index:i32 epoch:i32 timestamp:i64]]",
                      dict(replica=-1, isolation=isolation, topics=[dict(name=topic, partitions=[dict(index=partition, epoch=-1, timestamp=timestamp)])]),
                      "throttle:i32 topics:[name:str partitions:[index:i32 error:i16 timestamp:i64 offset:i64 epoch:i32]]", True)
    return answer["topics"][0]["partitions"][0]


def run(checks, argv):
    """Runs the check named by the arguments: SCRIPT BOOTSTRAP CHECK [ARGUMENT]..."""
    bootstrap, name, *rest = argv[1:]
    checks[name](bootstrap, *rest)
    print("ok", name)
