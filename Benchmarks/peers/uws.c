/* uWebSockets as a peer: WebSockets at /ws/USER, and POST /publish/USER to all of that user's. Nothing is stored or checked.
 *
 * Links to the uWebSockets in PyPI's socketify (its C interface, over libuv), so that no Python runs:
 *   cc -O2 -o uws Benchmarks/peers/uws.c .../socketify/libsocketify_linux_amd64.so
 *   ./uws PORT */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct uws_app_s uws_app_t;
typedef struct uws_req_s uws_req_t;
typedef struct uws_res_s uws_res_t;
typedef struct uws_websocket_s uws_websocket_t;
typedef struct uws_socket_context_s uws_socket_context_t;
typedef enum { TEXT = 1 } uws_opcode_t;

typedef struct {
    const char *key_file_name, *cert_file_name, *passphrase, *dh_params_file_name, *ca_file_name, *ssl_ciphers;
    int ssl_prefer_low_memory_usage;
} options_t;

typedef struct {
    int port;
    const char *host;
    int options;
} listen_config_t;

typedef struct {
    int compression;
    unsigned int maxPayloadLength;
    unsigned short idleTimeout;
    unsigned int maxBackpressure;
    bool closeOnBackpressureLimit, resetIdleTimeoutOnSend, sendPingsAutomatically;
    unsigned short maxLifetime;
    void (*upgrade)(uws_res_t *, uws_req_t *, uws_socket_context_t *, void *);
    void (*open)(uws_websocket_t *, void *);
    void (*message)(uws_websocket_t *, const char *, size_t, uws_opcode_t, void *);
    void (*drain)(uws_websocket_t *, void *);
    void (*ping)(uws_websocket_t *, const char *, size_t, void *);
    void (*pong)(uws_websocket_t *, const char *, size_t, void *);
    void (*close)(uws_websocket_t *, int, const char *, size_t, void *);
    void (*subscription)(uws_websocket_t *, const char *, size_t, int, int, void *);
} behavior_t;

uws_app_t *uws_create_app(int, options_t);
void uws_app_post(int, uws_app_t *, const char *, void (*)(uws_res_t *, uws_req_t *, void *), void *);
void uws_app_listen_with_config(int, uws_app_t *, listen_config_t, void (*)(void *, listen_config_t, void *), void *);
void uws_app_run(int, uws_app_t *);
bool uws_publish(int, uws_app_t *, const char *, size_t, const char *, size_t, uws_opcode_t, bool);
void uws_res_write_status(int, uws_res_t *, const char *, size_t);
void uws_res_end(int, uws_res_t *, const char *, size_t, bool);
void uws_res_on_data(int, uws_res_t *, void (*)(uws_res_t *, const char *, size_t, bool, void *), void *);
void uws_res_on_aborted(int, uws_res_t *, void (*)(uws_res_t *, void *), void *);
void uws_res_upgrade(int, uws_res_t *, void *, const char *, size_t, const char *, size_t, const char *, size_t,
                     uws_socket_context_t *);
size_t uws_req_get_header(uws_req_t *, const char *, size_t, const char **);
size_t uws_req_get_parameter(uws_req_t *, unsigned short, const char **);
void uws_ws(int, uws_app_t *, const char *, behavior_t, void *);
void *uws_ws_get_user_data(int, uws_websocket_t *);
bool uws_ws_subscribe(int, uws_websocket_t *, const char *, size_t);

struct user { unsigned char length; char name[31]; };
struct publication { struct user user; size_t length; char body[8192]; };

static uws_app_t *app;

static struct user user_of(uws_req_t *request) {
    const char *name;
    struct user user = {0};
    user.length = uws_req_get_parameter(request, 0, &name);
    if (user.length > sizeof user.name) user.length = sizeof user.name;
    memcpy(user.name, name, user.length);
    return user;
}

static void upgrade(uws_res_t *response, uws_req_t *request, uws_socket_context_t *context, void *unused) {
    (void)unused;
    struct user *user = malloc(sizeof *user);
    *user = user_of(request);
    const char *key, *protocol, *extensions;
    size_t key_length = uws_req_get_header(request, "sec-websocket-key", 17, &key);
    size_t protocol_length = uws_req_get_header(request, "sec-websocket-protocol", 22, &protocol);
    size_t extensions_length = uws_req_get_header(request, "sec-websocket-extensions", 24, &extensions);
    uws_res_upgrade(0, response, user, key, key_length, protocol, protocol_length, extensions, extensions_length, context);
}

static void opened(uws_websocket_t *socket, void *unused) {
    (void)unused;
    struct user *user = uws_ws_get_user_data(0, socket);
    uws_ws_subscribe(0, socket, user->name, user->length);
}

static void closed(uws_websocket_t *socket, int code, const char *reason, size_t length, void *unused) {
    (void)code, (void)reason, (void)length, (void)unused;
    free(uws_ws_get_user_data(0, socket));
}

static void aborted(uws_res_t *response, void *publication) {
    (void)response;
    free(publication);
}

static void received(uws_res_t *response, const char *bytes, size_t length, bool is_end, void *data) {
    struct publication *publication = data;
    if (publication->length + length > sizeof publication->body) length = sizeof publication->body - publication->length;
    memcpy(publication->body + publication->length, bytes, length);
    publication->length += length;
    if (!is_end) return;
    uws_publish(0, app, publication->user.name, publication->user.length, publication->body, publication->length, TEXT, false);
    uws_res_write_status(0, response, "202 Accepted", 12);
    uws_res_end(0, response, "", 0, false);
    free(publication);
}

static void publish(uws_res_t *response, uws_req_t *request, void *unused) {
    (void)unused;
    struct publication *publication = malloc(sizeof *publication);
    publication->user = user_of(request);
    publication->length = 0;
    uws_res_on_data(0, response, received, publication);
    uws_res_on_aborted(0, response, aborted, publication);
}

static void listening(void *socket, listen_config_t config, void *unused) {
    (void)config, (void)unused;
    if (!socket) {
        fprintf(stderr, "uws: cannot listen\n");
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: uws PORT\n"), 2;
    app = uws_create_app(0, (options_t){0});
    uws_ws(0, app, "/ws/:user",
           (behavior_t){.maxPayloadLength = 8192, .idleTimeout = 120, .maxBackpressure = 256 * 1024,
                        .sendPingsAutomatically = true, .upgrade = upgrade, .open = opened, .close = closed},
           NULL);
    uws_app_post(0, app, "/publish/:user", publish, NULL);
    uws_app_listen_with_config(0, app, (listen_config_t){.port = atoi(argv[1]), .host = "127.0.0.1"}, listening, NULL);
    uws_app_run(0, app);
    return 0;
}
