// The floor under PealSQLite: the same schema and the same statements for a create, in a bare loop of C, with nothing around
// them. Commits are synced (WAL, synchronous=FULL).
//
//     cc -O2 -o loop loop.c -lsqlite3 && ./loop DIRECTORY [ROWS [USERS [keyed]]]
//
// Prints creates per second with 1, 16 and 256 to a commit, then what is kept up, at 256, until the database has ROWS rows.
// `keyed` adds an idempotency key and the search for an open group to each create.

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { checkpoint_pages = 16384 };

static const char schema[] =
    "CREATE TABLE inboxes (id INTEGER PRIMARY KEY, user TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL,"
    " unread INTEGER NOT NULL, unseen INTEGER NOT NULL, read_mark INTEGER NOT NULL, read_mark_seq INTEGER NOT NULL,"
    " seen_mark INTEGER NOT NULL, seen_mark_seq INTEGER NOT NULL, floor INTEGER NOT NULL);"
    "CREATE TABLE notifications (row INTEGER PRIMARY KEY, id BLOB NOT NULL, inbox INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " standing INTEGER NOT NULL, is_read INTEGER NOT NULL, is_seen INTEGER NOT NULL, unread_seq INTEGER NOT NULL,"
    " unseen_seq INTEGER NOT NULL, last_event_at INTEGER NOT NULL, created_at INTEGER NOT NULL,"
    " updated_at INTEGER NOT NULL, read_at INTEGER, archived_at INTEGER, expires_at INTEGER,"
    " event_count INTEGER NOT NULL, actor_count INTEGER NOT NULL, has_own_text INTEGER NOT NULL,"
    " priority INTEGER NOT NULL, type TEXT NOT NULL, title TEXT NOT NULL, message TEXT NOT NULL, target_type TEXT,"
    " target_id TEXT, url TEXT, metadata TEXT, group_key TEXT, actor_id TEXT, actor_name TEXT, actor2_id TEXT,"
    " actor2_name TEXT, actor3_id TEXT, actor3_name TEXT);"
    "CREATE UNIQUE INDEX notifications_id ON notifications (id);"
    "CREATE UNIQUE INDEX notifications_seq ON notifications (inbox, seq);"
    "CREATE INDEX notifications_list ON notifications (inbox, standing, is_read, last_event_at);"
    "CREATE INDEX notifications_group ON notifications (inbox, group_key) WHERE group_key IS NOT NULL;"
    "CREATE TABLE idempotency_keys (row INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, at INTEGER NOT NULL,"
    " fingerprint INTEGER NOT NULL, answer TEXT NOT NULL);";

static const char insert_sql[] =
    "INSERT INTO notifications (row, id, seq, standing, is_read, is_seen, unread_seq, unseen_seq, last_event_at,"
    " created_at, updated_at, read_at, archived_at, expires_at, event_count, actor_count, has_own_text, priority, type,"
    " title, message, target_type, target_id, url, metadata, actor_id, actor_name, actor2_id, actor2_name, actor3_id,"
    " actor3_name, group_key, inbox) VALUES"
    " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

static sqlite3 *db;
static sqlite3_stmt *begin, *commit, *insert, *update_inbox, *find_group, *find_key, *insert_key;
static int users, keyed, log_pages;
static int64_t *seqs, rows;
static uint64_t random_state = 88172645463325252ull;

static void check(int code) {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
        fprintf(stderr, "SQLite %d: %s\n", code, sqlite3_errmsg(db));
        exit(1);
    }
}

static void execute(const char *sql) { check(sqlite3_exec(db, sql, NULL, NULL, NULL)); }

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

static int step(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    check(code);
    return code;
}

static void run(sqlite3_stmt *statement) {
    step(statement);
    sqlite3_reset(statement);
}

static uint64_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int count_pages(void *context, sqlite3 *connection, const char *name, int pages) {
    (void)context, (void)connection, (void)name;
    log_pages = pages;
    return SQLITE_OK;
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text) {
    check(sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT));
}

// Ids grow, like UUIDs of version 7.
static void make_id(unsigned char *id, int64_t now) {
    uint64_t low = random_number();
    for (int index = 0; index < 6; index++) id[index] = (unsigned char)(now >> (40 - 8 * index));
    id[6] = 0x70 | ((rows >> 24) & 0xF);
    for (int index = 0; index < 3; index++) id[7 + index] = (unsigned char)(rows >> (16 - 8 * index));
    for (int index = 10; index < 16; index++) id[index] = (unsigned char)(low >> (8 * (index - 10)));
}

static void create(int64_t now, int *touched, int *touched_count) {
    static const char zero[16];
    int user = (int)(random_number() % (uint64_t)users) + 1;
    char actor[32], target[32], message[96], group[64];
    unsigned char id[16], digest[16];
    int64_t seq = ++seqs[user];
    uint64_t number = random_number() % 100000;
    snprintf(actor, sizeof actor, "user%d", (int)number);
    snprintf(target, sizeof target, "%d", (int)(rows % 1000000));
    snprintf(message, sizeof message, "User %d liked your post", (int)number);
    snprintf(group, sizeof group, "like:post:%s", target);
    make_id(id, now);
    if (keyed) {
        uint64_t words[2] = {random_number(), random_number()};
        memcpy(digest, words, 16);
        sqlite3_bind_blob(find_key, 1, digest, 16, SQLITE_TRANSIENT);
        step(find_key);
        sqlite3_reset(find_key);
        sqlite3_bind_int64(find_group, 1, user);
        bind_text(find_group, 2, group);
        step(find_group);
        sqlite3_reset(find_group);
    }
    const int64_t numbers[] = {seq, 0, 0, 0, seq, seq, now, now, now};
    sqlite3_bind_int64(insert, 1, ++rows);
    sqlite3_bind_blob(insert, 2, id, 16, SQLITE_TRANSIENT);
    for (int index = 0; index < 9; index++) sqlite3_bind_int64(insert, 3 + index, numbers[index]);
    for (int index = 12; index <= 14; index++) sqlite3_bind_null(insert, index);
    sqlite3_bind_int64(insert, 15, 1);
    sqlite3_bind_int64(insert, 16, 1);
    sqlite3_bind_int64(insert, 17, 0);
    sqlite3_bind_int64(insert, 18, 1);
    bind_text(insert, 19, "like");
    bind_text(insert, 20, "New like");
    bind_text(insert, 21, message);
    bind_text(insert, 22, "post");
    bind_text(insert, 23, target);
    sqlite3_bind_null(insert, 24);
    sqlite3_bind_null(insert, 25);
    bind_text(insert, 26, actor);
    bind_text(insert, 27, actor);
    for (int index = 28; index <= 31; index++) sqlite3_bind_null(insert, index);
    if (keyed) bind_text(insert, 32, group); else sqlite3_bind_null(insert, 32);
    sqlite3_bind_int64(insert, 33, user);
    run(insert);
    if (keyed) {
        char answer[128];
        snprintf(answer, sizeof answer, "[[\"user%d\",\"created\",\"0193f5c2-aaaa-7bbb-8ccc-0123456789ab\",%lld]]", user, (long long)seq);
        sqlite3_bind_blob(insert_key, 1, digest, 16, SQLITE_TRANSIENT);
        sqlite3_bind_int64(insert_key, 2, now);
        sqlite3_bind_int64(insert_key, 3, (int64_t)random_number());
        bind_text(insert_key, 4, answer);
        run(insert_key);
    }
    touched[(*touched_count)++] = user;
    (void)zero;
}

static int ascending(const void *left, const void *right) { return *(const int *)left - *(const int *)right; }

// As the store does: every inbox of the batch once, in the order of its pages.
static void write_inboxes(int *touched, int count) {
    qsort(touched, (size_t)count, sizeof *touched, ascending);
    for (int index = 0; index < count; index++) {
        if (index > 0 && touched[index] == touched[index - 1]) continue;
        int64_t seq = seqs[touched[index]];
        for (int column = 1; column <= 3; column++) sqlite3_bind_int64(update_inbox, column, seq);
        for (int column = 4; column <= 8; column++) sqlite3_bind_int64(update_inbox, column, 0);
        sqlite3_bind_int64(update_inbox, 9, touched[index]);
        run(update_inbox);
    }
}

static void batch(int size) {
    int touched[256], count = 0;
    int64_t now = milliseconds();
    run(begin);
    for (int index = 0; index < size; index++) create(now, touched, &count);
    write_inboxes(touched, count);
    run(commit);
    if (log_pages >= checkpoint_pages) {
        check(sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL));
        log_pages = 0;
    }
}

static void measure(int size, double limit) {
    int64_t first = rows;
    double start = seconds(), elapsed;
    do batch(size); while ((elapsed = seconds() - start) < limit);
    printf("%3d to a commit: %8.0f creates/s\n", size, (double)(rows - first) / elapsed);
    fflush(stdout);
}

static void open_database(const char *directory) {
    char path[4096];
    snprintf(path, sizeof path, "%s/loop.db", directory);
    remove(path);
    check(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
    const char *page_size = getenv("LOOP_PAGE_SIZE");
    if (page_size) {
        char sql[64];
        snprintf(sql, sizeof sql, "PRAGMA page_size = %d", atoi(page_size));
        execute(sql);
    }
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = FULL");
    execute("PRAGMA wal_autocheckpoint = 0");
    execute("PRAGMA cache_size = -32768");
    execute("PRAGMA cache_spill = OFF");
    sqlite3_wal_hook(db, count_pages, NULL);
    execute(schema);
    begin = prepare("BEGIN IMMEDIATE");
    commit = prepare("COMMIT");
    insert = prepare(insert_sql);
    update_inbox = prepare("UPDATE inboxes SET seq = ?, unread = ?, unseen = ?, read_mark = ?, read_mark_seq = ?,"
                           " seen_mark = ?, seen_mark_seq = ?, floor = ? WHERE id = ?");
    find_group = prepare("SELECT * FROM notifications INDEXED BY notifications_group"
                         " WHERE inbox = ? AND group_key = ? ORDER BY row DESC LIMIT 1");
    find_key = prepare("SELECT at, fingerprint, answer FROM idempotency_keys WHERE digest = ?");
    insert_key = prepare("INSERT OR REPLACE INTO idempotency_keys (digest, at, fingerprint, answer) VALUES (?, ?, ?, ?)");
}

static void make_inboxes(void) {
    sqlite3_stmt *statement = prepare("INSERT INTO inboxes VALUES (?, ?, 0, 0, 0, 0, 0, 0, 0, 0)");
    execute("BEGIN");
    for (int user = 1; user <= users; user++) {
        char name[32];
        snprintf(name, sizeof name, "user%d", user);
        sqlite3_bind_int(statement, 1, user);
        bind_text(statement, 2, name);
        run(statement);
    }
    execute("COMMIT");
    sqlite3_finalize(statement);
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: %s DIRECTORY [ROWS [USERS [keyed]]]\n", arguments[0]);
        return 2;
    }
    int64_t goal = count > 2 ? atoll(arguments[2]) : 500000;
    users = count > 3 ? atoi(arguments[3]) : 10000;
    keyed = count > 4 && strcmp(arguments[4], "keyed") == 0;
    seqs = calloc((size_t)users + 1, sizeof *seqs);
    open_database(arguments[1]);
    make_inboxes();
    measure(1, 3);
    measure(16, 3);
    measure(256, 3);
    int64_t first = rows;
    double start = seconds();
    while (rows < goal) batch(256);
    double elapsed = seconds() - start;
    if (rows > first) printf("256 to a commit, up to %lld rows: %8.0f creates/s\n", (long long)rows, (double)(rows - first) / elapsed);
    return 0;
}
