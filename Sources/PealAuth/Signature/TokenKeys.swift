public import PealCore
import Synchronization

/// The keys that tokens are verified with: a secret, and what is at the configured places (RULES 44).
///
/// The places are read again from time to time (``refresh()``), and when a token names a key that is not known: by all
/// callers together at most once in 30 seconds.
public final class TokenKeys: Sendable {
    /// Between two readings of the places.
    static let spacing: Duration = .seconds(30)
    /// How long it is remembered that a name is unknown.
    static let unknownLifetime: Duration = .seconds(300)
    static let unknownLimit = 1024

    /// What could not be read.
    public struct Failure: Sendable {
        public let location: KeyLocation
        public let error: KeyError
    }

    private struct State {
        /// By place; nil where it was never read.
        var read: [[VerificationKey]?]
        var keys: [VerificationKey]
        var lastAttempt: Timestamp?
        var running: Task<[Failure], Never>?
        var unknown: [[UInt8]: Timestamp] = [:]
    }

    let locations: [KeyLocation]
    private let fixed: [VerificationKey]
    private let reader: KeyReader
    private let clock: @Sendable () -> Timestamp
    private let report: @Sendable (Failure) -> Void
    private let state: Mutex<State>
    private let withdrawals = Atomic<Int>(0)

    /// - Parameters:
    ///   - secret: signs and verifies; nil where only others sign.
    ///   - report: told about each place that cannot be read.
    public init(
        secret: String?, algorithm: SecretAlgorithm = .hs256, locations: [KeyLocation] = [],
        clock: @escaping @Sendable () -> Timestamp,
        reader: @escaping KeyReader = { _ throws(KeyError) in throw KeyError("cannot be read") },
        report: @escaping @Sendable (Failure) -> Void = { _ in }
    ) {
        fixed = secret.map { [.secret($0, algorithm)] } ?? []
        self.locations = locations
        self.clock = clock
        self.reader = reader
        self.report = report
        state = Mutex(State(read: locations.map { _ in nil }, keys: fixed))
    }

    /// Grows whenever a key is gone: what was verified with it is not to be believed any more.
    var withdrawalCount: Int { withdrawals.load(ordering: .acquiring) }

    // MARK: Reading

    /// Reads all places, unless that was done or tried within the last 30 seconds.
    ///
    /// - Returns: those that could not be read; their keys stay as they were.
    @discardableResult
    public func refresh() async -> [Failure] {
        await startReading()?.value ?? []
    }

    /// One reading serves all that ask meanwhile.
    ///
    /// - Returns: nil where it is too early.
    private func startReading() -> Task<[Failure], Never>? {
        let now = clock()
        return state.withLock { state in
            if let running = state.running { return running }
            if let last = state.lastAttempt, now >= last, now - last < Self.spacing { return nil }
            state.lastAttempt = now
            let task = Task { await self.read() }
            state.running = task
            return task
        }
    }

    private func read() async -> [Failure] {
        var failures: [Failure] = []
        var fresh: [[VerificationKey]?] = []
        for location in locations {
            do throws(KeyError) {
                fresh.append(try location.keys(in: try await reader(location)))
            } catch {
                failures.append(Failure(location: location, error: error))
                fresh.append(nil)
            }
        }
        let isOneGone = state.withLock { state in
            let before = state.keys
            state.read = zip(state.read, fresh).map { $1 ?? $0 }
            state.keys = fixed + state.read.flatMap { $0 ?? [] }
            state.running = nil
            let left = Set(state.keys.map(\.fingerprint))
            return before.contains { !left.contains($0.fingerprint) }
        }
        if isOneGone { withdrawals.add(1, ordering: .acquiringAndReleasing) }
        failures.forEach(report)
        return failures
    }

    // MARK: Checking

    /// Throws unless one of the keys made the signature, with the algorithm that the key is for.
    func check(_ token: CompactToken) async throws(AuthError) {
        let algorithm = try token.algorithm()
        let kid = token.header["kid"]?.string
        guard try !checkNow(token, algorithm, kid: kid) else { return }
        guard try await search(for: kid) else { throw .noKey }
        guard try checkNow(token, algorithm, kid: kid) else {
            if let kid { remember(unknown: kid) }
            throw .noKey
        }
    }

    /// ``check(_:)`` without waiting.
    ///
    /// - Returns: false where a key that is not known yet may have signed it.
    func checkNow(_ token: CompactToken) throws(AuthError) -> Bool {
        try checkNow(token, try token.algorithm(), kid: token.header["kid"]?.string)
    }

    private func checkNow(
        _ token: CompactToken, _ algorithm: SignatureAlgorithm, kid: String?
    ) throws(AuthError) -> Bool {
        let (keys, isComplete) = state.withLock { ($0.keys, $0.read.allSatisfy { $0 != nil }) }
        let named = kid.map { kid in keys.filter { $0.id == kid } } ?? []
        if !named.isEmpty {
            try token.check(algorithm, against: named)
            return true
        }
        let candidates = kid == nil ? keys : keys.filter { $0.id == nil }
        do throws(AuthError) {
            try token.check(algorithm, against: candidates)
            return true
        } catch {
            guard kid != nil && !locations.isEmpty || !isComplete else { throw error }
            return false
        }
    }

    /// - Returns: whether all places have been read since the token came.
    private func search(for kid: String?) async throws(AuthError) -> Bool {
        if let kid, isKnownAsUnknown(kid) { return false }
        guard let reading = startReading() else {
            throw AuthError(.unavailable, "the key of the token is not known yet")
        }
        guard await reading.value.isEmpty else {
            throw AuthError(.unavailable, "the keys that verify tokens cannot be read now")
        }
        return true
    }

    private func isKnownAsUnknown(_ kid: String) -> Bool {
        let now = clock()
        return state.withLock { state in
            guard let since = state.unknown[Array(kid.utf8)] else { return false }
            return now >= since && now - since < Self.unknownLifetime
        }
    }

    private func remember(unknown kid: String) {
        let now = clock()
        state.withLock { state in
            // Forgetting all of them costs one reading in 30 seconds, like everything else here.
            if state.unknown.count >= Self.unknownLimit { state.unknown = [:] }
            state.unknown[Array(kid.utf8)] = now
        }
    }

    var unknownCount: Int { state.withLock { $0.unknown.count } }
}

extension AuthError {
    fileprivate static let noKey = AuthError(.invalid, "the token is signed with a key that is not known")
}
