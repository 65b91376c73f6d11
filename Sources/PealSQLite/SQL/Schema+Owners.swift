extension Schema {
    /// Quotas and last use of keys, and erasures that are under way.
    ///
    /// The rows of an inbox that is being erased keep its old number, which no inbox has any more, until they are removed.
    static let owners = """
        ALTER TABLE api_keys ADD COLUMN per_second INTEGER;
        ALTER TABLE api_keys ADD COLUMN burst INTEGER;
        ALTER TABLE api_keys ADD COLUMN per_day INTEGER;
        ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;

        CREATE TABLE erasures (
            user TEXT PRIMARY KEY, alias TEXT NOT NULL, started_at INTEGER NOT NULL, round INTEGER NOT NULL,
            row INTEGER NOT NULL, answer INTEGER NOT NULL, notifications INTEGER NOT NULL, records INTEGER NOT NULL,
            mentions INTEGER NOT NULL, answers INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE detached_inboxes (inbox INTEGER PRIMARY KEY, user TEXT NOT NULL);
        """
}
