import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import PealGateway

#if canImport(Glibc)
    import Glibc
#endif

/// Counts who asks for connections to be accepted, and what errors come through.
private final class Listener: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never
    var reads = 0
    var errors: [CInt] = []
    private let isFirst: Bool

    init(isFirst: Bool = false) { self.isFirst = isFirst }

    func read(context: ChannelHandlerContext) { reads += 1 }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        errors.append((error as? IOError)?.errnoCode ?? 0)
        if isFirst { context.fireErrorCaught(error) }
    }
}

@Suite struct AcceptBackoffTests {
    private func fail(_ channel: EmbeddedChannel, _ code: CInt) {
        channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
    }

    @Test func withoutDescriptorsItWaitsAMomentAndTriesAgain() throws {
        let (kernel, server) = (Listener(isFirst: true), Listener())
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([kernel, AcceptBackoff(Logger(label: "t")), server])
        let before = kernel.reads
        let context = try channel.pipeline.syncOperations.context(handler: server)
        context.read()
        #expect(kernel.reads == before + 1)
        for code in [EMFILE, ENFILE, ENOMEM, EMFILE] { fail(channel, code) }
        context.read()
        context.read()
        #expect(kernel.reads == before + 1, "nothing is accepted for now")
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(99))
        #expect(kernel.reads == before + 1)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(kernel.reads == before + 2)
        context.read()
        #expect(kernel.reads == before + 3)
        #expect(server.errors.isEmpty, "or the server would end")
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func otherErrorsArePassedOn() throws {
        let server = Listener()
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([AcceptBackoff(Logger(label: "t")), server])
        for code in [ECONNABORTED, EBADF] { fail(channel, code) }
        #expect(server.errors == [EBADF])
        _ = try channel.finish(acceptAlreadyClosed: true)
    }
}
