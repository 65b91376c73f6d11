public import Logging

/// Everything about live sessions that an operator may choose.
public struct GatewaySettings: Sendable {
    /// What carries sessions over plain TCP.
    public enum Transport: String, Sendable, CaseIterable {
        /// Peal's own epoll loops; SwiftNIO where there are none.
        case reactor
        case nio
    }

    /// On Linux sessions over plain TCP leave SwiftNIO for epoll loops; TLS stays with SwiftNIO.
    public var transport = Transport.reactor
    /// Between two pings of the server.
    public var pingInterval: Duration = .seconds(54)
    /// A session from which nothing came for this long is closed with 4002: longer than ``pingInterval``.
    public var pongTimeout: Duration = .seconds(60)
    /// A session whose socket takes no byte for this long is closed with 4004; an HTTP connection is just closed.
    public var writeTimeout: Duration = .seconds(10)
    /// The largest message that a client may send; a refreshed token must fit.
    public var maxMessageBytes = 8192
    /// Messages of one client in a second; beyond it its socket is read no faster. 0 for no limit.
    public var messageRate = 50
    /// Messages that a client may send at once before ``messageRate`` holds.
    public var messageBurst = 200
    /// Bytes of one client in a second, whatever they are frames of. 0 for no limit.
    public var byteRate = 64 * 1024
    /// A client that goes on beyond its rate for this long is closed with 4003.
    public var floodPatience: Duration = .seconds(30)
    /// Whether clients that offer permessage-deflate get it (RFC 7692): less on the wire for more CPU.
    public var compression = false
    /// What may wait for one session before frames are dropped and read again from the store.
    public var queueBytes = 256 * 1024
    /// The newest sessions of a user stay; the longest silent one is closed with 4502.
    public var maxPerUser = 100
    /// Sessions on this node; more are refused with 503. Nil for what the limit of open files leaves.
    public var maxSessions: Int?
    /// Connections of all kinds on this node; more are refused with 503. Nil for what the limit of open files leaves.
    public var maxConnections: Int?
    /// Sessions from one address (IPv6: one /64); more are refused with 429. Nil for no limit.
    public var maxPerAddress: Int?
    /// Proxies whose `X-Forwarded-For` says where a client is.
    public var trustedProxies: [AddressRange] = []
    /// Handshakes in a second on this node; more are refused with 503 before their token is looked at. Nil for no limit.
    public var acceptRate: Int?
    /// For the whole head of a connection's first request.
    public var headTimeout: Duration = .seconds(10)
    /// Without a request for this long a kept-alive connection is closed.
    public var idleTimeout: Duration = .seconds(75)
    /// For the whole body of a request.
    public var bodyTimeout: Duration = .seconds(60)
    /// On shutdown: how long requests on HTTP connections may still take.
    public var requestPatience: Duration = .seconds(5)
    /// Origins that may connect, such as `https://app.example`; empty for all, because the token is explicit.
    public var origins: [String] = []
    /// `--dev`: answers only requests to a name of this machine (RULES 46).
    public var requiresLoopbackHost = false
    /// Of WebSockets that choose no dialect.
    public var dialect = Dialect.peal
    /// How a WebSocket is refused whose token is not good.
    public var authRefusal = AuthRefusal.status
    /// A cookie that may carry the token; nil for none. It needs an origin of its own or a listed one.
    public var cookie: String?
    /// Rows of the first page where the client asks for no other number.
    public var firstPageLimit = 50
    /// Between two heartbeats of an event stream.
    public var sseHeartbeat: Duration = .seconds(25)
    /// What an event stream is told to wait before it comes back.
    public var sseRetry: Duration = .seconds(3)
    /// How long a long poll waits where the client does not say.
    public var longPollWait: Duration = .seconds(25)
    /// The longest wait that a client may ask for.
    public var longPollWaitLimit: Duration = .seconds(60)
    /// A session is told this long before its token expires.
    public var expiryWarning: Duration = .seconds(60)
    /// A session is closed with 4001 this long after its token has expired.
    public var expiryGrace: Duration = .seconds(5)
    /// On shutdown: how long new sessions are refused before the first one is closed, so that balancers notice.
    public var drainDelay: Duration = .seconds(1)
    /// On shutdown: the closing of all sessions is spread over this time.
    public var drainDuration: Duration = .seconds(2)
    /// The least that a drained client is told to wait: it should outlast the restart.
    public var reconnectDelay: Duration = .seconds(1)
    /// Added to ``reconnectDelay`` at random, for each session its own.
    public var reconnectSpread: Duration = .seconds(4)
    /// How often the heads of online users are compared with the store (RULES 16).
    public var headCheckInterval: Duration = .seconds(30)
    /// The same while the bus is away.
    public var headCheckIntervalWithoutBus: Duration = .seconds(2)
    /// How long a session waits for a publication that was overtaken before it asks the store (RULES 15).
    public var gapWait: Duration = .milliseconds(50)
    /// How loudly each connecting and disconnecting user is logged.
    public var connectionLogLevel: Logger.Level = .info

    /// For conformance tests: every message is sent back, and nothing else is.
    package var echoes = false

    /// The resolution of every timer above; shorter only in tests.
    var duplicate: @Sendable (CInt) -> CInt = { Reactor.duplicate($0) }
    var tick: Duration = .seconds(1)
    /// How long a client has to close its side after the last frame or answer (RULES 32).
    var closePatience: Duration = .seconds(1)
    /// For the head of a request that is going to be refused, because the server is full.
    var surplusPatience: Duration = .seconds(2)
    /// How many commands in a row a session may get wrong before it is closed with 4501.
    var badCommandLimit = 100
    /// Changes that have not been answered yet; beyond it the socket is not read.
    var commandsInFlight = 64
    /// Users whose counts are kept after their last session has gone, where all changes pass through this node.
    var rememberedUsers = 50_000
    /// Further behind than this a client gets the first page again (RULES 9).
    var syncDistanceLimit: Int64 = 1000
    /// Changes on a page of a sync (RULES 9).
    var syncPageLimit = 200

    public init() {}
}
