extension Schema {
    /// What users want to hear of, and secrets that Peal has made for itself. A mute without an id of its target has an empty one.
    static let preferences = """
        CREATE TABLE preferences (user TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE target_mutes (
            user TEXT NOT NULL, target_type TEXT NOT NULL, target_id TEXT NOT NULL, until INTEGER,
            created_at INTEGER NOT NULL, PRIMARY KEY (user, target_type, target_id)) WITHOUT ROWID;

        CREATE TABLE actor_mutes (
            user TEXT NOT NULL, actor TEXT NOT NULL, until INTEGER, created_at INTEGER NOT NULL,
            PRIMARY KEY (user, actor)) WITHOUT ROWID;
        CREATE INDEX actor_mutes_actor ON actor_mutes (actor);

        CREATE TABLE secrets (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
        """
}
