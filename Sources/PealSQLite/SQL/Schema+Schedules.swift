extension Schema {
    /// Events that wait for their time. Recipients stand apart from the event, so that one of them can be found and taken out;
    /// an event without a row there would be for others than named users.
    static let schedules = """
        CREATE TABLE schedules (
            row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, send_at INTEGER NOT NULL, created_at INTEGER NOT NULL,
            actor TEXT, event TEXT NOT NULL);
        CREATE INDEX schedules_due ON schedules (send_at, id);
        CREATE INDEX schedules_actor ON schedules (actor) WHERE actor IS NOT NULL;

        CREATE TABLE schedule_recipients (
            schedule BLOB, position INTEGER, user TEXT NOT NULL, send_at INTEGER NOT NULL, act BLOB,
            PRIMARY KEY (schedule, position)) WITHOUT ROWID;
        CREATE INDEX schedule_recipients_user ON schedule_recipients (user, send_at, schedule);
        CREATE INDEX schedule_recipients_act ON schedule_recipients (act, send_at) WHERE act IS NOT NULL;
        """
}
