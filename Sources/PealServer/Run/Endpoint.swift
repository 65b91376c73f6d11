import NIOCore
import NIOPosix
import PealGateway

/// One place where the server listens, and how it treats connections there.
struct Endpoint: Sendable {
    enum Place: Sendable, Equatable {
        /// 0 for any free port.
        case port(host: String, port: Int)
        case socket(path: String, mode: Int)
    }

    /// What names it, for errors.
    var setting: any AnySetting
    var place: Place
    var options = ListenerOptions()

    /// As a person or a program writes it, once it is bound.
    func address(of channel: any Channel) -> String {
        switch place {
        case .port(let host, let port):
            let scheme = options.certificate == nil ? "http" : "https"
            let name = host.contains(":") ? "[\(host)]" : host
            return "\(scheme)://\(name):\(channel.localAddress?.port ?? port)"
        case .socket(let path, _): return "unix:\(path)"
        }
    }
}

extension Settings {
    /// Where clients and producers are served; the first is the one that people are told about.
    func endpoints(certificate: ServerCertificate?) -> [Endpoint] {
        let tree = Self.tree
        var endpoints = [
            Endpoint(
                setting: tree.http.port, place: .port(host: self.http.host, port: self.http.port),
                options: ListenerOptions(certificate: certificate))
        ]
        endpoints += self.http.listeners.map { listener in
            Endpoint(
                setting: tree.http.listeners,
                place: .port(host: listener.host ?? self.http.host, port: listener.port),
                options: ListenerOptions(certificate: certificate, dialect: listener.dialect))
        }
        if let path = self.http.socket {
            // Whoever can open the file is on this machine: nobody listens in between.
            endpoints.append(
                Endpoint(setting: tree.http.socket, place: .socket(path: path, mode: self.http.socketMode)))
        }
        return endpoints
    }

    var metricsEndpoint: Endpoint {
        Endpoint(
            setting: Self.tree.metrics.port, place: .port(host: self.metrics.host, port: self.metrics.port))
    }

    /// Nil where the server speaks plain text.
    func certificate() throws(StartError) -> ServerCertificate? {
        guard let certificate = self.tls.certificate, let key = self.tls.key else { return nil }
        do throws(CertificateProblem) {
            return try ServerCertificate(certificate: certificate, key: key)
        } catch {
            throw StartError("\(error)")
        }
    }
}
