extension Schema {
    /// Who belongs to what, and events on their way to the members. Recipients stand in `fanout_recipients` only where no topic
    /// keeps them: a part of one step is a JSON array. The event of a fan-out that is over is gone.
    static let topics = """
        CREATE TABLE topic_members (
            topic TEXT NOT NULL, user TEXT NOT NULL, added_at INTEGER NOT NULL, PRIMARY KEY (topic, user)) WITHOUT ROWID;
        CREATE INDEX topic_members_user ON topic_members (user, topic);

        CREATE TABLE fanouts (
            row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, topic TEXT NOT NULL, kind TEXT NOT NULL, type TEXT NOT NULL,
            created_at INTEGER NOT NULL, state TEXT NOT NULL, finished_at INTEGER, position TEXT, members INTEGER NOT NULL,
            created INTEGER NOT NULL, aggregated INTEGER NOT NULL, suppressed INTEGER NOT NULL, retracted INTEGER NOT NULL,
            actor TEXT, event TEXT);
        CREATE INDEX fanouts_running ON fanouts (id) WHERE finished_at IS NULL;
        CREATE INDEX fanouts_actor ON fanouts (actor) WHERE actor IS NOT NULL;
        CREATE INDEX fanouts_end ON fanouts (finished_at) WHERE finished_at IS NOT NULL;

        CREATE TABLE fanout_recipients (
            fanout BLOB, number INTEGER, users TEXT NOT NULL, PRIMARY KEY (fanout, number)) WITHOUT ROWID;
        """
}
