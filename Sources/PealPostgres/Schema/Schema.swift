#if PostgreSQL
    internal import PealCore

    /// The tables, as numbered steps that are never changed once released.
    ///
    /// All is kept in a schema of its own, so that Peal may share a database. Steps run under an advisory lock, one transaction
    /// each: of nodes that start together one does the work. A step only adds, so that nodes of the version before go on beside it
    /// (RULES 23).
    enum Schema {
        private static let steps: [(name: String, sql: @Sendable (PostgresStoreOptions) -> [String])] = [
            ("0001 inbox", { inbox($0.partitions) }), ("0002 people", { _ in people }),
            ("0003 waiting", { _ in waiting }),
            ("0004 topics", { _ in topics }), ("0005 outbox", { _ in outbox }), ("0006 leases", { _ in leases }),
        ]

        /// Any number that nobody else uses: the first bytes of "peal".
        private static let lock = "SELECT pg_advisory_lock(1885692268)"
        private static let unlock = "SELECT pg_advisory_unlock(1885692268)"

        /// - Throws: a fault where a newer Peal has written the database.
        static func migrate(_ connection: PGConnection, _ options: PostgresStoreOptions) throws(PGFailure) {
            _ = try connection.query(PGStatement(lock))
            // A connection that is lost gives the lock up itself.
            defer { _ = try? connection.query(PGStatement(unlock)) }
            try connection.run("CREATE SCHEMA IF NOT EXISTS \(options.schema)")
            try connection.run("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY)")
            let rows = try connection.query(PGStatement("SELECT name FROM migrations"))
            var done: Set<String> = []
            while rows.next() { done.insert(rows.text()) }
            // A step whose name ends like this takes something away that older versions need.
            guard done.subtracting(steps.map(\.name)).allSatisfy({ !$0.hasSuffix("!") }) else {
                throw PGFailure(.fault, "the database was written by a newer version of Peal")
            }
            for step in steps where !done.contains(step.name) {
                var parameters = PGParameters()
                parameters.bind(step.name)
                try connection.send(PGStatement("BEGIN"))
                for sql in step.sql(options) { try connection.send(PGStatement(sql)) }
                try connection.send(PGStatement("INSERT INTO migrations (name) VALUES ($1)"), parameters)
                try connection.send(PGStatement("COMMIT"))
                _ = try connection.finish()
            }
        }

        /// One of many tables by the hash of a column.
        private static func partitions(of table: String, _ count: Int, with options: String) -> [String] {
            (0..<count).map {
                "CREATE TABLE \(table)_\($0) PARTITION OF \(table) FOR VALUES WITH (MODULUS \(count), REMAINDER \($0)) \(options)"
            }
        }

        /// Rows hang on the number of their inbox, so that taking all of them out of it is one change (``detached_inboxes``).
        ///
        /// `last_id` lets the ids of one inbox grow, whichever node makes them and whatever its clock says. `created_seq` is the order in which rows came, whatever the clocks of nodes say. Times are milliseconds since 1970.
        private static func inbox(_ count: Int) -> [String] {
            [
                "CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL)",
                "CREATE SEQUENCE inbox_numbers",
                """
                CREATE TABLE inboxes (
                    user_id text COLLATE "C" NOT NULL, number int8 NOT NULL DEFAULT nextval('inbox_numbers'),
                    seq int8 NOT NULL DEFAULT 0, unread int8 NOT NULL DEFAULT 0, unseen int8 NOT NULL DEFAULT 0,
                    read_mark int8 NOT NULL DEFAULT 0, read_mark_seq int8 NOT NULL DEFAULT 0,
                    seen_mark int8 NOT NULL DEFAULT 0, seen_mark_seq int8 NOT NULL DEFAULT 0,
                    floor int8 NOT NULL DEFAULT 0, last_id uuid, PRIMARY KEY (user_id)) PARTITION BY HASH (user_id)
                """,
            ]
                // Counters change with each notification: room on the page keeps that from touching an index.
                + partitions(of: "inboxes", count, with: "WITH (fillfactor = 60)")
                + [
                    "CREATE INDEX inboxes_number ON inboxes (number)",
                    """
                    CREATE TABLE notifications (
                        inbox int8 NOT NULL, id uuid NOT NULL, created_seq int8 NOT NULL, seq int8 NOT NULL,
                        standing int8 NOT NULL, is_read bool NOT NULL, is_seen bool NOT NULL, unread_seq int8 NOT NULL,
                        unseen_seq int8 NOT NULL, last_event_at int8 NOT NULL, created_at int8 NOT NULL,
                        updated_at int8 NOT NULL, read_at int8, archived_at int8, expires_at int8,
                        event_count int8 NOT NULL, actor_count int8 NOT NULL, has_own_text bool NOT NULL,
                        priority int8 NOT NULL, type text NOT NULL, title text NOT NULL, message text NOT NULL,
                        target_type text, target_id text, url text, metadata text, actor_id text, actor_name text,
                        actor2_id text, actor2_name text, actor3_id text, actor3_name text, snoozed_until int8,
                        delivered_at int8, wants_receipt bool NOT NULL, group_key text,
                        PRIMARY KEY (inbox, id)) PARTITION BY HASH (inbox)
                    """,
                ]
                + partitions(of: "notifications", count, with: "WITH (fillfactor = 90)")
                + [
                    "CREATE UNIQUE INDEX notifications_seq ON notifications (inbox, seq)",
                    "CREATE INDEX notifications_list ON notifications (inbox, standing, is_read, last_event_at, id)",
                    "CREATE INDEX notifications_group ON notifications (inbox, group_key, created_seq) WHERE group_key IS NOT NULL",
                    "CREATE INDEX notifications_act ON notifications (inbox, type, target_id) WHERE actor_id IS NOT NULL",
                    "CREATE INDEX notifications_wake ON notifications (snoozed_until) WHERE snoozed_until IS NOT NULL",
                    """
                    CREATE INDEX notifications_end ON notifications (expires_at)
                        WHERE expires_at IS NOT NULL AND standing <> 2
                    """,
                    """
                    CREATE INDEX notifications_receipt ON notifications (inbox, unread_seq)
                        WHERE wants_receipt AND NOT is_read AND standing = 0
                    """,
                    """
                    CREATE TABLE notification_actors (
                        inbox int8 NOT NULL, id uuid NOT NULL, actor text NOT NULL, name text, seq int8 NOT NULL,
                        PRIMARY KEY (inbox, id, actor)) PARTITION BY HASH (inbox)
                    """,
                ]
                + partitions(of: "notification_actors", count, with: "")
                + [
                    "CREATE INDEX notification_actors_order ON notification_actors (inbox, id, seq)",
                    "CREATE TABLE read_marks (inbox int8, mark int8, at int8 NOT NULL, PRIMARY KEY (inbox, mark))",
                    "CREATE TABLE detached_inboxes (inbox int8 PRIMARY KEY, user_id text COLLATE \"C\" NOT NULL)",
                    "CREATE INDEX detached_inboxes_user ON detached_inboxes (user_id)",
                    "CREATE SEQUENCE answer_numbers",
                    """
                    CREATE TABLE idempotency_keys (
                        digest bytea PRIMARY KEY, number int8 NOT NULL DEFAULT nextval('answer_numbers'),
                        at int8 NOT NULL, fingerprint int8 NOT NULL, answer text NOT NULL)
                    """,
                    "CREATE INDEX idempotency_keys_number ON idempotency_keys (number)",
                    "CREATE TABLE retractions (digest bytea PRIMARY KEY, at int8 NOT NULL, remembered_at int8 NOT NULL)",
                    "CREATE INDEX retractions_end ON retractions (remembered_at)",
                ]
        }

        private static let people = [
            "CREATE TABLE users (user_id text COLLATE \"C\" PRIMARY KEY, name text, email text, locale text, timezone text)",
            """
            CREATE TABLE api_keys (
                id text PRIMARY KEY, number int8 GENERATED ALWAYS AS IDENTITY, digest bytea NOT NULL, label text NOT NULL,
                scopes text NOT NULL, created_at int8 NOT NULL, revoked_at int8, per_second int8, burst int8, per_day int8,
                last_used_at int8)
            """,
            """
            CREATE TABLE revocations (
                number int8 PRIMARY KEY, user_id text COLLATE "C" NOT NULL, token text NOT NULL, not_before int8,
                ends_at int8, UNIQUE (user_id, token))
            """,
            "CREATE INDEX revocations_end ON revocations (ends_at) WHERE ends_at IS NOT NULL",
            // Its lock keeps numbers from becoming visible out of order.
            "CREATE TABLE revocation_numbers (last int8 NOT NULL)",
            "INSERT INTO revocation_numbers VALUES (0)",
            """
            CREATE TABLE erasures (
                user_id text COLLATE "C" PRIMARY KEY, alias text NOT NULL, started_at int8 NOT NULL, round int8 NOT NULL,
                row_position int8 NOT NULL, answer_position int8 NOT NULL, notifications int8 NOT NULL,
                records int8 NOT NULL, mentions int8 NOT NULL, answers int8 NOT NULL)
            """,
            "CREATE TABLE preferences (user_id text COLLATE \"C\" PRIMARY KEY, document text NOT NULL)",
            """
            CREATE TABLE target_mutes (
                user_id text COLLATE "C" NOT NULL, target_type text NOT NULL, target_id text NOT NULL, until int8,
                created_at int8 NOT NULL, PRIMARY KEY (user_id, target_type, target_id))
            """,
            """
            CREATE TABLE actor_mutes (
                user_id text COLLATE "C" NOT NULL, actor text NOT NULL, until int8, created_at int8 NOT NULL,
                PRIMARY KEY (user_id, actor))
            """,
            "CREATE INDEX actor_mutes_actor ON actor_mutes (actor)",
            "CREATE TABLE secrets (name text PRIMARY KEY, bytes bytea NOT NULL)",
        ]

        private static let waiting = [
            """
            CREATE TABLE schedules (
                id uuid PRIMARY KEY, send_at int8 NOT NULL, created_at int8 NOT NULL, actor text, event text NOT NULL)
            """,
            "CREATE INDEX schedules_due ON schedules (send_at, id)",
            "CREATE INDEX schedules_actor ON schedules (actor) WHERE actor IS NOT NULL",
            """
            CREATE TABLE schedule_recipients (
                schedule uuid, position int8, user_id text COLLATE "C" NOT NULL, send_at int8 NOT NULL, act bytea,
                PRIMARY KEY (schedule, position))
            """,
            "CREATE INDEX schedule_recipients_user ON schedule_recipients (user_id, send_at, schedule)",
            "CREATE INDEX schedule_recipients_act ON schedule_recipients (act, send_at) WHERE act IS NOT NULL",
        ]

        private static let topics = [
            """
            CREATE TABLE topic_members (
                topic text COLLATE "C" NOT NULL, user_id text COLLATE "C" NOT NULL, added_at int8 NOT NULL,
                PRIMARY KEY (topic, user_id))
            """,
            "CREATE INDEX topic_members_user ON topic_members (user_id, topic)",
            """
            CREATE TABLE fanouts (
                id uuid PRIMARY KEY, topic text NOT NULL, kind text NOT NULL, type text NOT NULL, created_at int8 NOT NULL,
                state text NOT NULL, finished_at int8, position text, members int8 NOT NULL, created int8 NOT NULL,
                aggregated int8 NOT NULL, suppressed int8 NOT NULL, retracted int8 NOT NULL, event text, actor text)
            """,
            "CREATE INDEX fanouts_running ON fanouts (id) WHERE finished_at IS NULL",
            "CREATE INDEX fanouts_actor ON fanouts (actor) WHERE actor IS NOT NULL",
            "CREATE INDEX fanouts_end ON fanouts (finished_at) WHERE finished_at IS NOT NULL",
            """
            CREATE TABLE fanout_recipients (
                fanout uuid, number int8, users text NOT NULL, PRIMARY KEY (fanout, number))
            """,
        ]

        private static let outbox = [
            """
            CREATE TABLE deliveries (
                id uuid PRIMARY KEY, user_id text COLLATE "C" NOT NULL, channel text NOT NULL, is_digest bool NOT NULL,
                planned_at int8 NOT NULL, created_at int8 NOT NULL, due_at int8, state text NOT NULL, finished_at int8,
                token int8 NOT NULL, failures int8 NOT NULL, reason text)
            """,
            "CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE due_at IS NOT NULL",
            "CREATE INDEX deliveries_user ON deliveries (user_id, id)",
            "CREATE INDEX deliveries_state ON deliveries (state, id)",
            """
            CREATE INDEX deliveries_digest ON deliveries (user_id, channel, planned_at)
                WHERE is_digest AND token = 0 AND due_at IS NOT NULL
            """,
            "CREATE INDEX deliveries_end ON deliveries (finished_at) WHERE finished_at IS NOT NULL",
            """
            CREATE TABLE delivery_items (
                delivery uuid REFERENCES deliveries ON DELETE CASCADE, notification uuid,
                PRIMARY KEY (delivery, notification))
            """,
            "CREATE INDEX delivery_items_notification ON delivery_items (notification)",
        ]

        private static let leases = [
            """
            CREATE TABLE leases (
                name text PRIMARY KEY, holder int8 NOT NULL, ends_at timestamptz NOT NULL, token int8 NOT NULL)
            """
        ]
    }

    extension PGConnection {
        /// Runs one statement by itself.
        func run(_ sql: String) throws(PGFailure) {
            _ = try query(PGStatement(sql))
        }
    }
#endif
