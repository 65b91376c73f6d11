/// One element of `Sec-WebSocket-Extensions` (RFC 6455 §9.1).
struct ExtensionOffer: Sendable, Equatable {
    struct Parameter: Sendable, Equatable {
        var name: String
        var value: String?
    }

    var name: String
    var parameters: [Parameter] = []

    /// All offers of a request, in the client's order of preference; nil where one does not follow the grammar.
    static func all(in head: RequestHead) -> [Self]? {
        var offers: [Self] = []
        for field in head.fields where field.name == "sec-websocket-extensions" {
            guard let more = parse(field.value) else { return nil }
            offers += more
        }
        return offers
    }

    /// The value of one field; nil where it does not follow the grammar. Empty elements are passed over (RFC 9110 §5.6.1).
    static func parse(_ text: String) -> [Self]? {
        var scanner = Scanner(rest: text.utf8[...])
        var offers: [Self] = []
        repeat {
            scanner.skipSpace()
            if scanner.isAtEnd || scanner.rest.first == 0x2C { continue }
            guard let name = scanner.token() else { return nil }
            var offer = Self(name: name)
            scanner.skipSpace()
            while scanner.take(0x3B) {
                guard let parameter = scanner.parameter() else { return nil }
                offer.parameters.append(parameter)
                scanner.skipSpace()
            }
            offers.append(offer)
        } while scanner.take(0x2C)
        return scanner.isAtEnd ? offers : nil
    }
}

private struct Scanner {
    var rest: Substring.UTF8View

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skipSpace() {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func token() -> String? {
        let token = rest.prefix(while: HeadParser.isToken)
        rest = rest[token.endIndex...]
        return token.isEmpty ? nil : String(Substring(token))
    }

    mutating func parameter() -> ExtensionOffer.Parameter? {
        skipSpace()
        guard let name = token() else { return nil }
        skipSpace()
        guard take(0x3D) else { return .init(name: name) }
        skipSpace()
        guard let value = take(0x22) ? quoted() : token() else { return nil }
        return .init(name: name, value: value)
    }

    /// What is quoted must be a token once it is unquoted.
    private mutating func quoted() -> String? {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 0x22 { return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self) }
            guard let plain = byte == 0x5C ? rest.popFirst() : byte, HeadParser.isToken(plain) else { return nil }
            bytes.append(plain)
        }
        return nil
    }
}
