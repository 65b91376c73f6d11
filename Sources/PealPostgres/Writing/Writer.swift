#if PostgreSQL
    internal import Foundation
    internal import Logging
    internal import PealCore
    internal import PealSQL
    internal import Synchronization

    /// A thread that writes over one connection. What waits when a transaction begins shares its commit; a mutation that is alone
    /// is committed at once.
    ///
    /// Other nodes write to the same inboxes. A batch locks those that are free, leaves the rest for the next one, and waits for
    /// them after having left them ``patienceWithLocks`` times (RULES 18).
    final class Writer {
        private struct Waiting {
            let pending: PendingMutation
            let users: [UserID]
            var skips = 0
        }

        private enum Fate {
            case committed
            /// Nothing has happened, and it may be tried again.
            case undone(PGFailure)
            /// Nobody knows.
            case unknown(PGFailure)
            case failed(StoreError)
        }

        private static let patienceWithLocks = 3
        private static let attempts = 8

        private let link: PGLink
        private let queue: WriteQueue
        private let vitals: StoreVitals
        private let options: PostgresStoreOptions
        private let runner: MutationRunner
        private let clock: @Sendable () -> Timestamp
        private let publish: PublicationSink
        private let transaction: WriteTransaction
        private var backlog = WriteBacklog()
        private var deferred: [Waiting] = []
        private var connectionFailure: PGFailure?

        private static let rollback = PGStatement("ROLLBACK")
        private static let status = PGStatement("SELECT pg_xact_status($1::text::xid8)")
        private static let recipients = PGStatement(
            "SELECT schedule, user_id FROM schedule_recipients WHERE schedule = ANY ($1::uuid[])")

        init(
            _ options: PostgresStoreOptions, history: DatabaseHistory, queue: WriteQueue, vitals: StoreVitals,
            runner: MutationRunner, clock: @escaping @Sendable () -> Timestamp, publish: @escaping PublicationSink
        ) {
            self.options = options
            link = PGLink(options, history: history)
            self.queue = queue
            self.vitals = vitals
            self.runner = runner
            self.clock = clock
            self.publish = publish
            transaction = WriteTransaction(options)
        }

        /// Works until the queue is closed and empty.
        func run() {
            while true {
                let (isClosed, _) = queue.collect(into: &backlog)
                if !deferred.isEmpty || !backlog.isEmpty {
                    commitBatch()
                } else if isClosed {
                    break
                } else if vitals.isHealthy.load(ordering: .relaxed) {
                    if !fold() { queue.signal.wait() }
                } else {
                    queue.signal.wait(atMost: .seconds(1))
                    probe()
                }
            }
            queue.finish()
        }
    }

    // MARK: - A batch

    extension Writer {
        /// What is left from before comes first, then what waits, up to the size of one transaction.
        private func take() -> [Waiting] {
            var batch = deferred
            deferred = []
            var weight = batch.reduce(0) { $0 + $1.pending.mutation.weight }
            var byteCount = 0
            while weight < options.batchLimit, byteCount < options.batchByteLimit {
                queue.collectCommands(into: &backlog)
                guard let pending = backlog.next() else { break }
                let mutation = pending.mutation
                batch.append(Waiting(pending: pending, users: mutation.namedUsers))
                if mutation.isAlone { break }
                byteCount += mutation.byteCount
                weight += mutation.weight
            }
            return batch
        }

        private func commitBatch() {
            let batch = take()
            guard let last = batch.last, last.pending.mutation.isAlone, batch.count > 1 else { return commit(batch) }
            commit(batch.dropLast())
            commit([last])
        }

        private func commit(_ batch: [Waiting]) {
            let start = ContinuousClock.now
            let before = deferred
            var attempt = 0
            while true {
                attempt += 1
                var done: [Waiting] = []
                var publications: [Publication] = []
                switch perform(batch, done: &done, publications: &publications) {
                case .committed:
                    vitals.committed(done.count, in: ContinuousClock.now - start)
                    seal(done, publications: publications)
                    // Whoever has the locks needs a moment.
                    if done.isEmpty { Thread.sleep(forTimeInterval: 0.002) }
                    return
                case .undone(let failure):
                    deferred = before
                    if failure.kind == .connection {
                        guard canRetry(failure, since: start) else { return reject(batch, failure.storeError) }
                    } else if failure.kind == .unavailable || attempt >= Self.attempts {
                        return reject(batch, failure.storeError)
                    } else {
                        Thread.sleep(forTimeInterval: .random(in: 0...0.005) * Double(attempt))
                    }
                case .unknown(let failure):
                    deferred = before
                    return reject(batch, failure.storeError)
                case .failed(let error):
                    deferred = before
                    options.logger.error(
                        "A transaction failed.", metadata: ["error": "\(error)", "mutations": "\(batch.count)"])
                    guard batch.count > 1 else { return reject(batch, error) }
                    for waiting in batch { commit([waiting]) }
                    return
                }
            }
        }

        /// Carries a batch out, as far as its inboxes are free, and commits.
        ///
        /// - Parameter done: those that are part of the transaction; the others are in ``deferred``.
        private func perform(
            _ batch: [Waiting], done: inout [Waiting], publications: inout [Publication]
        ) -> Fate {
            var isCommitting = false
            connectionFailure = nil
            transaction.forget()
            do throws(StoreError) {
                let connection = try connect()
                let waiting = batch.contains { $0.skips >= Self.patienceWithLocks }
                try transaction.begin(
                    footprint(of: batch, on: connection), on: connection, at: clock(), waiting: waiting)
                try fill(batch, done: &done, publications: &publications)
                try transaction.commit { isCommitting = true }
                return .committed
            } catch {
                return fate(after: error, isCommitting: isCommitting)
            }
        }

        private func connect() throws(StoreError) -> PGConnection {
            do throws(PGFailure) {
                return try link.connected()
            } catch {
                connectionFailure = error
                throw error.storeError
            }
        }

        private func footprint(of batch: [Waiting], on connection: PGConnection) throws(StoreError) -> Footprint {
            var footprint = Footprint()
            for waiting in batch { footprint.add(waiting.pending.mutation, users: waiting.users) }
            let schedules = batch.compactMap(\.pending.mutation.sentSchedule)
            guard !schedules.isEmpty else { return footprint }
            do throws(PGFailure) {
                var parameters = PGParameters()
                parameters.bind(PGArray(schedules))
                let rows = try connection.query(Self.recipients, parameters)
                while rows.next() {
                    _ = rows.id()
                    let user = rows.user()
                    footprint.users.insert(user)
                    footprint.facts.insert(user)
                }
            } catch {
                connectionFailure = error
                throw error.storeError
            }
            return footprint
        }

        private func fill(
            _ batch: [Waiting], done: inout [Waiting], publications: inout [Publication]
        ) throws(StoreError) {
            // Behind one that has to wait, others of the same users wait too: they keep their order.
            var held: Set<UserID> = []
            for var waiting in batch {
                let isFree = waiting.users.allSatisfy { transaction.inboxes.isLocked($0) && !held.contains($0) }
                guard isFree else {
                    held.formUnion(waiting.users)
                    waiting.skips += 1
                    deferred.append(waiting)
                    continue
                }
                done.append(waiting)
                try perform(waiting.pending, publications: &publications)
            }
        }

        /// - Throws: what concerns the whole batch; a refusal concerns this mutation alone.
        private func perform(_ pending: PendingMutation, publications: inout [Publication]) throws(StoreError) {
            var transaction = transaction
            do throws(StoreError) {
                let (answer, published) = try runner.run(pending.mutation, in: &transaction)
                publications += published
                pending.set(.success(answer))
            } catch {
                guard error.isRefusal, transaction.session.failure == nil else { throw error }
                fail(pending, error, publications: &publications)
            }
        }

        private func fail(_ pending: PendingMutation, _ error: StoreError, publications: inout [Publication]) {
            pending.set(.failure(error))
            guard case .inbox(let command) = pending.mutation, command.origin != nil else { return }
            let inbox =
                transaction.inboxes.isLocked(command.user) ? (try? transaction.inbox(of: command.user)) : nil
            if let refusal = MutationRunner.refusal(of: pending.mutation, error: error, inbox: inbox ?? Inbox()) {
                publications.append(refusal)
            }
        }

        /// Publishes before it answers: whoever has the answer may rely on the change being on its way (RULES 15).
        private func seal(_ batch: [Waiting], publications: [Publication]) {
            if !publications.isEmpty { publish(publications) }
            let byteCount = batch.reduce(0) { $0 + $1.pending.finish() }
            if byteCount > 0 { queue.release(byteCount: byteCount) }
        }
    }

    // MARK: - Trouble

    extension Writer {
        private func fate(after error: StoreError, isCommitting: Bool) -> Fate {
            guard var failure = transaction.session.failure ?? connectionFailure else {
                undo()
                return .failed(error)
            }
            if failure.code == AnswerTable.overtaken { failure.kind = .conflict }
            guard failure.kind == .connection else {
                undo()
                return failure.kind == .fault ? .failed(error) : .undone(failure)
            }
            link.drop()
            return isCommitting ? committed(transaction.number, after: failure) : .undone(failure)
        }

        /// Leaves the transaction that failed.
        private func undo() {
            do throws(PGFailure) {
                _ = try link.connected().query(Self.rollback)
            } catch {
                link.drop()
            }
        }

        /// The connection was lost when a commit was on its way: asks what has become of it (RULES 17).
        private func committed(_ number: Int64, after failure: PGFailure) -> Fate {
            let deadline = ContinuousClock.now + options.reconnectTime
            var parameters = PGParameters()
            parameters.bind(String(number))
            repeat {
                do throws(PGFailure) {
                    let rows = try link.connected().query(Self.status, parameters)
                    switch rows.next() ? rows.optionalText() : nil {
                    case "committed": return .committed
                    case "aborted": return .undone(failure)
                    case "in progress": break
                    default: return .unknown(failure)
                    }
                } catch {
                    link.drop()
                    if error.kind != .connection { return .unknown(error) }
                }
                Thread.sleep(forTimeInterval: 0.1)
            } while ContinuousClock.now < deadline
            return .unknown(failure)
        }

        /// Waits a little where the server is gone, so that a restart or a failover costs its users a moment and no error.
        private func canRetry(_ failure: PGFailure, since start: ContinuousClock.Instant) -> Bool {
            let isGivenUp = !vitals.isHealthy.load(ordering: .relaxed)
            guard !isGivenUp, ContinuousClock.now - start < options.reconnectTime else { return false }
            options.logger.warning("The connection to PostgreSQL was lost.", metadata: ["error": "\(failure.message)"])
            Thread.sleep(forTimeInterval: 0.1)
            return true
        }

        private func reject(_ batch: [Waiting], _ error: StoreError) {
            if error.code == .unavailable {
                if vitals.isHealthy.exchange(false, ordering: .relaxed) {
                    options.logger.error("The store cannot write.", metadata: ["error": "\(error)"])
                }
            }
            var publications: [Publication] = []
            for waiting in batch { fail(waiting.pending, error, publications: &publications) }
            seal(batch, publications: publications)
        }

        /// Finds out whether the database takes writes again.
        private func probe() {
            do throws(PGFailure) {
                try link.connected().run("SELECT pg_current_xact_id()::text")
                vitals.isHealthy.store(true, ordering: .relaxed)
                options.logger.notice("The store can write again.")
            } catch {
                link.drop()
                options.logger.warning("The store still cannot write.", metadata: ["error": "\(error.message)"])
            }
        }
    }

    // MARK: - Folding

    extension Writer {
        private static let foldStep = 256
        private static let foldRows = PGStatement(
            """
            UPDATE notifications AS n SET is_read = true, is_seen = true, read_at = coalesce((
                SELECT at FROM read_marks AS m WHERE m.inbox = n.inbox AND mark >= unread_seq ORDER BY mark LIMIT 1), read_at)
            WHERE n.inbox = $1 AND n.id = ANY (ARRAY(
                SELECT id FROM notifications WHERE inbox = $1 AND standing = 0 AND NOT is_read
                AND unread_seq <= (SELECT read_mark FROM inboxes WHERE number = $1) LIMIT \(foldStep)))
            AND n.standing = 0 AND NOT n.is_read AND n.unread_seq <= (SELECT read_mark FROM inboxes WHERE number = $1)
            """)

        /// Writes a read-all mark into some of the rows that it covers, where a reader found many of them in its way. Nothing
        /// changes for anybody, so no seq is taken (RULES 2).
        ///
        /// - Returns: false where nothing asks for it.
        private func fold() -> Bool {
            guard let inbox = queue.nextFold() else { return false }
            do throws(PGFailure) {
                var parameters = PGParameters()
                parameters.bind(inbox)
                let count = try link.connected().query(Self.foldRows, parameters).changes
                vitals.folds.add(1, ordering: .relaxed)
                if count == Self.foldStep { queue.requestFold(of: inbox) }
            } catch {
                options.logger.warning("Rows could not be folded.", metadata: ["error": "\(error.message)"])
            }
            return true
        }
    }
#endif
