internal import PealCore

/// Recognises a database that was put back from a copy (RULES 5).
///
/// The generation is a number kept in the database and in a file beside it. Each start raises it, and so does a commit every
/// few seconds. It is raised in the database first and in the file after the commit, so that in an ordinary life, whatever is
/// killed and when:
///
///     file ≤ database ≤ file + 1
///
/// - A copy of the database that is put back lags behind the file, unless nothing was raised since it was made.
/// - Where the database is ahead by one, a process died between the two writes: the file is brought up before anything
///   else is raised, so the distance cannot become two. Writing the file first would allow the same crash to leave the
///   file ahead, which is exactly how a restored database looks.
/// - A directory that was copied as a whole is betrayed by the database file's inode, which the file names. A snapshot of a
///   whole volume cannot be recognised: `docs/` tells operators to remove the file when they restore one.
struct Generation: Equatable {
    static let fileName = "peal.start"

    var number: Int64
    var inode: UInt64

    init(number: Int64, inode: UInt64) {
        self.number = number
        self.inode = inode
    }

    /// Reads `number inode`.
    init?(_ text: String) {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count == 2, let number = Int64(fields[0]), let inode = UInt64(fields[1]) else { return nil }
        self.init(number: number, inode: inode)
    }

    var text: String { "\(number) \(inode)\n" }

    /// Whether a database at this generation is the one that the file has accompanied.
    static func matches(database: Generation, file: Generation?) -> Bool {
        guard let file, file.inode == database.inode else { return false }
        return database.number == file.number || database.number == file.number + 1
    }
}

/// The generation's place in the database.
struct MetaTable {
    private let connection: SQLConnection

    init(_ connection: SQLConnection) {
        self.connection = connection
    }

    func integer(_ key: StaticString) throws(StoreError) -> Int64? {
        try connection.integer("SELECT value FROM meta WHERE key = '\(key)'")
    }

    func set(_ values: [(StaticString, Int64)]) throws(StoreError) {
        let rows = values.map { "('\($0.0)', \($0.1))" }.joined(separator: ", ")
        try connection.execute("INSERT OR REPLACE INTO meta VALUES \(rows)")
    }

    /// Raises the generation, in the database and in the file, and decides whether the epoch still holds.
    func start(
        in directory: DataDirectory, inode: UInt64
    ) throws(StoreError) -> (epoch: StoreEpoch, generation: Generation) {
        let file = directory.read(Generation.fileName).flatMap(Generation.init)
        var generation = Generation(number: try integer("generation") ?? 0, inode: inode)
        let epoch: StoreEpoch
        if let known = try storedEpoch(), Generation.matches(database: generation, file: file) {
            epoch = known
            if file != generation { try directory.replace(Generation.fileName, with: generation.text) }
            generation.number += 1
            try set([("generation", generation.number)])
        } else {
            epoch = .random()
            generation.number = max(generation.number, file?.number ?? 0) + 1
            try set([
                ("epoch_high", Int64(bitPattern: epoch.high)), ("epoch_low", Int64(bitPattern: epoch.low)),
                ("generation", generation.number),
            ])
        }
        try directory.replace(Generation.fileName, with: generation.text)
        return (epoch, generation)
    }

    private func storedEpoch() throws(StoreError) -> StoreEpoch? {
        guard let high = try integer("epoch_high"), let low = try integer("epoch_low") else { return nil }
        return StoreEpoch(high: UInt64(bitPattern: high), low: UInt64(bitPattern: low))
    }
}
