import Logging
import NIOCore
import PealCore
import PealPipeline
import PealRedis
import ServiceLifecycle

extension Settings {
    private func link(on group: any EventLoopGroup) -> RedisLink? {
        guard case .redis(let address) = self.bus.url else { return nil }
        return RedisLink(address, on: group, logger: Logger(label: "peal.bus"))
    }

    /// Nil where nobody is mirrored to.
    func mirror(on group: any EventLoopGroup) -> OutwardMirror? {
        guard let channel = self.publish.channel, let link = link(on: group) else { return nil }
        return OutwardMirror(channel: channel, link: link)
    }

    /// Nil where nobody can publish.
    func foreign(
        pipeline: Pipeline, on group: any EventLoopGroup, pass: @escaping @Sendable (PassedMessage) -> Void
    ) -> (any Service)? {
        guard let link = link(on: group) else { return nil }
        return ForeignService(
            link: link,
            intake: ForeignIntake(
                pipeline: pipeline, byteLimit: self.bus.foreignMaxBytes, logger: Logger(label: "peal.bus"), pass: pass))
    }
}
