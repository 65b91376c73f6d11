import Logging
import NIOCore
import PealCore
import PealPipeline
import PealRedis
import ServiceLifecycle

/// Hears what other programs publish for users.
struct ForeignService: Service {
    let link: RedisLink
    let intake: ForeignIntake

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await intake.run() }
                group.addTask {
                    await link.run {
                        intake.receive(channel: $0.channel, payload: $0.payload)
                    } work: { connection in
                        try await connection.subscribe(
                            channels: [ForeignMessage.envelopes], patterns: [ForeignMessage.userPrefix + "*"])
                    }
                }
            }
        }
    }
}
