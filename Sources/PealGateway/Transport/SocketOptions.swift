import NIOCore
import PealCore

/// Bounds what the kernel keeps for a session (RULES 33).
enum SocketOptions {
    static func forSessions(_ channel: any Channel, writeTimeout: Duration) {
        guard let options = channel.syncOptions else { return }
        try? options.setOption(.writeBufferWaterMark, value: .init(low: 8192, high: flushBytes))
        try? options.setOption(.socketOption(.so_sndbuf), value: 65_536)
        #if os(Linux)
            // From linux/tcp.h; NIO has no names for these.
            let userTimeout = NIOBSDSocket.Option(rawValue: 18)
            let notSentLowAt = NIOBSDSocket.Option(rawValue: 25)
            let patience = (writeTimeout + .seconds(20)).wholeMilliseconds
            try? options.setOption(.tcpOption(userTimeout), value: Int(patience))
            try? options.setOption(.tcpOption(notSentLowAt), value: 16_384)
        #endif
    }

    /// A connection of up to a hundred streams, event streams among them.
    static func forHTTP2(_ channel: any Channel, writeTimeout: Duration) {
        forSessions(channel, writeTimeout: writeTimeout)
        forHTTP(channel)
    }

    /// Small fixed reads until it is known what the connection is for: a session hears little, and the channel keeps its
    /// receive buffer.
    static func forArrivals(_ channel: any Channel) {
        try? channel.syncOptions?.setOption(
            .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: arrivalBytes))
    }

    /// Requests may be large: reads grow with them.
    static func forHTTP(_ channel: any Channel) {
        try? channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2048, maximum: 65_536))
    }

    private static let arrivalBytes = 512
    /// What one flush may hand over; beyond it frames wait in the session, where they can still be dropped.
    static let flushBytes = 32_768
}
