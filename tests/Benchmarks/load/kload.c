/*
 * A load generator for anything that speaks Kafka's protocol, on librdkafka.
 *
 *   kload create  --bootstrap HOST:PORT --topic NAME [--partitions N] [--set KEY=VALUE]...
 *   kload delete  --bootstrap HOST:PORT --topic NAME
 *   kload produce --bootstrap HOST:PORT --topic NAME --size BYTES --count N [--rate N/s] [--acks 0|1|all] [--batch BYTES]
 *                 [--linger MS] [--codec NAME] [--idempotent] [--partitions N] [--keyed] [--stamped] [--set KEY=VALUE]...
 *   kload consume --bootstrap HOST:PORT --topic NAME --count N (--partitions N | --group NAME) [--stamped] [--warm N] [--set KEY=VALUE]...
 *
 * One human line goes to stderr, one JSON line to stdout. Latency is from the call that enqueues a record to the delivery report of it;
 * without --rate the queue is always full and latency says how long that queue is, so measure it with --rate. requests is the client's own
 * count of produce requests. A stamped record begins with the monotonic time of its enqueueing; a consumer told so takes the latency from there to its
 * hands, of all but the first --warm records.
 * --set passes any librdkafka (create: topic) setting. Exit 1 if anything failed or came short.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "histogram.h"

#define SETTINGS_MAX 32
#define TIMEOUT_MS 30000

struct options {
    const char *bootstrap, *topic, *acks, *codec, *group, *batch, *linger;
    const char *settings[SETTINGS_MAX];
    int settings_count, size, partitions, idempotent, keyed, stamped;
    long count, rate, warm;
};

struct run {
    struct histogram latency;
    long delivered, failed, requests, reports;
    uint64_t bytes;
    double first_ms;
    rd_kafka_resp_err_t first_error;
};

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "kload: %s: %s\n", what, why);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char error[512];
    if (rd_kafka_conf_set(conf, key, value, error, sizeof error) != RD_KAFKA_CONF_OK)
        die(key, error);
}

static void split_setting(const char *setting, char *key, size_t size, const char **value)
{
    const char *equals = strchr(setting, '=');
    if (!equals || (size_t)(equals - setting) >= size)
        die(setting, "--set takes KEY=VALUE");
    memcpy(key, setting, (size_t)(equals - setting));
    key[equals - setting] = 0;
    *value = equals + 1;
}

static void set_extras(rd_kafka_conf_t *conf, const struct options *o)
{
    for (int i = 0; i < o->settings_count; i++) {
        char key[256];
        const char *value;
        split_setting(o->settings[i], key, sizeof key, &value);
        set(conf, key, value);
    }
}

/* librdkafka's statistics count the requests to each broker by name; the sum over all brokers is kept. */
static int on_statistics(rd_kafka_t *client, char *json, size_t length, void *opaque)
{
    static const char name[] = "\"Produce\":";
    struct run *run = opaque;
    (void)client;
    (void)length;
    run->requests = 0;
    for (const char *at = json; (at = strstr(at, name)); at += strlen(name))
        run->requests += atol(at + strlen(name));
    run->reports++;
    return 0;
}

static void count_requests(rd_kafka_conf_t *conf, struct run *run)
{
    set(conf, "statistics.interval.ms", "200");
    rd_kafka_conf_set_stats_cb(conf, on_statistics);
    rd_kafka_conf_set_opaque(conf, run);
}

/* Statistics are counted up to some moment: those of the second report from now cover all that was done. */
static void await_statistics(rd_kafka_t *client, const struct run *run)
{
    uint64_t deadline = now_ns() + 2000000000ULL;
    for (long reports = run->reports; run->reports < reports + 2 && now_ns() < deadline;)
        rd_kafka_poll(client, 50);
}

/* Where BBR is the system's default it paces by timers on the loopback too, and wakes the broker for each packet: a figure of this machine's setting, not of the
 * broker or the client. Reno does not pace, and every Linux has it. */
static int open_socket(int domain, int type, int protocol, void *opaque)
{
    (void)opaque;
    int connection = socket(domain, type | SOCK_CLOEXEC, protocol);
    if (connection >= 0)
        setsockopt(connection, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
    return connection;
}

static rd_kafka_t *make_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char error[512];
    rd_kafka_conf_set_socket_cb(conf, open_socket);
    rd_kafka_t *client = rd_kafka_new(type, conf, error, sizeof error);
    if (!client)
        die("client", error);
    return client;
}

/* Connects and waits until the topic has leaders, so that the clock measures neither. */
static void await_topic(rd_kafka_t *client, rd_kafka_topic_t *topic, const char *name)
{
    uint64_t deadline = now_ns() + TIMEOUT_MS * 1000000ULL;
    rd_kafka_resp_err_t error;
    do {
        const struct rd_kafka_metadata *metadata;
        error = rd_kafka_metadata(client, 0, topic, &metadata, TIMEOUT_MS);
        if (!error) {
            error = metadata->topic_cnt ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
            rd_kafka_metadata_destroy(metadata);
        }
        if (error) {
            struct timespec pause = {.tv_nsec = 50000000};
            nanosleep(&pause, NULL);
        }
    } while (error && now_ns() < deadline && !stopped);
    if (error)
        die(name, rd_kafka_err2str(error));
}

static void report(const char *mode, const struct options *o, const struct run *run, double seconds, double cpu)
{
    const struct histogram *h = &run->latency;
    double rate = (double)run->delivered / seconds, megabytes = (double)run->bytes / seconds / 1e6;
    double us_each = run->delivered ? cpu * 1e6 / (double)run->delivered : 0;
    fprintf(stderr, "%s %ld records of %d B in %.2f s: %.0f records/s, %.1f MB/s, client cpu %.2f us/record", mode, run->delivered, o->size, seconds,
            rate, megabytes, us_each);
    if (h->total)
        fprintf(stderr, ", latency ms p50 %.2f p99 %.2f p99.9 %.2f max %.2f", histogram_at(h, .5) / 1e6, histogram_at(h, .99) / 1e6,
                histogram_at(h, .999) / 1e6, (double)h->max / 1e6);
    if (run->first_ms > 0)
        fprintf(stderr, ", first after %.1f ms", run->first_ms);
    if (run->requests)
        fprintf(stderr, ", %ld requests", run->requests);
    if (run->failed)
        fprintf(stderr, ", %ld FAILED (%s)", run->failed, rd_kafka_err2str(run->first_error));
    fputc('\n', stderr);
    printf("{\"mode\":\"%s\",\"records\":%ld,\"failed\":%ld,\"bytes\":%llu,\"seconds\":%.6f,\"records_per_s\":%.1f,\"mb_per_s\":%.3f,\"client_cpu_s\":%.3f,\"requests\":%ld",
           mode, run->delivered, run->failed, (unsigned long long)run->bytes, seconds, rate, megabytes, cpu, run->requests);
    if (h->total)
        printf(",\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f", histogram_at(h, .5) / 1e6, histogram_at(h, .99) / 1e6,
               histogram_at(h, .999) / 1e6, (double)h->max / 1e6);
    if (run->first_ms > 0)
        printf(",\"first_ms\":%.3f", run->first_ms);
    puts("}");
}

/* ---- create and delete ---- */

struct admin {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    rd_kafka_AdminOptions_t *options;
};

static struct admin open_admin(const struct options *o, rd_kafka_admin_op_t operation)
{
    char error[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", o->bootstrap);
    struct admin admin = {.client = make_client(RD_KAFKA_PRODUCER, conf)};
    admin.queue = rd_kafka_queue_new(admin.client);
    admin.options = rd_kafka_AdminOptions_new(admin.client, operation);
    rd_kafka_AdminOptions_set_operation_timeout(admin.options, TIMEOUT_MS, error, sizeof error);
    return admin;
}

static rd_kafka_event_t *await_answer(const struct admin *admin, const char *topic)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(admin->queue, TIMEOUT_MS);
    if (!event || rd_kafka_event_error(event))
        die(topic, event ? rd_kafka_event_error_string(event) : "no answer");
    return event;
}

static void close_admin(struct admin *admin, rd_kafka_event_t *event, const rd_kafka_topic_result_t *result)
{
    if (rd_kafka_topic_result_error(result))
        die(rd_kafka_topic_result_name(result), rd_kafka_err2str(rd_kafka_topic_result_error(result)));
    rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(admin->options);
    rd_kafka_queue_destroy(admin->queue);
    rd_kafka_destroy(admin->client);
}

static int create(const struct options *o)
{
    char error[512];
    size_t count;
    struct admin admin = open_admin(o, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(o->topic, o->partitions, 1, error, sizeof error);
    if (!topic)
        die(o->topic, error);
    for (int i = 0; i < o->settings_count; i++) {
        char key[256];
        const char *value;
        split_setting(o->settings[i], key, sizeof key, &value);
        rd_kafka_NewTopic_set_config(topic, key, value);
    }
    rd_kafka_CreateTopics(admin.client, &topic, 1, admin.options, admin.queue);
    rd_kafka_event_t *event = await_answer(&admin, o->topic);
    close_admin(&admin, event, rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)[0]);
    rd_kafka_NewTopic_destroy(topic);
    return 0;
}

static int delete(const struct options *o)
{
    size_t count;
    struct admin admin = open_admin(o, RD_KAFKA_ADMIN_OP_DELETETOPICS);
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(o->topic);
    rd_kafka_DeleteTopics(admin.client, &topic, 1, admin.options, admin.queue);
    rd_kafka_event_t *event = await_answer(&admin, o->topic);
    close_admin(&admin, event, rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)[0]);
    rd_kafka_DeleteTopic_destroy(topic);
    return 0;
}

/* ---- produce ---- */

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    struct run *run = opaque;
    (void)client;
    if (message->err) {
        if (!run->failed++)
            run->first_error = message->err;
        return;
    }
    histogram_add(&run->latency, now_ns() - (uint64_t)(uintptr_t)message->_private);
    run->delivered++;
    run->bytes += message->len + message->key_len;
}

/* Random letters: with a codec, neither noise nor a single run. */
static char *make_payload(int size)
{
    char *payload = malloc((size_t)size + 1);
    uint32_t state = 12345;
    for (int i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        payload[i] = (char)('a' + (state >> 28));
    }
    return payload;
}

static void enqueue(rd_kafka_t *client, rd_kafka_topic_t *topic, const struct options *o, char *payload, long i)
{
    char key[24];
    int key_length = o->keyed ? snprintf(key, sizeof key, "key-%ld", i % 10000) : 0;
    int partition = o->keyed ? RD_KAFKA_PARTITION_UA : (int)(i % o->partitions);
    uint64_t now = now_ns();
    if (o->stamped)
        memcpy(payload, &now, sizeof now);
    while (rd_kafka_produce(topic, partition, o->stamped ? RD_KAFKA_MSG_F_COPY : 0, payload, (size_t)o->size, key_length ? key : NULL,
                            (size_t)key_length, (void *)(uintptr_t)now)) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            die("produce", rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(client, 10);
    }
}

/* Sleeps rather than spins: on a small machine the client must not take the broker's core. */
static void await_turn(rd_kafka_t *client, uint64_t due)
{
    for (uint64_t now = now_ns(); now < due && !stopped; now = now_ns()) {
        if (due - now >= 2000000) {
            rd_kafka_poll(client, 1);
        } else {
            struct timespec pause = {.tv_nsec = (long)(due - now)};
            nanosleep(&pause, NULL);
        }
    }
}

static int produce(const struct options *o)
{
    static struct run run;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", o->bootstrap);
    set(conf, "linger.ms", o->linger);
    set(conf, "batch.size", o->batch);
    set(conf, "batch.num.messages", "1000000");
    set(conf, "message.max.bytes", "2000000");
    set(conf, "queue.buffering.max.messages", "500000");
    set(conf, "queue.buffering.max.kbytes", "262144");
    set(conf, "acks", o->acks);
    set(conf, "compression.codec", o->codec);
    set(conf, "enable.idempotence", o->idempotent ? "true" : "false");
    set_extras(conf, o);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    count_requests(conf, &run);
    rd_kafka_t *client = make_client(RD_KAFKA_PRODUCER, conf);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, o->topic, NULL);
    await_topic(client, topic, o->topic);
    char *payload = make_payload(o->size);
    double cpu = cpu_seconds();
    uint64_t start = now_ns();
    for (long i = 0; i < o->count && !stopped; i++) {
        if (o->rate)
            await_turn(client, start + (uint64_t)((double)i * 1e9 / (double)o->rate));
        enqueue(client, topic, o, payload, i);
        if (o->rate || (i & 255) == 0)
            rd_kafka_poll(client, 0);
    }
    rd_kafka_flush(client, 60000);
    double seconds = (double)(now_ns() - start) / 1e9;
    cpu = cpu_seconds() - cpu;
    await_statistics(client, &run);
    report("produce", o, &run, seconds, cpu);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
    free(payload);
    return run.failed || run.delivered != o->count;
}

/* ---- consume ---- */

static void start_reading(rd_kafka_t *client, const struct options *o)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(o->partitions);
    rd_kafka_resp_err_t error;
    if (o->group) {
        rd_kafka_topic_partition_list_add(list, o->topic, RD_KAFKA_PARTITION_UA);
        error = rd_kafka_subscribe(client, list);
    } else {
        for (int i = 0; i < o->partitions; i++)
            rd_kafka_topic_partition_list_add(list, o->topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
        error = rd_kafka_assign(client, list);
    }
    if (error)
        die(o->topic, rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
}

static void count_consumed(struct run *run, const struct options *o, const rd_kafka_message_t *message)
{
    if (message->err) {
        if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF && !run->failed++)
            run->first_error = message->err;
        return;
    }
    run->delivered++;
    run->bytes += message->len + message->key_len;
    uint64_t stamp;
    if (o->stamped && run->delivered > o->warm && message->len >= sizeof stamp) {
        memcpy(&stamp, message->payload, sizeof stamp);
        histogram_add(&run->latency, now_ns() - stamp);
    }
}

static int consume(struct options *o)
{
    static struct run run;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", o->bootstrap);
    set(conf, "group.id", o->group ? o->group : "kload-unused");
    set(conf, "enable.auto.commit", o->group ? "true" : "false");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "queued.min.messages", "1000000");
    set(conf, "fetch.message.max.bytes", "1048576");
    set(conf, "check.crcs", "false");
    set_extras(conf, o);
    rd_kafka_t *client = make_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, o->topic, NULL);
    await_topic(client, topic, o->topic);
    rd_kafka_poll_set_consumer(client);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    enum { AT_ONCE = 10000, BATCH_WAIT_MS = 10 };
    static rd_kafka_message_t *messages[AT_ONCE];
    double cpu = cpu_seconds();
    uint64_t start = now_ns(), last = start;
    start_reading(client, o);
    while (run.delivered < o->count && !stopped && now_ns() - last < TIMEOUT_MS * 1000000ULL) {
        /* It waits until it has as many as it was asked for, or its time is over: whoever measures latency asks for one. */
        ssize_t count = rd_kafka_consume_batch_queue(queue, BATCH_WAIT_MS, messages, o->stamped ? 1 : AT_ONCE);
        for (ssize_t i = 0; i < count; i++) {
            count_consumed(&run, o, messages[i]);
            rd_kafka_message_destroy(messages[i]);
        }
        if (count > 0) {
            last = now_ns();
            if (run.first_ms == 0)
                run.first_ms = (double)(last - start) / 1e6;
        }
    }
    o->size = run.delivered ? (int)(run.bytes / (uint64_t)run.delivered) : 0;
    cpu = cpu_seconds() - cpu;
    report("consume", o, &run, (double)(last - start) / 1e9, cpu);
    rd_kafka_consumer_close(client);
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
    return run.failed || run.delivered < o->count;
}

/* ---- options ---- */

static void usage(void)
{
    fputs("usage: kload create|delete|produce|consume --bootstrap HOST:PORT --topic NAME ...   (the options stand at the top of kload.c)\n", stderr);
    exit(2);
}

static struct options parse(int argc, char **argv)
{
    static const struct option names[] = {
        {"bootstrap", 1, 0, 'b'}, {"topic", 1, 0, 't'}, {"size", 1, 0, 's'},       {"count", 1, 0, 'n'}, {"rate", 1, 0, 'r'},
        {"acks", 1, 0, 'a'},      {"batch", 1, 0, 'B'}, {"linger", 1, 0, 'l'},     {"codec", 1, 0, 'z'}, {"idempotent", 0, 0, 'i'},
        {"partitions", 1, 0, 'p'}, {"keyed", 0, 0, 'k'}, {"group", 1, 0, 'g'},     {"set", 1, 0, 'X'},   {"stamped", 0, 0, 'S'},
        {"warm", 1, 0, 'w'},      {0, 0, 0, 0},
    };
    struct options o = {.acks = "1", .codec = "none", .batch = "131072", .linger = "5", .size = 100, .partitions = 1, .count = 1000000};
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (c) {
        case 'b': o.bootstrap = optarg; break;
        case 't': o.topic = optarg; break;
        case 's': o.size = atoi(optarg); break;
        case 'n': o.count = atol(optarg); break;
        case 'r': o.rate = atol(optarg); break;
        case 'a': o.acks = optarg; break;
        case 'B': o.batch = optarg; break;
        case 'l': o.linger = optarg; break;
        case 'z': o.codec = optarg; break;
        case 'i': o.idempotent = 1; break;
        case 'p': o.partitions = atoi(optarg); break;
        case 'k': o.keyed = 1; break;
        case 'g': o.group = optarg; break;
        case 'S': o.stamped = 1; break;
        case 'w': o.warm = atol(optarg); break;
        case 'X':
            if (o.settings_count == SETTINGS_MAX)
                die("--set", "too many");
            o.settings[o.settings_count++] = optarg;
            break;
        default: usage();
        }
    }
    if (!o.bootstrap || !o.topic || o.size < 0 || o.partitions < 1 || o.count < 1 || o.rate < 0 || o.warm < 0 || (o.stamped && o.size < (int)sizeof(uint64_t)))
        usage();
    return o;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        usage();
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    struct options o = parse(argc - 1, argv + 1);
    if (!strcmp(argv[1], "create"))
        return create(&o);
    if (!strcmp(argv[1], "delete"))
        return delete(&o);
    if (!strcmp(argv[1], "produce"))
        return produce(&o);
    if (!strcmp(argv[1], "consume"))
        return consume(&o);
    usage();
}
