import HTTPTypes

/// The files that are built in: the demo page, the descriptions of the API and the browser client, by `demo/…`,
/// `specification/…` and `client/…`.
struct Site: Sendable {
    private let files: [String: SiteFile]

    init() {
        files = Dictionary(
            EmbeddedFiles.base64.map { path, base64 in
                (path, SiteFile(name: path, bytes: Self.decode(base64)))
            }, uniquingKeysWith: { first, _ in first })
    }

    func file(_ path: String) throws(Problem) -> SiteFile {
        guard let file = files[path] else { throw Problem(.notFound, "not_found", "there is no such file") }
        return file
    }

    /// Base 64 as the plug-in wrote it.
    private static func decode(_ text: StaticString) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8CodeUnitCount * 3 / 4)
        var buffer: UInt32 = 0
        var bits = 0
        for character in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: continue
            }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return bytes
    }
}
