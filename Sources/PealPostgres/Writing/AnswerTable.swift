#if PostgreSQL
    internal import PealCore
    internal import PealSQL

    /// The first answers of the last 24 hours, by a digest of source, caller and key; and acts that were taken back.
    final class AnswerTable {
        private static let select = PGStatement(
            "SELECT digest, at, fingerprint, answer FROM idempotency_keys WHERE digest = ANY ($1::bytea[])")
        private static let elements: [PGArray.Element] = [.bytes, .integer, .integer, .text]
        // A key that another node has used since this batch has looked gives no row, unless its answer is forgotten anyway; then
        // the division fails, and with it the whole transaction, without another round trip to find out.
        private static let insert = PGStatement(
            """
            WITH kept AS (
                INSERT INTO idempotency_keys AS k (digest, at, fingerprint, answer)
                SELECT * FROM \(PGColumns.unnest(elements))
                ON CONFLICT (digest) DO UPDATE SET at = excluded.at, fingerprint = excluded.fingerprint,
                    answer = excluded.answer, number = excluded.number WHERE excluded.at - k.at > \(lifetime) RETURNING 1)
            SELECT 1 / (CASE WHEN count(*) = $5::int8 THEN 1 ELSE 0 END) FROM kept
            """)
        /// SQLSTATE of that failure: the batch is to be done again, and finds the other's answer.
        static let overtaken = "22012"
        private static let lifetime = IdempotencyKey.lifetime.wholeMilliseconds
        // Costs a look at the oldest key where none has expired.
        private static let purge = PGStatement(
            """
            DELETE FROM idempotency_keys WHERE number IN (
                SELECT number FROM (SELECT number, at FROM idempotency_keys ORDER BY number LIMIT $2) AS oldest
                WHERE at < $1 AND (SELECT at FROM idempotency_keys ORDER BY number LIMIT 1) < $1)
            """)
        private static let answer = PGStatement("SELECT answer FROM idempotency_keys WHERE number = $1 FOR UPDATE")
        private static let rewrite = PGStatement("UPDATE idempotency_keys SET answer = $1 WHERE number = $2")
        private static let retraction = PGStatement("SELECT at, remembered_at FROM retractions WHERE digest = $1")
        private static let retract = PGStatement(
            "INSERT INTO retractions (digest, at, remembered_at) VALUES ($1, $2, $3) "
                + "ON CONFLICT (digest) DO UPDATE SET at = $2, remembered_at = $3")
        private static let forgetRetractions = PGStatement(
            "DELETE FROM retractions WHERE digest IN (SELECT digest FROM retractions WHERE remembered_at < $1 LIMIT 8)")

        private struct Written {
            var digest: [UInt8]
            var answer: RememberedAnswer
            var text: String
        }

        private let session: WriteSession
        private var known: [[UInt8]: RememberedAnswer?] = [:]
        private var written: [Written] = []

        init(_ session: WriteSession) {
            self.session = session
        }

        func forget() {
            known.removeAll(keepingCapacity: true)
            written.removeAll(keepingCapacity: true)
        }

        /// Asks for the answers to keys.
        func ask(_ digests: [[UInt8]]) throws(StoreError) {
            for digest in digests { known[digest] = .some(nil) }
            var parameters = PGParameters()
            parameters.bind(PGArray(digests))
            try session.ask(Self.select, parameters)
        }

        /// Takes the answer to ``ask(_:)``.
        func take(_ rows: PGRows, at now: Timestamp) throws(StoreError) {
            while rows.next() {
                let digest = rows.bytes()
                guard now - rows.time() <= IdempotencyKey.lifetime else { continue }
                let fingerprint = UInt64(bitPattern: rows.integer())
                guard let outcomes = Outcome.decoded(rows.text()) else {
                    throw StoreError(.internalFault, "the answer to an idempotency key cannot be read")
                }
                known[digest] = RememberedAnswer(fingerprint: fingerprint, outcomes: outcomes)
            }
        }

        func answer(to key: IdempotencyKey, at now: Timestamp) throws(StoreError) -> RememberedAnswer? {
            let digest = key.storedDigest
            if let answer = known[digest] { return answer }
            known[digest] = .some(nil)
            var parameters = PGParameters()
            parameters.bind(PGArray([digest]))
            try take(session.query(Self.select, parameters), at: now)
            return known[digest] ?? nil
        }

        func remember(_ outcomes: [Outcome], for key: IdempotencyKey) {
            let answer = RememberedAnswer(fingerprint: key.fingerprint, outcomes: outcomes)
            let digest = key.storedDigest
            known[digest] = answer
            written.append(Written(digest: digest, answer: answer, text: Outcome.encoded(outcomes)))
        }

        /// Sends what the batch has answered, in the order of the keys, so that two nodes cannot wait for each other. Expired keys
        /// go as fast as new ones come.
        func flush(at now: Timestamp) throws(StoreError) {
            guard !written.isEmpty else { return }
            written.sort { $0.digest.lexicographicallyPrecedes($1.digest) }
            var columns = PGColumns(Self.elements)
            for entry in written {
                columns.bind(entry.digest)
                columns.bind(now)
                columns.bind(Int64(bitPattern: entry.answer.fingerprint))
                columns.bind(entry.text)
            }
            let count = written.count
            var kept = columns.parameters
            kept.bind(count)
            try session.send(Self.insert, kept)
            written.removeAll(keepingCapacity: true)
            var parameters = PGParameters()
            parameters.bind(now + .milliseconds(-Self.lifetime))
            parameters.bind(64 + 2 * count)
            try session.send(Self.purge, parameters)
        }

        func renameRecipient(_ user: UserID, to alias: UserID, inAnswer number: Int64) throws(StoreError) -> Bool {
            var parameters = PGParameters()
            parameters.bind(number)
            let rows = try session.query(Self.answer, parameters)
            guard rows.next(), let outcomes = Outcome.decoded(rows.text()) else { return false }
            var answer = RememberedAnswer(fingerprint: 0, outcomes: outcomes)
            guard answer.rename(user, to: alias) else { return false }
            var changed = PGParameters()
            changed.bind(Outcome.encoded(answer.outcomes))
            changed.bind(number)
            try session.send(Self.rewrite, changed)
            return true
        }
    }

    // MARK: - Acts that were taken back

    extension AnswerTable {
        func retraction(of act: Act, at now: Timestamp) throws(StoreError) -> Timestamp? {
            var parameters = PGParameters()
            parameters.bind(act.storedDigest)
            let rows = try session.query(Self.retraction, parameters)
            guard rows.next() else { return nil }
            let time = rows.time()
            return now - rows.time() <= Retraction.memory ? time : nil
        }

        func remember(_ act: Act, _ time: Timestamp, at now: Timestamp) throws(StoreError) {
            var ended = PGParameters()
            ended.bind(now + .milliseconds(-Retraction.memory.wholeMilliseconds))
            try session.send(Self.forgetRetractions, ended)
            var parameters = PGParameters()
            parameters.bind(act.storedDigest)
            parameters.bind(time)
            parameters.bind(now)
            try session.send(Self.retract, parameters)
        }
    }
#endif
