internal import Logging
public import PealCore

/// Removes everything about a user, in steps small enough that nobody else waits for them, and finishes what an earlier process
/// began.
///
/// The first step empties the inbox for everyone who looks; what follows is the work: the rows, then the user's name in
/// others' rows and in remembered answers. How far that is stands in the store.
public actor Eraser {
    /// What was asked, and how far it is.
    public struct Report: Sendable, Equatable {
        public var erasure: Erasure
        public var isDone: Bool

        public init(erasure: Erasure, isDone: Bool) {
            self.erasure = erasure
            self.isDone = isDone
        }
    }

    /// Rows that one transaction removes or changes.
    public static let stepLimit = 256
    /// Stretches without a find after which the place of the walk is written down all the same.
    private static let silentStretches = 16

    private let store: any Store
    private let patience: Duration
    private let pause: Duration
    private let logger: Logger
    private var underWay: Set<UserID> = []

    /// - Parameters:
    ///   - patience: how long whoever asks for an erasure waits for its end; what takes longer goes on by itself.
    ///   - pause: how often ``run()`` looks for something to go on with.
    public init(
        store: any Store, patience: Duration = .seconds(2), pause: Duration = .seconds(2)
    ) {
        self.store = store
        self.patience = patience
        self.pause = pause
        logger = Logger(label: "peal.eraser")
    }

    /// Begins, durably, and goes as far as patience lasts.
    ///
    /// - Throws: where it could not begin; then nothing has changed. What fails later is tried again by ``run()``.
    public func erase(_ user: UserID) async throws(StoreError) -> Report {
        let (begun, _) = try await step(.begin(user, alias: Self.randomAlias()))
        guard underWay.insert(user).inserted else { return Report(erasure: begun, isDone: false) }
        defer { underWay.remove(user) }
        return await drive(begun, until: .now + patience)
    }

    /// The erasure of a user that has not ended; nil where there is none.
    public func erasure(of user: UserID) async throws(StoreError) -> Erasure? {
        try await store.erasures().first { $0.user == user }
    }

    /// Goes on with what is not finished, until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            await finishAll()
            try? await Task.sleep(for: pause)
        }
    }

    /// Goes on with every erasure that is not finished, each to its end.
    public func finishAll() async {
        let open: [Erasure]
        do throws(StoreError) {
            open = try await store.erasures()
        } catch {
            if error.code != .closed { logger.warning("Erasures could not be read", metadata: ["error": "\(error)"]) }
            return
        }
        for erasure in open where !Task.isCancelled && underWay.insert(erasure.user).inserted {
            _ = await drive(erasure, until: nil)
            underWay.remove(erasure.user)
        }
    }

    /// Random, so that it leads back to nobody.
    private static func randomAlias() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return "erased-" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}

// MARK: - Steps

extension Eraser {
    private func drive(_ begun: Erasure, until deadline: ContinuousClock.Instant?) async -> Report {
        var erasure = begun
        do throws(StoreError) {
            while true {
                let round = erasure.round
                erasure = try await purge(erasure, until: deadline)
                erasure = try await walk(erasure, until: deadline)
                if isLate(deadline) || Task.isCancelled { return Report(erasure: erasure, isDone: false) }
                let (last, ended) = try await step(.end(erasure.user, round: round))
                if ended > 0 { return Report(erasure: last, isDone: true) }
                // Asked for once more meanwhile: from the beginning.
                erasure = last
            }
        } catch {
            if error.code != .closed, error.code != .notFound {
                logger.warning("An erasure stopped and will go on later", metadata: ["error": "\(error)"])
            }
            return Report(erasure: erasure, isDone: false)
        }
    }

    private func purge(
        _ begun: Erasure, until deadline: ContinuousClock.Instant?
    ) async throws(StoreError) -> Erasure {
        var erasure = begun
        var removed = Self.stepLimit
        while removed == Self.stepLimit, !isLate(deadline), !Task.isCancelled {
            (erasure, removed) = try await step(.purge(erasure.user, limit: Self.stepLimit))
        }
        return erasure
    }

    private func walk(
        _ begun: Erasure, until deadline: ContinuousClock.Instant?
    ) async throws(StoreError) -> Erasure {
        var erasure = begun
        var silence = 0
        while !erasure.position.isAtEnd, !isLate(deadline), !Task.isCancelled {
            let traces = try await store.traces(of: erasure, limit: Self.stepLimit)
            silence += 1
            if traces.isEmpty, silence < Self.silentStretches {
                erasure.position = traces.next
                continue
            }
            silence = 0
            let round = erasure.round
            (erasure, _) = try await step(.anonymise(erasure.user, round: round, traces))
            guard erasure.round == round else { return erasure }
        }
        return erasure
    }

    private func isLate(_ deadline: ContinuousClock.Instant?) -> Bool {
        deadline.map { ContinuousClock.now >= $0 } ?? false
    }

    private func step(_ command: ErasureCommand) async throws(StoreError) -> (Erasure, changed: Int) {
        switch await store.write([.erase(command)]).first {
        case .success(.erasure(let erasure, let changed)): return (erasure, changed)
        case .failure(let error): throw error
        default: throw StoreError(.internalFault, "a step of an erasure was answered with something else")
        }
    }
}
