/// The query of a request's target (WHATWG URL §5.1).
struct QueryString {
    private let items: [(name: String, value: String)]

    init(of target: String) {
        guard let mark = target.utf8.firstIndex(of: 0x3F) else {
            items = []
            return
        }
        let query = target.utf8[target.utf8.index(after: mark)...].prefix { $0 != 0x23 }
        items = query.split(separator: 0x26).map { item in
            let equals = item.firstIndex(of: 0x3D) ?? item.endIndex
            let value = equals == item.endIndex ? item[equals...] : item[item.index(after: equals)...]
            return (Self.decode(item[..<equals]), Self.decode(value))
        }
    }

    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    private static func decode(_ text: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            guard byte == 0x25 else {
                bytes.append(byte == 0x2B ? 0x20 : byte)
                continue
            }
            var ahead = iterator
            if let high = ahead.next().flatMap(hexadecimal), let low = ahead.next().flatMap(hexadecimal) {
                bytes.append(high << 4 | low)
                iterator = ahead
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
