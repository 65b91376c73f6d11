import Crypto
import PealCore
import Synchronization

/// Verified tokens by digest, in two generations: when the young one is full it becomes the old one, and the old one goes.
///
/// That bounds the memory, keeps what is used, and needs no list to be kept in order.
final class TokenCache: Sendable {
    private struct Generations {
        var young: [SHA256.Digest: Claims] = [:]
        var old: [SHA256.Digest: Claims] = [:]
    }

    private let generations = Mutex(Generations())
    private let generationLimit: Int

    init(limit: Int) {
        generationLimit = max(1, limit / 2)
    }

    func find(_ digest: SHA256.Digest) -> Claims? {
        generations.withLock { generations in
            if let claims = generations.young[digest] { return claims }
            guard let claims = generations.old.removeValue(forKey: digest) else { return nil }
            insert(claims, for: digest, in: &generations)
            return claims
        }
    }

    func insert(_ claims: Claims, for digest: SHA256.Digest) {
        generations.withLock { insert(claims, for: digest, in: &$0) }
    }

    func remove(_ digest: SHA256.Digest) {
        generations.withLock { generations in
            generations.young[digest] = nil
            generations.old[digest] = nil
        }
    }

    func removeAll() {
        generations.withLock { $0 = Generations() }
    }

    private func insert(_ claims: Claims, for digest: SHA256.Digest, in generations: inout Generations) {
        if generations.young.count >= generationLimit {
            generations.old = generations.young
            generations.young = [:]
        }
        generations.young[digest] = claims
    }

    var count: Int {
        generations.withLock { $0.young.count + $0.old.count }
    }
}
