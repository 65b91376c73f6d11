import PealGateway
import Testing

@testable import PealServer

/// What is configured reaches the gateway, each setting at its own place.
@Suite struct GatewaySettingsTests {
    /// No two values are the same, and none is the default.
    private static let arguments = [
        "--gateway-transport=nio", "--session-ping-interval=11s", "--session-pong-timeout=22s",
        "--session-write-timeout=3s", "--session-max-message-bytes=4KiB", "--session-compression=true",
        "--session-queue-bytes=17KiB", "--session-max-per-user=7", "--session-max=71", "--session-dialect=inbox",
        "--auth-refusal=close", "--http-origins=https://a.example", "--dev=true", "--auth-cookie=crumb",
        "--session-sse-heartbeat=13s", "--session-sse-retry=4s", "--session-long-poll-wait=14s",
        "--session-long-poll-max-wait=44s", "--session-expiry-warning=18s", "--session-expiry-grace=9s",
        "--drain-delay=19s", "--drain-duration=21s", "--drain-reconnect-delay=23s", "--drain-reconnect-spread=29s",
        "--session-rate=31", "--session-burst=37", "--session-byte-rate=41KiB", "--session-flood-patience=43s",
        "--session-max-per-address=47", "--session-accept-rate=53", "--http-max-connections=59",
        "--http-trusted-proxies=10.0.0.0/8", "--http-head-timeout=6s", "--http-body-timeout=61s",
        "--http-idle-timeout=67s", "--http-request-patience=8s",
    ]

    /// Those that nobody may set.
    private static let fixed: Set = [
        "firstPageLimit", "headCheckInterval", "headCheckIntervalWithoutBus", "gapWait", "connectionLogLevel", "echoes",
        "duplicate", "tick", "closePatience", "surplusPatience", "badCommandLimit", "commandsInFlight",
        "rememberedUsers",
        "syncDistanceLimit", "syncPageLimit",
    ]

    @Test func eachComesFromItsOwnSetting() throws {
        let gateway = try Settings.load(arguments: Self.arguments).gatewaySettings
        #expect(gateway.transport == .nio && gateway.dialect == .inbox && gateway.authRefusal == .close)
        #expect(gateway.compression && gateway.requiresLoopbackHost)
        #expect(gateway.origins == ["https://a.example"] && gateway.cookie == "crumb")
        #expect(gateway.trustedProxies == [AddressRange("10.0.0.0/8")].compactMap { $0 })
        let durations: [(Duration, Int)] = [
            (gateway.pingInterval, 11), (gateway.pongTimeout, 22), (gateway.writeTimeout, 3),
            (gateway.sseHeartbeat, 13), (gateway.sseRetry, 4), (gateway.longPollWait, 14),
            (gateway.longPollWaitLimit, 44), (gateway.expiryWarning, 18), (gateway.expiryGrace, 9),
            (gateway.drainDelay, 19), (gateway.drainDuration, 21), (gateway.reconnectDelay, 23),
            (gateway.reconnectSpread, 29), (gateway.floodPatience, 43), (gateway.headTimeout, 6),
            (gateway.bodyTimeout, 61), (gateway.idleTimeout, 67), (gateway.requestPatience, 8),
        ]
        for (duration, seconds) in durations { #expect(duration == .seconds(seconds)) }
        let numbers: [(Int?, Int)] = [
            (gateway.maxMessageBytes, 4096), (gateway.queueBytes, 17 * 1024), (gateway.maxPerUser, 7),
            (gateway.maxSessions, 71), (gateway.messageRate, 31), (gateway.messageBurst, 37),
            (gateway.byteRate, 41 * 1024), (gateway.maxPerAddress, 47), (gateway.acceptRate, 53),
            (gateway.maxConnections, 59),
        ]
        for (number, expected) in numbers { #expect(number == expected) }
    }

    /// A setting of the gateway that is forgotten here would keep its default.
    @Test func noneIsForgotten() throws {
        let gateway = try Settings.load(arguments: Self.arguments).gatewaySettings
        let standard = Mirror(reflecting: GatewaySettings()).children
        var seen: Set<String> = []
        for (given, standard) in zip(Mirror(reflecting: gateway).children, standard) {
            let label = given.label ?? ""
            seen.insert(label)
            let isSame = "\(given.value)" == "\(standard.value)"
            #expect(isSame == Self.fixed.contains(label), "\(label) is \(given.value)")
        }
        #expect(seen.isSuperset(of: Self.fixed))
        #expect(seen.count == Self.fixed.count + Self.arguments.count)
    }

    @Test func zeroMeansNoLimit() throws {
        let gateway = try Settings.load(arguments: []).gatewaySettings
        #expect(gateway.maxSessions == nil && gateway.maxConnections == nil)
        #expect(gateway.maxPerAddress == nil && gateway.acceptRate == nil)
    }

    @Test func theGraceOutlastsTheLeeway() throws {
        let settings = try Settings.load(arguments: ["--auth-jwt-leeway=40s", "--session-expiry-grace=9s"])
        #expect(settings.gatewaySettings.expiryGrace == .seconds(40))
    }
}
