import ArgumentParser

/// How the clients of a measurement hold on to the server.
enum BenchTransport: String, CaseIterable, ExpressibleByArgument, Sendable {
    case webSocket = "websocket"
    case eventStream = "sse"
    case longPoll = "longpoll"
}

/// The transport of a measurement, and what it runs over.
struct BenchCarrier: Sendable, Equatable {
    var transport = BenchTransport.webSocket
    var isEncrypted = false
    /// Whether WebSockets agree on permessage-deflate.
    var isCompressed = false

    /// One word, for the plan of a worker.
    var word: String {
        ([transport.rawValue] + (isEncrypted ? ["tls"] : []) + (isCompressed ? ["deflate"] : [])).joined(separator: "+")
    }

    init(transport: BenchTransport = .webSocket, isEncrypted: Bool = false, isCompressed: Bool = false) {
        self.transport = transport
        self.isEncrypted = isEncrypted
        self.isCompressed = isCompressed
    }

    init?(word: String) {
        let parts = word.split(separator: "+").map(String.init)
        guard let transport = parts.first.flatMap(BenchTransport.init) else { return nil }
        self.init(
            transport: transport, isEncrypted: parts.contains("tls"), isCompressed: parts.contains("deflate"))
    }

    /// For the title of a report.
    var title: String {
        let name =
            switch transport {
            case .webSocket: "WebSocket"
            case .eventStream: "SSE"
            case .longPoll: "long poll"
            }
        return name + (isCompressed ? " with compression" : "") + (isEncrypted ? " over TLS" : "")
    }
}

/// What a measurement of sessions can be told about them.
struct TransportOptions: ParsableArguments {
    @Option(help: "What the clients speak: websocket, sse or longpoll.")
    var transport = BenchTransport.webSocket

    var carrier: BenchCarrier { BenchCarrier(transport: transport) }
}
