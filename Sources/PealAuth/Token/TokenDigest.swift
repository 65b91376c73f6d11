import Crypto

/// A token's name in this process's memory: the first half of its SHA-256.
///
/// Only what has been verified is kept under it, so that whoever wants another's claims must find a token with the very
/// same 128 bits.
struct TokenDigest: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    init(of token: String) {
        var token = token
        let digest = token.withUTF8 { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
        (high, low) = digest.withUnsafeBytes { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }

    /// A place in a table of this size, and what tells it from most others of the same place; never 0.
    func mark(in tableSize: Int) -> (place: Int, mark: UInt32) {
        (Int(truncatingIfNeeded: low % UInt64(tableSize)), max(1, UInt32(truncatingIfNeeded: high)))
    }
}
