/// Makes names that Prometheus takes (`[a-zA-Z_:][a-zA-Z0-9_:]*`) from the labels of swift-metrics.
enum MetricName {
    /// Dots, dashes and whatever else is not allowed become underscores.
    static func sanitised(_ label: String) -> String {
        replacingOthers(in: label) { isWordByte($0) || $0 == UInt8(ascii: ":") }
    }

    /// The same for the names of labels, where colons are not allowed either.
    static func sanitisedLabel(_ name: String) -> String {
        replacingOthers(in: name, by: isWordByte)
    }

    /// The convention of Prometheus: counters end in `_total`, times in `_seconds`.
    static func name(for label: String, kind: MetricKind, isTime: Bool = false) -> String {
        let name = sanitised(label)
        if kind == .counter { return ended(name, with: "_total") }
        return isTime ? ended(name, with: "_seconds") : name
    }

    /// The value of a label or a help text, escaped; quotes only matter in values.
    static func escaped(_ text: String, quotes: Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes += [byte, byte]
            case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case UInt8(ascii: "\"") where quotes: bytes += [UInt8(ascii: "\\"), byte]
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func ended(_ name: String, with suffix: String) -> String {
        name.hasSuffix(suffix) ? name : name + suffix
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func replacingOthers(in text: String, by isAllowed: (UInt8) -> Bool) -> String {
        var bytes = text.utf8.map { isAllowed($0) ? $0 : UInt8(ascii: "_") }
        if bytes.first.map({ (0x30...0x39).contains($0) }) ?? true { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
