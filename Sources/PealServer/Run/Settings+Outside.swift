import Logging
import NIOCore
import NIOSSL
import PealCore
import PealPipeline
import PealRedis
import ServiceLifecycle

extension Settings {
    func link(on group: any EventLoopGroup) throws(StartError) -> RedisLink? {
        guard case .redis(let address) = self.bus.url else { return nil }
        return RedisLink(
            address, on: group, tls: address.isEncrypted ? try busTrust() : nil, logger: Logger(label: "peal.bus"))
    }

    private func busTrust() throws(StartError) -> NIOSSLContext? {
        guard let path = self.bus.ca else { return nil }
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw StartError("bus.ca: cannot use '\(path)': \(error)")
        }
    }

    /// Nil where nobody is mirrored to.
    func mirror(on group: any EventLoopGroup) throws(StartError) -> OutwardMirror? {
        guard let channel = self.publish.channel, let link = try link(on: group) else { return nil }
        return OutwardMirror(channel: channel, link: link)
    }

    /// Nil where nobody can publish.
    func foreign(
        pipeline: Pipeline, leases: any Leases, on group: any EventLoopGroup,
        pass: @escaping @Sendable (PassedMessage) -> Void
    ) throws(StartError) -> (any Service)? {
        guard let link = try link(on: group) else { return nil }
        return ForeignService(
            link: link,
            intake: ForeignIntake(
                pipeline: pipeline, byteLimit: self.bus.foreignMaxBytes, logger: Logger(label: "peal.bus"),
                stores: { leases.isHeld(.foreign) }, pass: pass))
    }
}
