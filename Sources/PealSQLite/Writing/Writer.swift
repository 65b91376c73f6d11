internal import Logging
internal import PealCore
internal import PealSQL
internal import Synchronization

/// The one thread that writes. What waits when a transaction begins, and what comes while it is being filled, shares its
/// sync; a mutation that is alone is committed at once.
final class Writer {
    private let connection: SQLConnection
    private let queue: WriteQueue
    private let vitals: StoreVitals
    private let upkeep: Signal
    private let options: SQLiteStoreOptions
    private let runner: MutationRunner
    private let clock: @Sendable () -> Timestamp
    private let publish: PublicationSink
    private let begin: SQLStatement
    private let commit: SQLStatement
    private let rollback: SQLStatement
    private let raiseGeneration: SQLStatement
    private let logPages: UnsafeMutablePointer<Int32>
    private var transaction: WriteTransaction
    private var backlog = WriteBacklog()
    private var generationDue = ContinuousClock.now
    private var hasCommitted = false

    init(
        _ connection: SQLConnection, queue: WriteQueue, vitals: StoreVitals, upkeep: Signal,
        options: SQLiteStoreOptions, runner: MutationRunner, clock: @escaping @Sendable () -> Timestamp,
        publish: @escaping PublicationSink
    ) throws(StoreError) {
        self.connection = connection
        self.queue = queue
        self.vitals = vitals
        self.upkeep = upkeep
        self.options = options
        self.runner = runner
        self.clock = clock
        self.publish = publish
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        rollback = try connection.prepare("ROLLBACK")
        raiseGeneration = try connection.prepare("UPDATE meta SET value = ? WHERE key = 'generation'")
        transaction = try WriteTransaction(connection, cachedUsers: options.cachedUsers)
        logPages = .allocate(capacity: 1)
        logPages.initialize(to: 0)
        connection.countLogPages(in: logPages)
    }

    deinit { logPages.deallocate() }

    /// Works until the queue is closed and empty.
    func run() {
        while true {
            let (isClosed, pauses) = queue.collect(into: &backlog)
            for pause in pauses {
                pause.begun.raise()
                pause.over.wait()
            }
            if !backlog.isEmpty {
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
        markEnd()
        queue.finish()
    }

    /// Lets the file beside the database know of the last commits.
    private func markEnd() {
        guard hasCommitted else { return }
        generationDue = .now
        try? begin.run()
        try? close(0)
    }
}

// MARK: - A batch

extension Writer {
    private func commitBatch() {
        var batch: [PendingMutation] = []
        var publications: [Publication] = []
        do throws(StoreError) {
            try open()
            try fill(&batch, publications: &publications)
            try close(batch.count)
        } catch {
            rescue(batch, from: error)
            return
        }
        seal(batch, publications: publications)
    }

    private func open() throws(StoreError) {
        try begin.run()
        transaction.now = clock()
    }

    private func fill(_ batch: inout [PendingMutation], publications: inout [Publication]) throws(StoreError) {
        let deadline = ContinuousClock.now + options.batchTime
        var weight = 0
        var byteCount = 0
        while weight < options.batchLimit, byteCount < options.batchByteLimit {
            queue.collectCommands(into: &backlog)
            guard let pending = backlog.next() else { return }
            batch.append(pending)
            byteCount += pending.mutation.byteCount
            weight += pending.mutation.weight
            try perform(pending, publications: &publications)
            if ContinuousClock.now >= deadline { return }
        }
    }

    /// - Throws: what concerns the whole batch; a refusal concerns this mutation alone.
    private func perform(_ pending: PendingMutation, publications: inout [Publication]) throws(StoreError) {
        transaction.notifications.begin()
        do throws(StoreError) {
            let (answer, published) = try runner.run(pending.mutation, in: &transaction)
            publications += published
            pending.set(.success(answer))
        } catch {
            guard error.isRefusal else { throw error }
            fail(pending, error, publications: &publications)
        }
    }

    private func fail(_ pending: PendingMutation, _ error: StoreError, publications: inout [Publication]) {
        pending.set(.failure(error))
        guard case .inbox(let command) = pending.mutation, command.origin != nil else { return }
        let inbox = (try? transaction.inbox(of: command.user)) ?? Inbox()
        if let refusal = MutationRunner.refusal(of: pending.mutation, error: error, inbox: inbox) {
            publications.append(refusal)
        }
    }

    private func close(_ count: Int) throws(StoreError) {
        try transaction.flush()
        let generation = try raisedGeneration()
        let start = ContinuousClock.now
        try commit.run()
        let pages = Int(logPages.pointee)
        vitals.committed(count, in: ContinuousClock.now - start, logPages: pages)
        transaction.trim()
        hasCommitted = true
        if let generation { vitals.generation.store(generation, ordering: .releasing) }
        if generation != nil || pages >= options.checkpointPages { upkeep.raise() }
    }

    /// Publishes before it answers: whoever has the answer may rely on the change being on its way (RULES 15).
    private func seal(_ batch: [PendingMutation], publications: [Publication]) {
        if !publications.isEmpty { publish(publications) }
        let byteCount = batch.reduce(0) { $0 + $1.finish() }
        if byteCount > 0 { queue.release(byteCount: byteCount) }
    }

    /// The next generation, where it is time and the file beside the database has the present one.
    private func raisedGeneration() throws(StoreError) -> Int64? {
        let now = ContinuousClock.now
        let present = vitals.generation.load(ordering: .relaxed)
        guard now >= generationDue, vitals.fileGeneration.load(ordering: .acquiring) == present else { return nil }
        raiseGeneration.bind(present + 1)
        try raiseGeneration.run()
        generationDue = now + options.generationInterval
        return present + 1
    }
}

// MARK: - Folding

extension Writer {
    /// Writes a read-all mark into some of the rows that it covers, where a reader found many of them in its way. Nothing
    /// changes for anybody, so no seq is taken (RULES 2).
    ///
    /// - Returns: false where nothing asks for it.
    private func fold() -> Bool {
        guard let inbox = queue.nextFold() else { return false }
        do throws(StoreError) {
            try begin.run()
            let isDone = try transaction.notifications.fold(inbox: inbox)
            try commit.run()
            vitals.folds.add(1, ordering: .relaxed)
            if !isDone { queue.requestFold(of: inbox) }
        } catch {
            undo()
            options.logger.warning("Rows could not be folded.", metadata: ["error": "\(error)"])
        }
        return true
    }
}

// MARK: - Trouble

extension Writer {
    /// Nothing of the batch is in the database. Where the disk is to blame all of it fails; else each mutation is tried alone,
    /// so that only the one at fault fails.
    private func rescue(_ batch: [PendingMutation], from error: StoreError) {
        undo()
        options.logger.error("A transaction failed.", metadata: ["error": "\(error)", "mutations": "\(batch.count)"])
        if error.code == .unavailable || batch.count <= 1 {
            var batch = batch
            if batch.isEmpty {
                // Not even a transaction could begin: what waits cannot be stored either.
                while let next = backlog.next() { batch.append(next) }
            }
            reject(batch, error)
            return
        }
        for pending in batch { commitAlone(pending) }
    }

    private func commitAlone(_ pending: PendingMutation) {
        var publications: [Publication] = []
        do throws(StoreError) {
            try open()
            try perform(pending, publications: &publications)
            try close(1)
        } catch {
            undo()
            reject([pending], error)
            return
        }
        seal([pending], publications: publications)
    }

    private func reject(_ batch: [PendingMutation], _ error: StoreError) {
        if error.code == .unavailable {
            vitals.isHealthy.store(false, ordering: .relaxed)
            publish([])
        }
        var publications: [Publication] = []
        for pending in batch { fail(pending, error, publications: &publications) }
        seal(batch, publications: publications)
    }

    private func undo() {
        if connection.isInTransaction { try? rollback.run() }
        transaction.forget()
    }

    /// Finds out whether the disk takes a little data again.
    private func probe() {
        do throws(StoreError) {
            try connection.execute("INSERT OR REPLACE INTO meta VALUES ('probe', zeroblob(65536))")
            try connection.execute("DELETE FROM meta WHERE key = 'probe'")
            vitals.isHealthy.store(true, ordering: .relaxed)
            options.logger.notice("The store can write again.")
        } catch {
            options.logger.warning("The store still cannot write.", metadata: ["error": "\(error)"])
        }
    }
}
