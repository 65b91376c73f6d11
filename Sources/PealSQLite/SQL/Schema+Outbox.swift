extension Schema {
    /// What is on its way out of Peal. `due_at` is when somebody is to look at it, and null once it is over; `planned_at` stays.
    static let outbox = """
        CREATE TABLE deliveries (
            row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, user TEXT NOT NULL, channel TEXT NOT NULL,
            is_digest INTEGER NOT NULL, planned_at INTEGER NOT NULL, due_at INTEGER, state TEXT NOT NULL,
            created_at INTEGER NOT NULL, finished_at INTEGER, token INTEGER NOT NULL, failures INTEGER NOT NULL, reason TEXT);
        CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE due_at IS NOT NULL;
        CREATE INDEX deliveries_user ON deliveries (user, id);
        CREATE INDEX deliveries_state ON deliveries (state, id);
        CREATE INDEX deliveries_digest ON deliveries (user, channel, planned_at)
            WHERE is_digest = 1 AND token = 0 AND due_at IS NOT NULL;
        CREATE INDEX deliveries_end ON deliveries (finished_at) WHERE finished_at IS NOT NULL;

        CREATE TABLE delivery_items (
            delivery BLOB, notification BLOB, PRIMARY KEY (delivery, notification)) WITHOUT ROWID;
        CREATE INDEX delivery_items_notification ON delivery_items (notification);
        CREATE TRIGGER deliveries_go AFTER DELETE ON deliveries
            BEGIN DELETE FROM delivery_items WHERE delivery = OLD.id; END;
        """
}
