public import Logging
public import PealCore
import Synchronization

/// Carries changes between nodes over the pub/sub of a Redis server: a channel for each user who is here.
///
/// What this node commits reaches its own sessions at once and never waits for Redis. What is published while Redis is away is
/// lost for the others; once it is back they are told whose changes that were, and look in the store.
public final class RedisBus: Bus {
    /// How the bus uses its server.
    public struct Options: Sendable {
        /// Publications that may wait for Redis; further ones are lost for the other nodes, and made good later.
        public var queueLimit = 16_384
        /// How long a user's channel stays after the last session has gone.
        public var lingering: Duration = .seconds(30)
        /// Channels in one command.
        public var channelsAtOnce = 500

        public init() {}
    }

    private struct State {
        var receive: PublicationSink?
        var missed: (@Sendable (MissedChanges) -> Void)?
        var interests: BusInterests
        var outbox: BusOutbox
        var isListening = false
        var listener: AsyncStream<Void>.Continuation?
        var sender: AsyncStream<Void>.Continuation?
    }

    private let state: Mutex<State>
    private let options: Options
    private let epoch: StoreEpoch
    private let node: UInt64
    private let names: ChannelNames
    private let listening: RedisLink
    private let sending: RedisLink
    private let logger: Logger
    private let heard: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - epoch: of the store that all nodes share; those of another store hear nothing of it.
    ///   - link: to the server; two connections are made.
    ///   - heard: takes how many publications of other nodes have come, for metrics.
    public init(
        epoch: StoreEpoch, link: RedisLink, options: Options = Options(), logger: Logger,
        heard: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.epoch = epoch
        self.options = options
        self.logger = logger
        self.heard = heard
        node = .random(in: .min ... .max)
        names = ChannelNames(epoch: epoch)
        listening = link
        sending = link
        state = Mutex(
            State(
                interests: BusInterests(lingering: options.lingering),
                outbox: BusOutbox(limit: options.queueLimit)))
    }

    // MARK: The hub's end

    public func start(_ receive: @escaping PublicationSink) {
        state.withLock { $0.receive = receive }
    }

    public func watch(_ missed: @escaping @Sendable (MissedChanges) -> Void) {
        state.withLock { $0.missed = missed }
    }

    public var isConnected: Bool { state.withLock { $0.isListening } }

    public func publish(_ batch: [Publication]) {
        let receive = state.withLock { state in
            if state.outbox.add(batch) { state.sender?.yield() }
            return state.receive
        }
        receive?(batch)
    }

    public func join(_ user: UserID) {
        state.withLock { if $0.interests.join(user) { $0.listener?.yield() } }
    }

    public func leave(_ user: UserID) {
        state.withLock { $0.interests.leave(user, at: .now) }
    }

    // MARK: The server's end

    /// Until the task is cancelled.
    public func run() async {
        await withTaskGroup { group in
            group.addTask { [self] in
                await listening.run { [weak self] in
                    self?.take($0)
                } work: {
                    try await listen(over: $0)
                }
            }
            group.addTask { [self] in
                await sending.run { try await send(over: $0) }
            }
        }
    }

    /// A stream that tells of work, until the connection ends.
    private static func wakes(
        until connection: RedisConnection, _ keep: (AsyncStream<Void>.Continuation) -> Void
    ) -> AsyncStream<Void> {
        let (wakes, waker) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        keep(waker)
        waker.yield()
        Task {
            await connection.ended()
            waker.finish()
        }
        return wakes
    }
}

// MARK: - Listening

extension RedisBus {
    private func listen(over connection: RedisConnection) async throws {
        try await connection.subscribe(channels: [names.everybody], patterns: [])
        let wakes = Self.wakes(until: connection) { waker in
            state.withLock { state in
                state.interests.reset()
                state.listener = waker
            }
        }
        let janitor = Task { [self] in
            while (try? await Task.sleep(for: options.lingering / 4)) != nil {
                _ = state.withLock { $0.listener?.yield() }
            }
        }
        defer {
            janitor.cancel()
            state.withLock { $0.isListening = false }
        }
        var isFirst = true
        for await _ in wakes {
            try await changeInterests(over: connection, isFirst: isFirst)
            isFirst = false
        }
    }

    private func changeInterests(over connection: RedisConnection, isFirst: Bool) async throws {
        while true {
            let (joined, left) = state.withLock { state in
                (
                    state.interests.takeJoining(limit: options.channelsAtOnce),
                    state.interests.takeLeaving(limit: options.channelsAtOnce, at: .now)
                )
            }
            if joined.isEmpty, left.isEmpty { break }
            if !left.isEmpty {
                try await connection.unsubscribe(channels: left.map(names.channel))
            }
            guard !joined.isEmpty else { continue }
            try await connection.subscribe(channels: joined.map(names.channel), patterns: [])
            // What was committed between a session's first read and this moment went by.
            if !isFirst { missed(.of(joined)) }
        }
        guard isFirst else { return }
        state.withLock { $0.isListening = true }
        missed(.ofAnybody)
    }

    private func missed(_ changes: MissedChanges) {
        state.withLock { $0.missed }?(changes)
    }

    /// On an event loop.
    private func take(_ message: RedisMessage) {
        do throws(BusMessage.Refusal) {
            let message = try BusMessage(message.payload)
            guard message.node != node, message.epoch == epoch else { return }
            guard !message.publications.isEmpty else { return missed(.ofAnybody) }
            heard(message.publications.count)
            state.withLock { $0.receive }?(message.publications)
        } catch {
            if let user = names.user(of: message.channel) { missed(.of([user])) }
            logger.debug("A message of another node cannot be read", metadata: ["error": "\(error)"])
        }
    }
}

// MARK: - Sending

extension RedisBus {
    private func send(over connection: RedisConnection) async throws {
        let wakes = Self.wakes(until: connection) { waker in
            state.withLock { state in
                state.sender = waker
                state.outbox.isOpen = true
            }
        }
        defer { state.withLock { $0.outbox.close() } }
        try await tellOfLosses(over: connection)
        for await _ in wakes {
            while true {
                let batch = state.withLock { $0.outbox.take(limit: 512) }
                if batch.isEmpty { break }
                try await publish(batch, over: connection)
            }
        }
    }

    private func tellOfLosses(over connection: RedisConnection) async throws {
        guard let lost = state.withLock({ $0.outbox.takeLost() }) else {
            let everybody = BusMessage(epoch: epoch, node: node, publications: [])
            return try await publish([(names.everybody, everybody.bytes)], over: connection)
        }
        if !lost.isEmpty { try await publish(lost, over: connection) }
    }

    private func publish(_ batch: [Publication], over connection: RedisConnection) async throws {
        var byUser: [UserID: [Publication]] = [:]
        var order: [UserID] = []
        for publication in batch {
            if byUser[publication.user] == nil { order.append(publication.user) }
            byUser[publication.user, default: []].append(publication)
        }
        let messages = order.map { user in
            (
                names.channel(of: user),
                BusMessage(epoch: epoch, node: node, publications: byUser[user] ?? []).bytes
            )
        }
        do {
            try await publish(messages, over: connection)
        } catch {
            state.withLock { $0.outbox.fail(batch) }
            connection.hangUp()
            throw error
        }
    }

    private func publish(_ messages: [(channel: String, bytes: [UInt8])], over connection: RedisConnection) async throws
    {
        let word = Array("PUBLISH".utf8)
        let commands = messages.map { RESPCommand([word, Array($0.channel.utf8), $0.bytes]) }
        for answer in try await connection.send(commands) {
            if case .error(let message) = answer { throw RedisConnection.Failure.refused(message) }
        }
    }
}

/// `peal:<cluster>:u:<user>` and `peal:<cluster>:all`; the cluster is a part of the store's epoch, so that two deployments on one
/// server do not hear each other. Braces would be hash tags of Redis Cluster (RULES 23): they are escaped.
struct ChannelNames: Sendable {
    private let prefix: String
    let everybody: String

    init(epoch: StoreEpoch) {
        let cluster = String(epoch.high, radix: 16)
        prefix = "peal:\(cluster):u:"
        everybody = "peal:\(cluster):all"
    }

    func channel(of user: UserID) -> String {
        var name = prefix
        for scalar in user.rawValue.unicodeScalars {
            switch scalar {
            case "%": name += "%25"
            case "{": name += "%7B"
            case "}": name += "%7D"
            default: name.unicodeScalars.append(scalar)
            }
        }
        return name
    }

    /// Nil for a channel that is not one user's.
    func user(of channel: String) -> UserID? {
        guard channel.hasPrefix(prefix) else { return nil }
        let name = String(channel.dropFirst(prefix.count))
        return UserID(
            name.replacing("%7B", with: "{").replacing("%7D", with: "}").replacing("%25", with: "%"))
    }
}
