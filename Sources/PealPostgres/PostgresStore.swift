#if PostgreSQL
    internal import Dispatch
    public import PealCore
    public import PealSQL
    internal import Synchronization

    /// The store of several nodes, on PostgreSQL: a few threads that write and a few that read, each over its own connection.
    public final class PostgresStore: PooledStore {
        public let epoch: StoreEpoch

        private let queues: [WriteQueue]
        public let readers: ReaderPool
        private let vitals: StoreVitals
        private let publish: PublicationSink
        private let writerEnd = DispatchGroup()

        /// Connects, brings the tables up to date, and starts the store's threads. ``close()`` must be called in the end.
        ///
        /// - Parameters:
        ///   - preferences: what reaches users who have said nothing.
        ///   - planner: says what leaves Peal; nothing does where there is none.
        ///   - clock: the time of each batch.
        ///   - publish: takes each batch on the thread that has committed it; of one user, in the order of commits.
        /// - Throws: `unavailable` where the database cannot be reached, or belongs to a newer version.
        public static func open(
            renderer: any TextRenderer, preferences: PreferencePolicy = PreferencePolicy(),
            planner: (any DeliveryPlanning)? = nil, clock: @escaping @Sendable () -> Timestamp,
            publish: @escaping PublicationSink = { _ in }, options: PostgresStoreOptions
        ) throws(StoreError) -> PostgresStore {
            let (epoch, history) = try prepare(options)
            let vitals = StoreVitals()
            let queues = (0..<max(1, options.writers)).map { _ in
                WriteQueue(byteLimit: options.queueByteLimit, commandLimit: options.queuedCommandLimit)
            }
            let writers = queues.map { queue in
                Writer(
                    options, history: history, queue: queue, vitals: vitals,
                    runner: MutationRunner(renderer: renderer, policy: preferences, planner: planner), clock: clock,
                    publish: publish)
            }
            let readers = try ReaderPool(count: options.readers) { () throws(StoreError) in
                SnapshotReader(options, history: history) { [queue = queues[0], foldLimit = options.foldLimit] in
                    if $0 >= foldLimit { queue.requestFold(of: $1) }
                }
            }
            let store = PostgresStore(epoch: epoch, queues: queues, readers: readers, vitals: vitals, publish: publish)
            for writer in writers { store.start(writer) }
            return store
        }

        private static func prepare(
            _ options: PostgresStoreOptions
        ) throws(StoreError) -> (epoch: StoreEpoch, history: DatabaseHistory) {
            do throws(PGFailure) {
                let connection = try PGLink(options, history: nil).connected()
                try Schema.migrate(connection, options)
                let history = try DatabaseHistory(connection)
                return (try MetaTable(connection).epoch(of: history), history)
            } catch {
                throw StoreError(.unavailable, error.code.isEmpty ? error.message : "\(error.code) \(error.message)")
            }
        }

        private init(
            epoch: StoreEpoch, queues: [WriteQueue], readers: ReaderPool, vitals: StoreVitals,
            publish: @escaping PublicationSink
        ) {
            self.epoch = epoch
            self.queues = queues
            self.readers = readers
            self.vitals = vitals
            self.publish = publish
        }

        private func start(_ writer: Writer) {
            writerEnd.enter()
            ThreadConfined(writer).run(named: "peal-write", { $0.run() }, end: { [writerEnd] in writerEnd.leave() })
        }

        /// False from a failed write until the database takes writes again: for readiness.
        public var isHealthy: Bool { vitals.isHealthy.load(ordering: .relaxed) }

        /// Times that a read-all mark was written into rows that it covers, since the store was opened.
        var foldCount: Int { vitals.folds.load(ordering: .relaxed) }

        public func close() async {
            for queue in queues { queue.close() }
            await withCheckedContinuation { continuation in
                writerEnd.notify(queue: .global()) { continuation.resume() }
            }
            await readers.close()
        }
    }

    // MARK: - Writing

    extension PostgresStore {
        public func write(_ mutations: [Mutation]) async -> [Result<MutationAnswer, StoreError>] {
            guard !mutations.isEmpty else { return [] }
            // One that does not say whom it concerns may concern the others' users: they stay in their order.
            guard mutations.allSatisfy({ !$0.namedUsers.isEmpty }) else { return await write(mutations, to: 0) }
            var parts: [Int: [Int]] = [:]
            for (index, mutation) in mutations.enumerated() {
                parts[mutation.writer(of: queues.count), default: []].append(index)
            }
            guard parts.count > 1 else { return await write(mutations, to: parts.first?.key ?? 0) }
            return await withTaskGroup { group in
                for (writer, indices) in parts {
                    group.addTask {
                        (indices, await self.write(indices.map { mutations[$0] }, to: writer))
                    }
                }
                var results: [Result<MutationAnswer, StoreError>] = mutations.map { _ in
                    .failure(StoreError(.internalFault, "a mutation was not answered"))
                }
                for await (indices, answers) in group {
                    for (index, answer) in zip(indices, answers) { results[index] = answer }
                }
                return results
            }
        }

        private func write(_ mutations: [Mutation], to writer: Int) async -> [Result<MutationAnswer, StoreError>] {
            await withCheckedContinuation { continuation in
                if let error = queues[writer].push(WriteQueue.Request(mutations: mutations, reply: continuation)) {
                    continuation.resume(returning: mutations.map { _ in .failure(error) })
                }
            }
        }

        public func submit(_ command: InboxCommand) {
            let mutation = Mutation.inbox(command)
            let queue = queues[mutation.writer(of: queues.count)]
            guard let error = queue.push(WriteQueue.Request(mutations: [mutation])),
                let refusal = MutationRunner.refusal(of: mutation, error: error, inbox: Inbox())
            else { return }
            publish([refusal])
        }
    }
#endif
