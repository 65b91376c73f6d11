/// Which links a notification may carry: what follows one must not run script or leave the web (RULES 46).
enum SafeURL {
    /// http and https with a host, and paths, queries or fragments of the same site; never another scheme, and no
    /// `//host`, which looks like a path and is not.
    static func isAllowed(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else {
            return false
        }
        let lowercased = text.lowercased()
        for scheme in ["http://", "https://"] where lowercased.hasPrefix(scheme) {
            let host = lowercased.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
            return !host.isEmpty && !host.contains("@")
        }
        let firstSegment = bytes.prefix {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        return !firstSegment.contains(UInt8(ascii: ":")) && !text.hasPrefix("//")
    }
}
