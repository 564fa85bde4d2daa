/*
 * What this machine can do without a broker: the figures beside which the broker's stand.
 *
 *   limits FOLDER [MEBIBYTES]           a line of JSON on stdout
 *   limits --write FOLDER MEBIBYTES     only the first: write, page cache only
 *
 * write:  sequential write of 1 MiB blocks to a file in FOLDER, page cache only, and the processor time of it;
 *         write_fsync: the same with one fsync at the end
 * fsync:  4 KiB appended and fsynced, over and over: how long one takes
 * tcp:    one process writes 128 KiB blocks to another over loopback; sendfile: the same out of a cached file
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB (1024 * 1024)
#define TCP_BLOCK (128 * 1024)
#define FSYNCS 200

static char block[MIB];

static void check(int holds, const char *what)
{
    if (!holds) {
        perror(what);
        exit(1);
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int make_file(const char *folder, char *path, size_t size)
{
    snprintf(path, size, "%s/limits-%d.tmp", folder, (int)getpid());
    int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    check(file >= 0, path);
    return file;
}

static void write_file(int file, long mebibytes)
{
    for (long i = 0; i < mebibytes; i++)
        check(write(file, block, MIB) == MIB, "write");
}

/* A reader in a child process that reads until the end; returns the socket to write to. */
static int start_reader(pid_t *child)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    check(server >= 0 && !bind(server, (struct sockaddr *)&address, length) && !listen(server, 1), "listen");
    check(!getsockname(server, (struct sockaddr *)&address, &length), "getsockname");
    *child = fork();
    check(*child >= 0, "fork");
    if (*child == 0) {
        int connection = accept(server, NULL, NULL);
        while (read(connection, block, TCP_BLOCK) > 0) {
        }
        _exit(0);
    }
    close(server);
    int writer = socket(AF_INET, SOCK_STREAM, 0);
    check(writer >= 0 && !connect(writer, (struct sockaddr *)&address, length), "connect");
    return writer;
}

static void finish(int writer, pid_t child)
{
    int status;
    close(writer);
    check(waitpid(child, &status, 0) == child, "wait");
}

static double tcp_seconds(long mebibytes)
{
    pid_t child;
    int writer = start_reader(&child);
    double start = now();
    for (long left = mebibytes * MIB; left > 0;) {
        ssize_t count = write(writer, block, TCP_BLOCK);
        check(count > 0, "write to socket");
        left -= count;
    }
    finish(writer, child);
    return now() - start;
}

static double sendfile_seconds(int file, long mebibytes)
{
    pid_t child;
    int writer = start_reader(&child);
    off_t offset = 0;
    double start = now();
    while (offset < mebibytes * MIB)
        check(sendfile(writer, file, &offset, MIB) > 0, "sendfile");
    finish(writer, child);
    return now() - start;
}

static double fsync_seconds(int file)
{
    double start = now();
    for (int i = 0; i < FSYNCS; i++) {
        check(write(file, block, 4096) == 4096, "write");
        check(!fsync(file), "fsync");
    }
    return (now() - start) / FSYNCS;
}

static void fill_block(void)
{
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(i * 2654435761u >> 13);
}

static int measure_write(const char *folder, long mebibytes)
{
    char path[4096];
    fill_block();
    int file = make_file(folder, path, sizeof path);
    double start = now(), cpu_start = cpu();
    write_file(file, mebibytes);
    double seconds = now() - start, cpu_spent = cpu() - cpu_start;
    close(file);
    unlink(path);
    double megabytes = (double)mebibytes * MIB / 1e6;
    printf("{\"write_mb_per_s\":%.0f,\"write_cpu_us_per_mb\":%.1f}\n", megabytes / seconds, cpu_spent * 1e6 / megabytes);
    return 0;
}

int main(int argc, char **argv)
{
    char path[4096];
    if (argc == 4 && !strcmp(argv[1], "--write"))
        return measure_write(argv[2], atol(argv[3]));
    if (argc < 2) {
        fputs("usage: limits FOLDER [MEBIBYTES]\n       limits --write FOLDER MEBIBYTES\n", stderr);
        return 2;
    }
    long mebibytes = argc > 2 ? atol(argv[2]) : 1024;
    fill_block();
    int file = make_file(argv[1], path, sizeof path);
    double start = now(), cpu_start = cpu();
    write_file(file, mebibytes);
    double cached = now() - start, cpu_spent = cpu() - cpu_start;
    check(!fsync(file), "fsync");
    double synced = now() - start;
    double sent = sendfile_seconds(file, mebibytes);
    double fsync_each = fsync_seconds(file);
    close(file);
    unlink(path);
    double copied = tcp_seconds(mebibytes);
    double megabytes = (double)mebibytes * MIB / 1e6;
    printf("{\"write_mb_per_s\":%.0f,\"write_cpu_us_per_mb\":%.1f,\"write_fsync_mb_per_s\":%.0f,\"fsync_ms\":%.3f,\"tcp_mb_per_s\":%.0f,\"sendfile_mb_per_s\":%.0f}\n",
           megabytes / cached, cpu_spent * 1e6 / megabytes, megabytes / synced, fsync_each * 1e3, megabytes / copied, megabytes / sent);
    return 0;
}
