import Crypto
public import PealCore

extension JSON {
    /// 64 bits of a digest that is the same for the same request in another order or spacing: tells a repeated request
    /// from another one under the same idempotency key, also after a restart.
    ///
    /// - Parameter ignoredField: the member that carries the key itself.
    public func fingerprint(ignoring ignoredField: String? = nil) -> UInt64 {
        var text = sorted(ignoring: ignoredField).text
        let digest = text.withUTF8 { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
        return digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func sorted(ignoring ignoredField: String?) -> JSON {
        switch self {
        case .object(let members):
            .object(
                members.filter { $0.name != ignoredField }
                    .map { Member($0.name, $0.value.sorted(ignoring: nil)) }
                    .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
        case .array(let elements): .array(elements.map { $0.sorted(ignoring: nil) })
        default: self
        }
    }
}
