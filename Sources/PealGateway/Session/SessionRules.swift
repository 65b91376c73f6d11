import PealCore

/// Whole ticks of the session clock, which starts with its event loop's first session and never steps back.
typealias Tick = UInt32

/// The settings as sessions use them: one object for all, durations in ticks.
final class SessionRules: Sendable {
    let ping: Tick
    let pong: Tick
    let write: Tick
    let heartbeat: Tick
    let expiryWarning: Tick
    let expiryGrace: Tick
    /// At most one sync in this time (RULES 9).
    let syncSpacing: Tick
    /// Unanswered commands are forgotten after this time, so that a lost answer cannot silence a session.
    let commandPatience: Tick
    let tick: Duration
    let queueBytes: Int
    let firstPageLimit: Int
    let syncPageLimit: Int
    let syncDistanceLimit: Seq
    let commandsInFlight: Int
    let badCommandLimit: Int
    /// Thousandths of a message; 0 for no limit.
    let messagesPerTick: Int32
    let messageBurst: Int32
    let bytesPerTick: Int32
    let byteBurst: Int32
    /// Who says too much for this long is closed.
    let floodPatience: Tick
    let echoes: Bool

    init(_ settings: GatewaySettings) {
        tick = settings.tick
        ping = Self.ticks(settings.pingInterval, of: settings.tick)
        // A client is heard by its pong at the latest, so it gets the time for one.
        pong = max(Self.ticks(settings.pongTimeout, of: settings.tick), ping + 1)
        write = Self.ticks(settings.writeTimeout, of: settings.tick)
        heartbeat = Self.ticks(settings.sseHeartbeat, of: settings.tick)
        expiryWarning = Self.ticks(settings.expiryWarning, of: settings.tick)
        expiryGrace = Self.ticks(settings.expiryGrace, of: settings.tick)
        syncSpacing = Self.ticks(.seconds(1), of: settings.tick)
        commandPatience = Self.ticks(.seconds(30), of: settings.tick)
        queueBytes = settings.queueBytes
        firstPageLimit = settings.firstPageLimit
        syncPageLimit = settings.syncPageLimit
        syncDistanceLimit = settings.syncDistanceLimit
        commandsInFlight = min(settings.commandsInFlight, 255)
        echoes = settings.echoes
        badCommandLimit = min(settings.badCommandLimit, 255)
        messagesPerTick = Self.perTick(settings.messageRate * 1000, tick: settings.tick)
        messageBurst = Int32(clamping: max(1, settings.messageBurst) * 1000)
        bytesPerTick = Self.perTick(settings.byteRate, tick: settings.tick)
        byteBurst = Int32(clamping: max(settings.byteRate * 4, settings.maxMessageBytes * 2))
        floodPatience = max(1, Self.ticks(settings.floodPatience, of: settings.tick))
    }

    func ticks(_ duration: Duration) -> Tick { Self.ticks(duration, of: tick) }

    private static func perTick(_ perSecond: Int, tick: Duration) -> Int32 {
        guard perSecond > 0 else { return 0 }
        let (product, isOver) = Int64(perSecond).multipliedReportingOverflow(by: max(1, tick.wholeMilliseconds))
        return isOver ? .max : max(1, Int32(clamping: product / 1000))
    }

    /// Rounded up: a deadline may come late by a tick, never early.
    private static func ticks(_ duration: Duration, of tick: Duration) -> Tick {
        guard duration > .zero else { return 0 }
        let whole = duration.wholeMilliseconds
        let each = max(1, tick.wholeMilliseconds)
        return Tick(clamping: min((whole + each - 1) / each, Int64(Int32.max)))
    }
}
