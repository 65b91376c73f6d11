import PealCore
import Synchronization

/// Verified tokens by digest, in two generations: when the young one is full it becomes the old one, and the old one goes.
///
/// That bounds the memory, keeps what is used, and needs no list to be kept in order. A token whose signature costs little to
/// check is kept from its second use on: most clients show theirs once, and a session keeps what it needs of it.
final class TokenCache: Sendable {
    /// What is kept of ``Claims``: without the room that optional times take.
    private struct Entry {
        private static let never = Int64.min

        let user: UserID
        let id: String?
        private let expiresAt: Int64
        private let issuedAt: Int64

        init(_ claims: Claims) {
            user = claims.user
            id = claims.id
            expiresAt = claims.expiresAt?.milliseconds ?? Self.never
            issuedAt = claims.issuedAt?.milliseconds ?? Self.never
        }

        var claims: Claims {
            Claims(user: user, expiresAt: Self.time(expiresAt), issuedAt: Self.time(issuedAt), id: id)
        }

        private static func time(_ milliseconds: Int64) -> Timestamp? {
            milliseconds == never ? nil : Timestamp(milliseconds: milliseconds)
        }
    }

    private struct State {
        var young: [TokenDigest: Entry] = [:]
        var old: [TokenDigest: Entry] = [:]
        /// Tokens that came once, by a few bits of their digests. A later one takes an earlier one's place, and whoever is
        /// taken for another is kept a use too early: neither does harm.
        var seen = [UInt32](repeating: 0, count: TokenCache.seenLimit)
    }

    private static let seenLimit = 16_384

    private let state = Mutex(State())
    private let generationLimit: Int

    init(limit: Int) {
        generationLimit = max(1, limit / 2)
    }

    func find(_ digest: TokenDigest) -> Claims? {
        state.withLock { state in
            if let entry = state.young[digest] { return entry.claims }
            guard let entry = state.old.removeValue(forKey: digest) else { return nil }
            insert(entry, for: digest, in: &state)
            return entry.claims
        }
    }

    /// - Parameter isCheap: whether checking the signature again costs hardly more than finding the token here.
    func insert(_ claims: Claims, for digest: TokenDigest, isCheap: Bool) {
        state.withLock { state in
            guard !isCheap || Self.wasSeen(digest, in: &state) else { return }
            insert(Entry(claims), for: digest, in: &state)
        }
    }

    private static func wasSeen(_ digest: TokenDigest, in state: inout State) -> Bool {
        let (place, mark) = digest.mark(in: seenLimit)
        defer { state.seen[place] = mark }
        return state.seen[place] == mark
    }

    func remove(_ digest: TokenDigest) {
        state.withLock { state in
            state.young[digest] = nil
            state.old[digest] = nil
        }
    }

    func removeAll() {
        state.withLock { $0 = State() }
    }

    private func insert(_ entry: Entry, for digest: TokenDigest, in state: inout State) {
        if state.young.count >= generationLimit {
            state.old = state.young
            state.young = [:]
        }
        state.young[digest] = entry
    }

    var count: Int {
        state.withLock { $0.young.count + $0.old.count }
    }
}
