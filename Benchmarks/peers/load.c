/* A neutral load generator: opens WebSockets to any server, triggers messages by HTTP, counts and times what arrives.
 *
 *   cc -O2 -o load Benchmarks/peers/load.c
 *   ./load PORT PLAN          then one command a line on stdin, one JSON object a line on stdout
 *
 * PLAN has a line for each WebSocket: path TAB bearer token (or nothing) TAB first message to send (or nothing).
 *   connect N IN_FLIGHT FRAMES    open the first N of the plan; one is ready after the 101 and so many data frames
 *   fanout SECONDS FILE           send the request in FILE, wait until every WebSocket has its message, and again
 *   latency RATE SECONDS FILE     send the request at a fixed rate, each for one WebSocket chosen by chance
 *   close                         close all WebSockets and end
 * FILE is an HTTP request without Host and Content-Length. In it @T@ becomes ~NANOSECONDS~ (the moment at which the request
 * was due, CLOCK_MONOTONIC) and @U@ the number of the WebSocket; a frame counts for each ~NANOSECONDS~ that it contains. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PER_SOURCE = 5000, CLIENTS = 64, BUFFER = 1 << 16, PATIENCE = 30 };
enum state { NONE, UPGRADING, GREETING, READY, LOST };

struct peer {
    bool is_http, is_busy;
    enum state state;
    int fd, frames;
    const char *plan;      /* WebSocket: its line; */
    uint64_t due;          /* HTTP: when the request under way was due. */
    char *kept;            /* The beginning of what has not arrived in full. */
    size_t kept_length;
};

struct samples { double *value; size_t count, room; };

static int port, poll_fd, total, in_flight, next_to_open, ready_frames;
static int ready, failed, lost;
static uint64_t messages, message_bytes, answers, refusals;
static bool is_timing;
static struct peer *sockets, clients[CLIENTS];
static struct samples to_frame, to_answer;
static char buffer[BUFFER + (1 << 20) + 1];

static void die(const char *format, ...) {
    va_list list;
    va_start(list, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, list);
    fprintf(stderr, "\n");
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void record(struct samples *samples, uint64_t since) {
    if (samples->count == samples->room) {
        samples->room = samples->room ? 2 * samples->room : 4096;
        samples->value = realloc(samples->value, samples->room * sizeof *samples->value);
        if (!samples->value) die("out of memory");
    }
    samples->value[samples->count++] = (now() - since) / 1e6;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_percentiles(const char *name, struct samples *samples) {
    qsort(samples->value, samples->count, sizeof *samples->value, compare);
    size_t n = samples->count;
    const int percents[] = {50, 95, 99, 100};
    for (int i = 0; i < 4; i++)
        printf(", \"%s_p%d_ms\": %.4f", name, percents[i],
               n ? samples->value[(n * percents[i] + 99) / 100 - 1] : -1.0);
}

static char *text_of(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) die("%s: %s", path, strerror(errno));
    char *text = NULL;
    size_t room = 0;
    if (getdelim(&text, &room, '\0', file) < 0) die("%s is empty", path);
    fclose(file);
    return text;
}

/* Writes all: what we send fits into a socket buffer that is empty. */
static bool send_all(int fd, const char *bytes, size_t length) {
    return send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int open_socket(int number) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0) die("socket: %s", strerror(errno));
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + number / PER_SOURCE)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0) die("bind: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void watch(struct peer *peer) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, peer->fd, &event) < 0) die("epoll_ctl: %s", strerror(errno));
}

/* A client's frame; the mask is zero, so that the payload stays as it is. */
static bool send_frame(int fd, int opcode, const char *payload, size_t length) {
    char frame[4096 + 8];
    size_t head = 0;
    if (length > 4096) return false;
    frame[head++] = (char)(0x80 | opcode);
    if (length < 126) {
        frame[head++] = (char)(0x80 | length);
    } else {
        frame[head++] = (char)(0x80 | 126);
        frame[head++] = (char)(length >> 8);
        frame[head++] = (char)length;
    }
    memset(frame + head, 0, 4);
    head += 4;
    memcpy(frame + head, payload, length);
    return send_all(fd, frame, head + length);
}

static void open_more(void);

static void end_socket(struct peer *peer) {
    if (peer->state == READY) lost++, ready--;
    if (peer->state == UPGRADING || peer->state == GREETING) failed++, in_flight--;
    peer->state = LOST;
    close(peer->fd);
    open_more();
}

static void became_ready(struct peer *peer) {
    peer->state = READY;
    ready++;
    in_flight--;
    open_more();
}

static int wanted_in_flight, wanted;

static void open_more(void) {
    static bool is_inside; /* A refused connect leads here again. */
    if (is_inside) return;
    is_inside = true;
    while (in_flight < wanted_in_flight && next_to_open < wanted) {
        struct peer *peer = &sockets[next_to_open];
        const char *tab = strchr(peer->plan, '\t'), *token = tab + 1;
        int token_length = (int)strcspn(token, "\t");
        peer->fd = open_socket(next_to_open++);
        if (peer->fd < 0) {
            peer->state = LOST;
            failed++;
            continue;
        }
        char request[8192];
        int length = snprintf(request, sizeof request,
            "GET %.*s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%.*s%s\r\n",
            (int)(tab - peer->plan), peer->plan, port, token_length ? "Authorization: Bearer " : "", token_length, token,
            token_length ? "\r\n" : "");
        if (length >= (int)sizeof request) die("a line of the plan is too long");
        peer->state = UPGRADING;
        in_flight++;
        watch(peer);
        if (!send_all(peer->fd, request, length)) end_socket(peer);
    }
    is_inside = false;
}

static void count_messages(const char *payload, size_t length) {
    const char *end = payload + length, *mark = payload;
    bool any = false;
    while ((mark = memchr(mark, '~', end - mark))) {
        uint64_t time = 0;
        const char *digit = ++mark;
        while (digit < end && *digit >= '0' && *digit <= '9') time = time * 10 + (*digit++ - '0');
        if (digit == mark || digit == end || *digit != '~') continue;
        mark = digit + 1;
        messages++;
        any = true;
        if (is_timing) record(&to_frame, time);
    }
    if (any) message_bytes += length;
}

/* Handles one frame at `bytes`; its length, or 0 if it is not there in full. */
static size_t take_frame(struct peer *peer, const char *bytes, size_t length) {
    if (length < 2) return 0;
    const unsigned char *head = (const unsigned char *)bytes;
    int opcode = head[0] & 15;
    size_t size = head[1] & 127, at = 2;
    if (size == 126) {
        if (length < 4) return 0;
        size = (size_t)head[2] << 8 | head[3], at = 4;
    } else if (size == 127) {
        if (length < 10) return 0;
        size = 0;
        for (int i = 2; i < 10; i++) size = size << 8 | head[i];
        at = 10;
    }
    if (length < at + size) return 0;
    if (opcode == 9) {
        send_frame(peer->fd, 10, bytes + at, size);
    } else if (opcode == 8) {
        end_socket(peer);
    } else if (opcode <= 2) {
        if (peer->state == GREETING && ++peer->frames >= ready_frames) became_ready(peer);
        count_messages(bytes + at, size);
    }
    return at + size;
}

/* The end of an HTTP head, or NULL. */
static const char *end_of_head(const char *bytes, size_t length) {
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    return end ? end + 4 : NULL;
}

static size_t take_upgrade(struct peer *peer, const char *bytes, size_t length) {
    const char *end = end_of_head(bytes, length);
    if (!end) return 0;
    if (length < 12 || memcmp(bytes + 9, "101", 3)) {
        static bool was_said;
        if (!was_said) fprintf(stderr, "load: refused: %.*s\n", (int)length, bytes);
        was_said = true;
        end_socket(peer);
        return 0;
    }
    peer->state = GREETING;
    const char *first = strchr(strchr(peer->plan, '\t') + 1, '\t') + 1;
    if (*first && !send_frame(peer->fd, 1, first, strlen(first))) {
        end_socket(peer);
        return 0;
    }
    if (ready_frames == 0) became_ready(peer);
    return end - bytes;
}

static size_t take_answer(struct peer *client, const char *bytes, size_t length) {
    const char *end = end_of_head(bytes, length);
    if (!end) return 0;
    const char *field = strcasestr(bytes, "\r\ncontent-length:");
    size_t size = end - bytes;
    if (field && field < end) {
        size += strtoul(field + 17, NULL, 10);
    } else if ((field = strcasestr(bytes, "\r\ntransfer-encoding: chunked")) && field < end) {
        const char *last = memmem(end, length - size, "0\r\n\r\n", 5);
        if (!last) return 0;
        size = last + 5 - bytes;
    }
    if (length < size) return 0;
    answers++;
    if (bytes[9] != '2') {
        if (!refusals++) fprintf(stderr, "load: refused: %.*s\n", (int)size, bytes);
    } else if (is_timing) {
        record(&to_answer, client->due);
    }
    client->is_busy = false;
    return size;
}

static void open_client(struct peer *client) {
    free(client->kept);
    *client = (struct peer){.is_http = true, .fd = open_socket(0)};
    if (client->fd < 0) die("connect: %s", strerror(errno));
    watch(client);
}

static void take(struct peer *peer) {
    memcpy(buffer, peer->kept, peer->kept_length);
    ssize_t got = read(peer->fd, buffer + peer->kept_length, BUFFER);
    if (got <= 0) {
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (!peer->is_http) return end_socket(peer);
        /* A server may close a connection that has served many requests. */
        if (peer->is_busy) answers++, refusals++;
        close(peer->fd);
        return open_client(peer);
    }
    size_t length = peer->kept_length + got, at = 0;
    buffer[length] = 0;
    while (at < length && peer->state != LOST) {
        size_t taken = peer->is_http             ? take_answer(peer, buffer + at, length - at)
                       : peer->state == UPGRADING ? take_upgrade(peer, buffer + at, length - at)
                                                  : take_frame(peer, buffer + at, length - at);
        if (taken == 0) break;
        at += taken;
    }
    free(peer->kept);
    peer->kept = NULL;
    peer->kept_length = peer->state == LOST ? 0 : length - at;
    if (peer->kept_length > 1 << 20) die("a frame of more than 1 MiB");
    if (peer->kept_length) {
        peer->kept = malloc(peer->kept_length);
        memcpy(peer->kept, buffer + at, peer->kept_length);
    }
}

/* Handles what has arrived, and waits for it until `deadline` at most. */
static void turn(uint64_t deadline) {
    struct epoll_event events[256];
    uint64_t time = now(), left = deadline > time ? deadline - time : 0;
    struct timespec timeout = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    int count = epoll_pwait2(poll_fd, events, 256, &timeout, NULL);
    for (int i = 0; i < count; i++) {
        struct peer *peer = events[i].data.ptr;
        if (peer->state != LOST) take(peer);
    }
}

static uint64_t after(double seconds) { return now() + (uint64_t)(seconds * 1e9); }

/* Sends the request of `text`, due at `due`, for WebSocket `user`; NULL if no client is free. */
static struct peer *trigger(const char *text, uint64_t due, int user) {
    struct peer *client = NULL;
    for (int i = 0; i < CLIENTS && !client; i++)
        if (!clients[i].is_busy) client = &clients[i];
    if (!client) return NULL;
    char filled[16384], request[16384 + 128];
    size_t length = 0;
    for (const char *from = text; *from;) {
        if (length + 64 > sizeof filled) die("the request is too long");
        bool is_time = !strncmp(from, "@T@", 3), is_user = !strncmp(from, "@U@", 3);
        if (is_time) length += sprintf(filled + length, "~%llu~", (unsigned long long)due);
        if (is_user) length += sprintf(filled + length, "%d", user);
        if (is_time || is_user) from += 3;
        else filled[length++] = *from++;
    }
    filled[length] = 0;
    char *body = strstr(filled, "\r\n\r\n");
    if (!body) die("the request has no end of its head");
    int total_length = snprintf(request, sizeof request, "%.*s\r\nHost: 127.0.0.1:%d\r\nContent-Length: %zu%s",
                                (int)(body - filled), filled, port, strlen(body + 4), body);
    client->is_busy = true;
    client->due = due;
    if (!send_all(client->fd, request, total_length)) client->is_busy = false, answers++, refusals++;
    return client;
}

static void reset(void) {
    messages = message_bytes = answers = refusals = 0;
    to_frame.count = to_answer.count = 0;
}

static void run_connect(int count, int most_in_flight, int frames) {
    if (count > total) die("the plan has %d lines", total);
    uint64_t start = now(), deadline = after(3 * PATIENCE);
    wanted = count, wanted_in_flight = most_in_flight, ready_frames = frames;
    open_more();
    while (ready + failed + lost < wanted && now() < deadline) turn(deadline);
    printf("{\"ready\": %d, \"failed\": %d, \"seconds\": %.6f}\n", ready, wanted - ready, (now() - start) / 1e9);
}

static void run_fanout(double seconds, const char *path) {
    char *text = text_of(path);
    reset();
    is_timing = false;
    int events = 0;
    double cpu = cpu_seconds();
    uint64_t start = now(), end = after(seconds), deadline = after(seconds + PATIENCE), expected = 0;
    while ((now() < end || events < 3) && now() < deadline) {
        expected += ready;
        events++;
        trigger(text, now(), 0);
        while ((messages < expected || answers < (uint64_t)events) && now() < deadline) turn(deadline);
    }
    printf("{\"events\": %d, \"deliveries\": %llu, \"missing\": %lld, \"refused\": %llu, \"lost\": %d, "
           "\"bytes\": %.1f, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n",
           events, (unsigned long long)messages, (long long)(expected - messages), (unsigned long long)refusals, lost,
           messages ? (double)message_bytes / messages : 0, (now() - start) / 1e9,
           cpu_seconds() - cpu);
    free(text);
}

static void run_latency(double rate, double seconds, const char *path) {
    char *text = text_of(path);
    reset();
    is_timing = true;
    uint64_t start = now(), end = start + (uint64_t)(seconds * 1e9), count = (uint64_t)(rate * seconds), sent = 0;
    uint64_t in_time = 0;
    srand48(1);
    while (now() < end) {
        uint64_t due = start + (uint64_t)(sent * 1e9 / rate);
        if (sent < count && due <= now() && trigger(text, due, (int)(drand48() * wanted))) {
            sent++;
            turn(0);
        } else {
            /* Either nothing is due, or every client waits for an answer: then the request is late, and T says so. */
            turn(sent < count && due > now() ? due : end < after(0.001) ? end : after(0.001));
        }
    }
    in_time = messages;
    uint64_t deadline = after(5);
    while ((messages < sent || answers < sent) && now() < deadline) turn(deadline);
    printf("{\"due\": %llu, \"sent\": %llu, \"in_time\": %llu, \"received\": %llu, \"refused\": %llu, \"lost\": %d",
           (unsigned long long)count, (unsigned long long)sent, (unsigned long long)in_time, (unsigned long long)messages,
           (unsigned long long)refusals, lost);
    print_percentiles("frame", &to_frame);
    print_percentiles("answer", &to_answer);
    printf("}\n");
    is_timing = false;
    free(text);
}

int main(int argc, char **argv) {
    if (argc != 3) die("usage: load PORT PLAN");
    prctl(PR_SET_TIMERSLACK, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    port = atoi(argv[1]);
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    char *plan = text_of(argv[2]);
    for (char *at = plan; (at = strchr(at, '\n')); at++) total++;
    sockets = calloc(total, sizeof *sockets);
    int number = 0;
    for (char *line = strtok(plan, "\n"); line && number < total; line = strtok(NULL, "\n")) sockets[number++].plan = line;
    total = number;
    for (int i = 0; i < CLIENTS; i++) open_client(&clients[i]);

    setvbuf(stdout, NULL, _IOLBF, 0);
    char line[4096], path[4096];
    double a, b;
    int count, most, frames;
    /* Between commands nobody reads the sockets: they are still then, but for a ping now and then. */
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "connect %d %d %d", &count, &most, &frames) == 3) run_connect(count, most, frames);
        else if (sscanf(line, "fanout %lf %4000s", &a, path) == 2) run_fanout(a, path);
        else if (sscanf(line, "latency %lf %lf %4000s", &a, &b, path) == 3) run_latency(a, b, path);
        else if (!strncmp(line, "close", 5)) break;
        else die("unknown command: %s", line);
    }
    return 0;
}
