import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import PealGateway
import ServiceLifecycle
import Synchronization

/// An application on one endpoint, whose failure to listen is one clear line.
struct Listener<Responder: HTTPResponder>: Service
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    private let endpoint: Endpoint
    private let group: any EventLoopGroup
    private let application: Application<Responder>
    private let socket: OwnedSocket

    /// - Parameter onBound: is told the address as soon as connections are accepted.
    init(
        _ endpoint: Endpoint, responder: Responder, server: HTTPServerBuilder = .http1(), group: any EventLoopGroup,
        logger: Logger, onBound: @escaping @Sendable (String) -> Void
    ) {
        let socket = OwnedSocket()
        self.endpoint = endpoint
        self.group = group
        self.socket = socket
        let address: BindAddress =
            switch endpoint.place {
            case .port(let host, let port): .hostname(host, port: port)
            case .socket(let path, _): .unixDomainSocket(path: path)
            }
        application = Application(
            responder: responder, server: server,
            configuration: .init(address: address, serverName: nil, backlog: 4096),
            onServerRunning: { channel in
                // It fails only where the listener has been closed already.
                try? await AcceptBackoff.install(on: channel, logger: Logger(label: "peal.server"))
                if case .socket(let path, let mode) = endpoint.place { socket.own(path, mode: mode) }
                onBound(endpoint.address(of: channel))
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }

    func run() async throws {
        switch endpoint.place {
        case .port(let host, let port):
            do {
                try await application.run()
            } catch let error as IOError {
                throw StartError("\(endpoint.setting.key): cannot listen on \(host):\(port): \(error.reason)")
            }
        case .socket(let path, _):
            try await SocketFile.check(path, setting: "\(endpoint.setting.key)", on: group)
            defer { socket.remove(path) }
            do {
                try await application.run()
            } catch let error as IOError {
                throw StartError("\(endpoint.setting.key): cannot listen on '\(path)': \(error.reason)")
            }
        }
    }
}

/// The socket file that this listener made.
private final class OwnedSocket: Sendable {
    private let identity = Mutex<UInt64?>(nil)

    func own(_ path: String, mode: Int) {
        do throws(StartError) {
            let made = try SocketFile.own(path, mode: mode)
            identity.withLock { $0 = made }
        } catch {
            Logger(label: "peal.server").error("\(error)")
        }
    }

    func remove(_ path: String) { SocketFile.remove(path, identity: identity.withLock { $0 }) }
}

extension IOError {
    fileprivate var reason: String { String(cString: strerror(errnoCode)) }
}
