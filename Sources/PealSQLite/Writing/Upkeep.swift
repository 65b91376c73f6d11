internal import Logging
internal import PealCore
internal import PealSQL
internal import Synchronization

/// The thread that copies the write-ahead log into the database and keeps the generation's file, so that no commit waits for
/// either (RULES 14).
final class Upkeep {
    private let connection: SQLConnection
    private let queue: WriteQueue
    private let vitals: StoreVitals
    private let directory: DataDirectory
    private let signal: Signal
    private let options: SQLiteStoreOptions
    private let inode: UInt64
    /// The length of the log at which it is worth another attempt.
    private var dueAtPages: Int

    init(
        _ connection: SQLConnection, queue: WriteQueue, vitals: StoreVitals, directory: DataDirectory, inode: UInt64,
        signal: Signal, options: SQLiteStoreOptions
    ) {
        self.connection = connection
        self.queue = queue
        self.vitals = vitals
        self.directory = directory
        self.inode = inode
        self.signal = signal
        self.options = options
        self.dueAtPages = options.checkpointPages
    }

    /// Works until it is told to close; then nobody writes any more.
    func run(until isClosing: () -> Bool) {
        while !isClosing() {
            signal.wait()
            recordGeneration()
            if vitals.logPages.load(ordering: .relaxed) >= dueAtPages { attempt(shrinkLog) }
        }
        recordGeneration()
        attempt { () throws(StoreError) in _ = try connection.checkpoint(.truncate) }
    }

    private func recordGeneration() {
        let generation = vitals.generation.load(ordering: .acquiring)
        guard generation != vitals.fileGeneration.load(ordering: .relaxed) else { return }
        attempt { () throws(StoreError) in
            let text = Generation(number: generation, inode: inode).text
            try directory.replace(Generation.fileName, with: text)
            vitals.fileGeneration.store(generation, ordering: .releasing)
        }
    }

    /// A log that is written to without end never becomes empty by itself. Most of it is copied beside the writer; what came
    /// meanwhile is little, and for that the writer waits, so that it starts the log anew.
    private func shrinkLog() throws(StoreError) {
        var left = Int.max
        for _ in 0..<4 where left > options.checkpointPages / 16 {
            guard let (pages, copied) = try connection.checkpoint(.passive) else { break }
            left = pages - copied
        }
        let pause = WriterPause()
        guard queue.pause(pause) else { return }
        defer { pause.over.raise() }
        let pages = vitals.logPages.load(ordering: .relaxed)
        if try connection.checkpoint(pages >= 8 * options.checkpointPages ? .truncate : .restart) != nil {
            vitals.logPages.store(0, ordering: .relaxed)
            dueAtPages = options.checkpointPages
        } else {
            // Somebody reads from an old snapshot. Trying again at each commit would only hold up the writer.
            dueAtPages = pages + options.checkpointPages / 4
        }
    }

    private func attempt(_ body: () throws(StoreError) -> Void) {
        do throws(StoreError) {
            try body()
        } catch {
            options.logger.error("The upkeep of the store failed.", metadata: ["error": "\(error)"])
        }
    }
}
