import PealCore

/// What a session keeps of its token in order to recognise its revocation: 12 bytes.
public struct Grant: Sendable, Equatable {
    /// Names a token of one user within this process, without its text.
    struct Token: Sendable, Hashable {
        fileprivate let digest: UInt32

        /// Of a `jti`. Seeded anew in each process, so that nobody can look for two ids that have the same.
        init(_ id: String) {
            var hasher = Hasher()
            var id = id
            id.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
            let value = UInt32(truncatingIfNeeded: hasher.finalize())
            digest = value == 0 ? 1 : value
        }

        fileprivate init(digest: UInt32) { self.digest = digest }
    }

    /// Unix milliseconds; the least number where the token does not say.
    private let issuedAt: Int64
    /// 0 where the token has no id.
    private let digest: UInt32

    public init(_ claims: Claims) {
        issuedAt = claims.issuedAt?.milliseconds ?? .min
        digest = claims.id.map { Token($0).digest } ?? 0
    }

    private init(issuedAt: Int64, digest: UInt32) {
        self.issuedAt = issuedAt
        self.digest = digest
    }

    /// What no revocation concerns.
    public static let none = Grant(issuedAt: .max, digest: 0)

    var token: Token? { digest == 0 ? nil : Token(digest: digest) }

    /// Also where the token does not say when it was issued.
    func wasIssued(before time: Timestamp) -> Bool { issuedAt < time.milliseconds }
}
