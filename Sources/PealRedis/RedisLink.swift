public import Logging
public import NIOCore
public import NIOSSL

/// Keeps one connection to a server for as long as its task runs: connects, does its work, and after an end comes back with
/// growing pauses.
public struct RedisLink: Sendable {
    private static let firstPause: Duration = .milliseconds(100)
    private static let longestPause: Duration = .seconds(10)

    private let address: RedisAddress
    private let group: any EventLoopGroup
    private let tls: NIOSSLContext?
    private let logger: Logger

    /// - Parameter tls: for an encrypted address; the machine's certificates are trusted where it is nil.
    public init(_ address: RedisAddress, on group: any EventLoopGroup, tls: NIOSSLContext? = nil, logger: Logger) {
        self.address = address
        self.tls = tls
        self.group = group
        self.logger = logger
    }

    /// Until the task is cancelled.
    ///
    /// - Parameters:
    ///   - receive: takes messages, on an event loop; must not block.
    ///   - work: is done on each new connection; what it throws ends that connection. The connection lives on after it.
    public func run(
        receive: @escaping @Sendable (RedisMessage) -> Void = { _ in },
        work: @Sendable (RedisConnection) async throws -> Void
    ) async {
        var pause = Self.firstPause
        var isDown = false
        while !Task.isCancelled {
            do {
                let connection = try await RedisConnection.open(address, on: group, tls: tls, receive: receive)
                await withTaskCancellationHandler {
                    do {
                        logger.log(
                            level: isDown ? .notice : .info, "Redis is connected",
                            metadata: ["server": "\(address.place)"])
                        (pause, isDown) = (Self.firstPause, false)
                        try await work(connection)
                        await connection.ended()
                    } catch {
                        warn(error)
                        await connection.close()
                    }
                } onCancel: {
                    connection.hangUp()
                }
                if !Task.isCancelled {
                    logger.warning("The connection to Redis was lost", metadata: ["server": "\(address.place)"])
                }
            } catch {
                // Said once, not at every attempt.
                if !isDown { warn(error) }
            }
            isDown = true
            // Many nodes do not come back in step.
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func warn(_ error: any Error) {
        logger.warning("Redis cannot be used", metadata: ["server": "\(address.place)", "error": "\(error)"])
    }
}
