internal import GRDB
internal import PealCore

/// The tables, as numbered steps that are never changed once released.
enum Schema {
    /// - Throws: `unavailable` where a newer Peal has written the database.
    static func migrate(_ path: String) throws(StoreError) {
        try StoreError.translating {
            var configuration = Configuration()
            configuration.foreignKeysEnabled = false
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            var migrator = DatabaseMigrator()
            migrator.registerMigration("0001 inbox") { try $0.execute(sql: inbox) }
            migrator.registerMigration("0002 revocations") { try $0.execute(sql: revocations) }
            migrator.registerMigration("0003 states") { try $0.execute(sql: states) }
            migrator.registerMigration("0004 schedules") { try $0.execute(sql: schedules) }
            migrator.registerMigration("0005 topics") { try $0.execute(sql: topics) }
            migrator.registerMigration("0006 owners") { try $0.execute(sql: owners) }
            migrator.registerMigration("0006 preferences") { try $0.execute(sql: preferences) }
            migrator.registerMigration("0007 outbox") { try $0.execute(sql: outbox) }
            guard try !queue.inDatabase(migrator.hasBeenSuperseded) else {
                throw StoreError(.unavailable, "the database was written by a newer version of Peal")
            }
            try migrator.migrate(queue)
            try queue.close()
        }
    }

    /// `notifications` is appended to, so that its pages fill densely and a batch writes few of them; what is spread over all
    /// users are the entries of two narrow indexes. `row` and `id` grow together, so `row` breaks ties of the list's order.
    private static let inbox = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) WITHOUT ROWID;

        CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, email TEXT, locale TEXT, timezone TEXT) WITHOUT ROWID;

        CREATE TABLE inboxes (
            id INTEGER PRIMARY KEY, user TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL, unread INTEGER NOT NULL,
            unseen INTEGER NOT NULL, read_mark INTEGER NOT NULL, read_mark_seq INTEGER NOT NULL,
            seen_mark INTEGER NOT NULL, seen_mark_seq INTEGER NOT NULL, floor INTEGER NOT NULL);

        CREATE TABLE notifications (
            row INTEGER PRIMARY KEY, id BLOB NOT NULL, inbox INTEGER NOT NULL, seq INTEGER NOT NULL,
            standing INTEGER NOT NULL, is_read INTEGER NOT NULL, is_seen INTEGER NOT NULL,
            unread_seq INTEGER NOT NULL, unseen_seq INTEGER NOT NULL, last_event_at INTEGER NOT NULL,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, read_at INTEGER, archived_at INTEGER,
            expires_at INTEGER, event_count INTEGER NOT NULL, actor_count INTEGER NOT NULL,
            has_own_text INTEGER NOT NULL, priority INTEGER NOT NULL, type TEXT NOT NULL, title TEXT NOT NULL,
            message TEXT NOT NULL, target_type TEXT, target_id TEXT, url TEXT, metadata TEXT, group_key TEXT,
            actor_id TEXT, actor_name TEXT, actor2_id TEXT, actor2_name TEXT, actor3_id TEXT, actor3_name TEXT);
        CREATE UNIQUE INDEX notifications_id ON notifications (id);
        CREATE UNIQUE INDEX notifications_seq ON notifications (inbox, seq);
        CREATE INDEX notifications_list ON notifications (inbox, standing, is_read, last_event_at);
        CREATE INDEX notifications_group ON notifications (inbox, group_key) WHERE group_key IS NOT NULL;

        CREATE TABLE notification_actors (row INTEGER, actor TEXT, PRIMARY KEY (row, actor)) WITHOUT ROWID;

        CREATE TABLE idempotency_keys (
            row INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, at INTEGER NOT NULL, fingerprint INTEGER NOT NULL,
            answer TEXT NOT NULL);

        CREATE TABLE api_keys (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, digest BLOB NOT NULL, label TEXT NOT NULL,
            scopes TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER);
        """

    /// `token` is empty for all tokens of a user. A number is never used twice, also after its row has been replaced.
    private static let revocations = """
        CREATE TABLE revocations (
            number INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, token TEXT NOT NULL, not_before INTEGER,
            ends_at INTEGER, UNIQUE (user, token));
        CREATE INDEX revocations_end ON revocations (ends_at) WHERE ends_at IS NOT NULL;
        """

    /// What comes back or ends by itself is found by time, what an actor did by type and target. The order of a row's actors is
    /// kept from the fourth on; the row itself has the newest three.
    private static let states = """
        ALTER TABLE notifications ADD COLUMN snoozed_until INTEGER;
        ALTER TABLE notifications ADD COLUMN delivered_at INTEGER;
        ALTER TABLE notifications ADD COLUMN wants_receipt INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX notifications_wake ON notifications (snoozed_until) WHERE snoozed_until IS NOT NULL;
        CREATE INDEX notifications_end ON notifications (expires_at) WHERE expires_at IS NOT NULL AND standing <> 2;
        CREATE INDEX notifications_act ON notifications (inbox, type, target_id) WHERE actor_id IS NOT NULL;
        CREATE INDEX notifications_receipt ON notifications (inbox, unread_seq)
            WHERE wants_receipt = 1 AND is_read = 0 AND standing = 0;

        ALTER TABLE notification_actors ADD COLUMN name TEXT;
        ALTER TABLE notification_actors ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX notification_actors_order ON notification_actors (row, seq);

        CREATE TABLE retractions (
            row INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, at INTEGER NOT NULL, remembered_at INTEGER NOT NULL);

        CREATE TABLE read_marks (inbox INTEGER, mark INTEGER, at INTEGER NOT NULL, PRIMARY KEY (inbox, mark))
            WITHOUT ROWID;
        """
}
