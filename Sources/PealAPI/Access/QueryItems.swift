import Hummingbird

extension Request {
    /// One query parameter, decoded; nil where it is absent, the first where it is given twice.
    func query(_ name: String) -> String? {
        guard uri.query != nil else { return nil }
        return uri.queryParameters.first { $0.key == name }.map { String($0.value) }
    }
}

extension APIContext {
    /// A path parameter, decoded.
    func parameter(_ name: String) -> String? {
        parameters.get(name).flatMap { $0.utf8.contains(UInt8(ascii: "%")) ? $0.percentDecoded : $0 }
    }
}

extension String {
    /// Nil where an escape is broken or the bytes are not UTF-8 (RFC 3986 §2.1).
    var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Self.digit), let low = rest.popFirst().flatMap(Self.digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
