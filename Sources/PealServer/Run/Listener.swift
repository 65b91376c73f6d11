import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import PealGateway
import ServiceLifecycle
import Synchronization

/// An application on one endpoint, whose failure to listen is one clear line.
struct Listener: Service {
    private let endpoint: Endpoint
    private let group: any EventLoopGroup
    private let server: any Service
    private let socket: OwnedSocket

    /// - Parameters:
    ///   - gateway: takes what is live; nil where everything is ordinary HTTP.
    ///   - onBound: is told the address as soon as connections are accepted.
    init<Responder: HTTPResponder>(
        _ endpoint: Endpoint, gateway: Gateway?, responder: Responder, group: any EventLoopGroup,
        logger: Logger, onBound: @escaping @Sendable (String) -> Void
    ) where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        let socket = OwnedSocket()
        self.endpoint = endpoint
        self.group = group
        self.socket = socket
        let whenRunning: @Sendable (any Channel) async -> Void = { channel in
            // It fails only where the listener has been closed already.
            try? await AcceptBackoff.install(on: channel, logger: Logger(label: "peal.server"))
            if case .socket(let path, let mode) = endpoint.place { socket.own(path, mode: mode) }
            onBound(endpoint.address(of: channel))
        }
        guard let gateway else {
            server = Application(
                responder: responder,
                configuration: .init(address: endpoint.place.bindAddress, serverName: nil),
                onServerRunning: whenRunning, eventLoopGroupProvider: .shared(group), logger: logger)
            return
        }
        let answers = HTTPAnswers(responder, logger: logger)
        let channel = GatewayChannel(gateway: gateway, options: endpoint.options) { request, writer, channel in
            let response = try await answers.answer(to: request, on: channel)
            do {
                try await writer.write(response: response.head, body: response.body)
            } catch is HTTPParserError {
                throw BrokenOff()
            }
        }
        server = GatewayServer(
            channel, address: endpoint.place.address, group: group, logger: logger, whenRunning: whenRunning)
    }

    func run() async throws {
        switch endpoint.place {
        case .port(let host, let port):
            do {
                try await server.run()
            } catch let error as IOError {
                throw StartError("\(endpoint.setting.key): cannot listen on \(host):\(port): \(error.reason)")
            }
        case .socket(let path, _):
            try await SocketFile.check(path, setting: "\(endpoint.setting.key)", on: group)
            defer { socket.remove(path) }
            do {
                try await server.run()
            } catch let error as IOError {
                throw StartError("\(endpoint.setting.key): cannot listen on '\(path)': \(error.reason)")
            }
        }
    }
}

extension Endpoint.Place {
    fileprivate var address: GatewayServer.Address {
        switch self {
        case .port(let host, let port): .port(host: host, port: port)
        case .socket(let path, _): .socket(path: path)
        }
    }

    fileprivate var bindAddress: BindAddress {
        switch self {
        case .port(let host, let port): .hostname(host, port: port)
        case .socket(let path, _): .unixDomainSocket(path: path)
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
