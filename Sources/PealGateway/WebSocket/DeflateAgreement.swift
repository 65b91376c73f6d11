/// What server and client agree on for permessage-deflate (RFC 7692 §7.1).
///
/// Neither side keeps its window from one message to the next: the server asks both for it, so that a session has no
/// compressor and no inflater, and one compressed frame suits every session.
struct DeflateAgreement: Sendable, Equatable {
    /// The window that the client asked the server to keep to; nil where it did not ask.
    private let windowBits: UInt8?

    /// Who asks for a smaller window than the one that is shared by all sessions is sent nothing compressed.
    var compression: Compression { (windowBits ?? 15) >= Deflater.windowBits ? .both : .inbound }

    /// The first offer that can be honoured, because clients put the one that they prefer first.
    init?(firstOf offers: [ExtensionOffer]) {
        guard let agreement = offers.lazy.compactMap({ Self($0) }).first else { return nil }
        self = agreement
    }

    /// Nil for another extension, and for parameters that are unknown, repeated or out of range (RFC 7692 §7.1).
    private init?(_ offer: ExtensionOffer) {
        guard offer.name == "permessage-deflate" else { return nil }
        var names: Set<String> = []
        var windowBits: UInt8?
        for parameter in offer.parameters {
            guard names.insert(parameter.name).inserted else { return nil }
            switch parameter.name {
            case "server_no_context_takeover", "client_no_context_takeover":
                guard parameter.value == nil else { return nil }
            case "server_max_window_bits":
                guard let bits = parameter.value.flatMap(Self.bits) else { return nil }
                windowBits = bits
            case "client_max_window_bits":
                // Only a hint: any window can be inflated.
                guard parameter.value == nil || parameter.value.flatMap(Self.bits) != nil else { return nil }
            default: return nil
            }
        }
        self.windowBits = windowBits
    }

    /// 8 to 15, without leading zeros (RFC 7692 §7.1.2.1).
    private static func bits(_ text: String) -> UInt8? {
        guard text.first != "0", text.allSatisfy({ $0.isASCII && $0.isNumber }), let bits = UInt8(text) else {
            return nil
        }
        return (8...15).contains(bits) ? bits : nil
    }

    /// The element of `Sec-WebSocket-Extensions` in the answer.
    var answer: String {
        let window = windowBits.map { "; server_max_window_bits=\(min($0, Deflater.windowBits))" } ?? ""
        return "permessage-deflate; server_no_context_takeover; client_no_context_takeover" + window
    }
}

/// Which messages of a session may be compressed.
enum Compression: UInt8, Sendable {
    case none
    /// The client's.
    case inbound
    case both
}
