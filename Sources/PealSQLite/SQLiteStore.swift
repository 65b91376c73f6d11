internal import Dispatch
public import PealCore
public import PealSQL
internal import Synchronization

/// The embedded store: one file, one writer thread that lets all that waits share a sync, a few threads that read.
public final class SQLiteStore: PooledStore {
    public let epoch: StoreEpoch

    private let queue: WriteQueue
    public let readers: ReaderPool
    private let vitals: StoreVitals
    private let publish: PublicationSink
    private let upkeepSignal: Signal
    private let isClosing = Atomic(false)
    private let writerEnd = DispatchGroup()
    private let upkeepEnd = DispatchGroup()

    /// Opens the database, or makes one, and starts the store's threads. ``close()`` must be called in the end.
    ///
    /// - Parameters:
    ///   - path: the database file; its directory must exist and be used by this store alone.
    ///   - preferences: what reaches users who have said nothing.
    ///   - planner: says what leaves Peal; nothing does where there is none.
    ///   - clock: the time of each batch.
    ///   - publish: takes each batch, in order, on the thread that commits.
    /// - Throws: `unavailable` where another server holds the directory, where the file cannot be used or belongs to a newer
    ///   version, or where SQLite cannot be made to sync every commit.
    public static func open(
        path: String, renderer: any TextRenderer, preferences: PreferencePolicy = PreferencePolicy(),
        planner: (any DeliveryPlanning)? = nil,
        clock: @escaping @Sendable () -> Timestamp, publish: @escaping PublicationSink = { _ in },
        options: SQLiteStoreOptions = SQLiteStoreOptions()
    ) throws(StoreError) -> SQLiteStore {
        let directory = try DataDirectory(of: path)
        try DataDirectory.createPrivately(path)
        try Schema.migrate(path)
        let connection = try SQLConnection(path: path, role: .writer, busyTimeout: options.busyTimeout)
        let inode = DataDirectory.inode(of: path)
        let (epoch, generation) = try MetaTable(connection).start(in: directory, inode: inode)
        let vitals = StoreVitals(generation: generation.number)
        let queue = WriteQueue(byteLimit: options.queueByteLimit, commandLimit: options.queuedCommandLimit)
        let signal = Signal()
        let writer = try Writer(
            connection, queue: queue, vitals: vitals, upkeep: signal, options: options,
            runner: MutationRunner(renderer: renderer, policy: preferences, planner: planner), clock: clock,
            publish: publish)
        let upkeep = Upkeep(
            try SQLConnection(path: path, role: .upkeep), queue: queue, vitals: vitals, directory: directory,
            inode: inode, signal: signal, options: options)
        // The last that can fail: its threads run from here on.
        let readers = try ReaderPool(count: options.readers) { () throws(StoreError) in
            try SnapshotReader(path: path) { [queue, foldLimit = options.foldLimit] in
                if $0 >= foldLimit { queue.requestFold(of: $1) }
            }
        }
        let store = SQLiteStore(
            epoch: epoch, queue: queue, readers: readers, vitals: vitals, publish: publish, upkeepSignal: signal)
        store.start(writer, upkeep)
        return store
    }

    private init(
        epoch: StoreEpoch, queue: WriteQueue, readers: ReaderPool, vitals: StoreVitals,
        publish: @escaping PublicationSink, upkeepSignal: Signal
    ) {
        self.epoch = epoch
        self.queue = queue
        self.readers = readers
        self.vitals = vitals
        self.publish = publish
        self.upkeepSignal = upkeepSignal
    }

    private func start(_ writer: Writer, _ upkeep: Upkeep) {
        writerEnd.enter()
        upkeepEnd.enter()
        ThreadConfined(writer).run(named: "peal-write", { $0.run() }, end: { [writerEnd] in writerEnd.leave() })
        ThreadConfined(upkeep).run(
            named: "peal-upkeep", { [self] in $0.run { isClosing.load(ordering: .acquiring) } },
            end: { [upkeepEnd] in upkeepEnd.leave() })
    }

    /// False from a failed write until the disk takes data again: for readiness.
    public var isHealthy: Bool { vitals.isHealthy.load(ordering: .relaxed) }

    /// Times that a read-all mark was written into rows that it covers, since the store was opened.
    var foldCount: Int { vitals.folds.load(ordering: .relaxed) }

    public func close() async {
        queue.close()
        await writerEnd.ended()
        await readers.close()
        isClosing.store(true, ordering: .releasing)
        upkeepSignal.raise()
        await upkeepEnd.ended()
    }
}

extension DispatchGroup {
    fileprivate func ended() async {
        await withCheckedContinuation { continuation in
            notify(queue: .global()) { continuation.resume() }
        }
    }
}

// MARK: - Writing

extension SQLiteStore {
    public func write(_ mutations: [Mutation]) async -> [Result<MutationAnswer, StoreError>] {
        guard !mutations.isEmpty else { return [] }
        return await withCheckedContinuation { continuation in
            if let error = queue.push(WriteQueue.Request(mutations: mutations, reply: continuation)) {
                continuation.resume(returning: mutations.map { _ in .failure(error) })
            }
        }
    }

    public func submit(_ command: InboxCommand) {
        let mutation = Mutation.inbox(command)
        guard let error = queue.push(WriteQueue.Request(mutations: [mutation])),
            let refusal = MutationRunner.refusal(of: mutation, error: error, inbox: Inbox())
        else { return }
        publish([refusal])
    }
}
