/* The floor for fan-out: accepts N connections, then writes a frame of B bytes to each, and prints what a write costs.
 *
 *   cc -O2 -o floor Benchmarks/fanout/floor.c
 *   ./floor CONNECTIONS BYTES ROUNDS
 *
 * One process serves with epoll and write(2); a child of it connects and reads. Nothing is encoded, stored or looked up:
 * whoever delivers frames one at a time cannot be below this. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

/* Connects from several loopback addresses, then reads until the server closes; tells each round's end by one byte. */
static void client(int port, int connections, long bytes, int ready) {
    int poll = epoll_create1(0);
    for (int i = 0; i < connections; i++) {
        int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
        if (socket_ < 0) fail("socket");
        setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + i / 8000)};
        struct sockaddr_in to = {
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        if (bind(socket_, (struct sockaddr *)&from, sizeof from) < 0) fail("bind");
        if (connect(socket_, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
        struct epoll_event event = {.events = EPOLLIN, .data.fd = socket_};
        epoll_ctl(poll, EPOLL_CTL_ADD, socket_, &event);
    }
    static char buffer[65536];
    struct epoll_event events[256];
    long left = (long)connections * bytes;
    for (;;) {
        int count = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            ssize_t got = read(events[i].data.fd, buffer, sizeof buffer);
            if (got <= 0) exit(0);
            left -= got;
        }
        if (left == 0) {
            if (write(ready, "r", 1) != 1) exit(0);
            left = (long)connections * bytes;
        }
    }
}

int main(int argc, char **argv) {
    int connections = argc > 1 ? atoi(argv[1]) : 10000, rounds = argc > 3 ? atoi(argv[3]) : 20;
    long bytes = argc > 2 ? atol(argv[2]) : 700;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (connections < 1 || bytes < 1 || rounds < 1 || (rlim_t)connections + 64 > limit.rlim_cur) {
        fprintf(stderr, "usage: floor CONNECTIONS BYTES ROUNDS, with fewer connections than files may be open (%lu)\n",
                (unsigned long)limit.rlim_cur);
        return 2;
    }

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ready[2];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 4096) < 0) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    if (pipe(ready) < 0) fail("pipe");
    pid_t child = fork();
    if (child == 0) {
        close(listener);
        close(ready[0]);
        client(ntohs(address.sin_port), connections, bytes, ready[1]);
    }
    close(ready[1]);

    int poll = epoll_create1(0), *sockets = malloc(sizeof *sockets * connections);
    for (int i = 0; i < connections; i++) {
        sockets[i] = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (sockets[i] < 0) fail("accept");
        int one = 1;
        setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = sockets[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, sockets[i], &event);
    }

    char *frame = malloc(bytes), byte;
    memset(frame, 'x', bytes);
    double used = 0, elapsed = 0;
    for (int round = -1; round < rounds; round++) {
        double cpu = cpu_seconds(), start = now();
        for (int i = 0; i < connections; i++)
            if (write(sockets[i], frame, bytes) != bytes) fail("write");
        double cpu_end = cpu_seconds();
        if (read(ready[0], &byte, 1) != 1) fail("client");
        /* The first round warms up. */
        if (round >= 0) used += cpu_end - cpu, elapsed += now() - start;
    }
    double writes = (double)connections * rounds;
    printf("floor: %d connections, %ld bytes, %d rounds\n", connections, bytes, rounds);
    printf("  server CPU per write   %.2f µs\n", used * 1e6 / writes);
    printf("  deliveries             %.0f /s\n", writes / elapsed);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}
