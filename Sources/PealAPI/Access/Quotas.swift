import HTTPTypes
import Metrics
import PealAuth
import PealCore
import Synchronization

/// Keeps every key that has a quota to it. Counted on this node, in memory: a restart begins with full buckets and an unused day.
final class Quotas: Sendable {
    private struct Entry {
        var meter: QuotaMeter
        var rejections: Counter?
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let clock: @Sendable () -> Timestamp

    init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }

    /// Takes notifications out of the key's quota, before they are stored.
    ///
    /// - Throws: 429 `quota_exceeded`; then nothing was taken.
    func take(_ count: Int, from key: APIKeyRecord) throws(Problem) {
        guard let quota = key.quota else { return }
        let now = clock()
        let result = entries.withLock { entries -> Result<Void, Problem> in
            var entry = Self.entry(of: key, quota, in: entries, at: now)
            defer { entries[key.id] = entry }
            do throws(QuotaMeter.Refusal) {
                try entry.meter.take(count, at: now)
                return .success(())
            } catch {
                // Labelled by the key's id alone: there are as many series as keys with a quota.
                let counter =
                    entry.rejections ?? Counter(label: "api_quota_rejections_total", dimensions: [("key", key.id)])
                entry.rejections = counter
                counter.increment()
                return .failure(Problem(error, quota, headers: Self.headers(entry.meter.standings(at: now))))
            }
        }
        try result.get()
    }

    /// Gives back what was taken for something that was not stored, or had been before.
    func giveBack(_ count: Int, to key: APIKeyRecord) {
        guard let quota = key.quota else { return }
        let now = clock()
        entries.withLock { entries in
            var entry = Self.entry(of: key, quota, in: entries, at: now)
            entry.meter.giveBack(count, at: now)
            entries[key.id] = entry
        }
    }

    /// What a caller with a quota is told about it; nothing for the others.
    func headers(for key: APIKeyRecord) -> HTTPFields {
        guard let quota = key.quota else { return [:] }
        let now = clock()
        let standings = entries.withLock { entries in
            var entry = Self.entry(of: key, quota, in: entries, at: now)
            defer { entries[key.id] = entry }
            return entry.meter.standings(at: now)
        }
        return Self.headers(standings)
    }

    private static func entry(
        of key: APIKeyRecord, _ quota: KeyQuota, in entries: [String: Entry], at now: Timestamp
    ) -> Entry {
        guard var entry = entries[key.id] else { return Entry(meter: QuotaMeter(quota, at: now)) }
        if entry.meter.quota != quota { entry.meter.adopt(quota, at: now) }
        return entry
    }

    /// As draft-ietf-httpapi-ratelimit-headers writes them: `RateLimit-Policy: "rate";q=100;w=10`,
    /// `RateLimit: "rate";r=40;t=6`. Seconds are rounded up.
    private static func headers(_ standings: [QuotaMeter.Standing]) -> HTTPFields {
        let policies = standings.map { "\"\($0.limit.rawValue)\";q=\($0.quota);w=\($0.window.secondsRoundedUp)" }
        let limits = standings.map { "\"\($0.limit.rawValue)\";r=\($0.remaining);t=\($0.reset.secondsRoundedUp)" }
        return [.rateLimitPolicy: policies.joined(separator: ", "), .rateLimit: limits.joined(separator: ", ")]
    }
}

extension Problem {
    fileprivate init(_ refusal: QuotaMeter.Refusal, _ quota: KeyQuota, headers: HTTPFields) {
        let detail =
            switch (refusal.limit, refusal.retryAfter) {
            case (.rate, _): "the API key may send \(quota.perSecond ?? 0) notifications a second"
            case (.day, nil): "the API key may send \(quota.perDay ?? 0) notifications a day, and this asks for more"
            case (.day, _): "the API key has sent the \(quota.perDay ?? 0) notifications that it may send a day"
            }
        var headers = headers
        if let wait = refusal.retryAfter { headers[.retryAfter] = "\(max(1, wait.secondsRoundedUp))" }
        self.init(.tooManyRequests, "quota_exceeded", detail, headers: headers)
    }
}

extension HTTPField.Name {
    static let rateLimit = Self.known("RateLimit")
    static let rateLimitPolicy = Self.known("RateLimit-Policy")
}

extension Duration {
    fileprivate var secondsRoundedUp: Int64 { (wholeMilliseconds + 999) / 1000 }
}
