public import Logging
public import PealGateway

/// Everything that can be set. An empty file is a valid configuration.
///
/// Each line below is a setting's only definition; `peal config --reference` writes `docs/configuration.md` from it.
public struct SettingsTree: Sendable {
    public let http = HTTP()
    public let tls = TLS()
    public let metrics = Metrics()
    public let data = Data()
    public let store = Store()
    public let bus = Bus()
    public let publish = Publish()
    public let auth = Auth()
    public let log = Log()
    public let grouping = Grouping()
    public let receipts = Receipts()
    public let retention = Retention()
    public let preferences = Preferences()
    public let delivery = Delivery()
    public let templates = Templates()
    public let gateway = Gateway()
    public let session = Session()
    public let drain = Drain()
    public let dev = Setting(
        "dev", .toggle, default: false,
        """
        For trying things out on your own machine: weak secrets are accepted, `/demo` makes tokens for its two people, \
        and only requests to loopback names are answered. Never in production.
        """)

    public init() {}

    public struct HTTP: SettingsGroup {
        public static let title = "HTTP"
        public let host = Setting(
            "http.host", .text("an address or a host name"), default: "127.0.0.1",
            "The address on which clients and producers are served; `0.0.0.0` or `::` for all.")
        public let port = Setting(
            "http.port", .port, default: 8080, legacyName: "WEBSOCKET_PORT",
            "The one port for WebSocket, server-sent events, long poll, the HTTP API and the pages. 0 takes a free one."
        )
        public let socket = Setting(
            "http.socket", .optionalText("a path"), default: nil,
            """
            A Unix domain socket on which the same is served as on the port, in plain text: for a proxy on this machine. \
            A file that a dead process left there is replaced.
            """)
        public let socketMode = Setting(
            "http.socket-mode", .fileMode, default: 0o660,
            "Who may open that socket, as for `chmod`.")
        public let listeners = Setting(
            "http.listeners", .listeners, default: [],
            """
            Further ports, each with the [dialect](dialects.md) of the WebSockets there that choose none: \
            `8000=inbox,8085=chat`. Everything else is the same on all ports.
            """)
        public let origins = Setting(
            "http.origins", .list, default: [],
            """
            Web origins (`https://app.example`) that browsers may connect from. Empty: every origin, because a token is \
            always given explicitly.
            """)
        public let trustedProxies = Setting(
            "http.trusted-proxies", .addressRanges, default: [],
            """
            Proxies whose `X-Forwarded-For` is believed, such as `127.0.0.1,10.0.0.0/8`. Only \
            `session.max-per-address` asks where a client is.
            """)
        public let maximumConnections = Setting(
            "http.max-connections", .integer(0 ... .max), default: 0,
            """
            Connections of this process, whatever they are for; a further one is answered with 503 (`server_full`). 0: as \
            many as there are file descriptors, less 256.
            """)
        public let headTimeout = Setting(
            "http.head-timeout", .duration(.milliseconds(100) ... .seconds(600)), default: .seconds(10),
            "For the whole head of a connection's first request; then the connection is closed.")
        public let bodyTimeout = Setting(
            "http.body-timeout", .duration(.milliseconds(100) ... .seconds(3600)), default: .seconds(60),
            "For the whole body of a request; then the connection is closed.")
        public let idleTimeout = Setting(
            "http.idle-timeout", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(75),
            "Without a request for this long a kept-alive connection is closed. Longer than that of a proxy in front.")
        public let requestPatience = Setting(
            "http.request-patience", .duration(.zero ... .seconds(600)), default: .seconds(5),
            "When stopping: how long requests that are under way may still take.")
    }

    public struct TLS: SettingsGroup {
        public static let title = "TLS"
        public let certificate = Setting(
            "tls.certificate", .optionalText("the path of a PEM file"), default: nil,
            """
            The server's certificate, with those between it and its authority after it. With it `http.port` speaks TLS \
            1.2 and 1.3, HTTP/1.1 and HTTP/2, and no plain text. Read again on SIGHUP.
            """)
        public let key = Setting(
            "tls.key", .optionalText("the path of a PEM file"), default: nil,
            "The private key of that certificate, without a passphrase. Read again on SIGHUP.")
    }

    public struct Metrics: SettingsGroup {
        public static let title = "Metrics"
        public let host = Setting(
            "metrics.host", .text("an address or a host name"), default: "127.0.0.1",
            "The address on which `/metrics` is served.")
        public let port = Setting(
            "metrics.port", .port, default: 9095, legacyName: "METRICS_PORT",
            "The port of `/metrics`, in the Prometheus text format. 0 takes a free one.")
    }

    public struct Data: SettingsGroup {
        public static let title = "Data"
        public let directory = Setting(
            "data.directory", .text("a path"), default: "./peal-data",
            """
            Where Peal keeps what it makes on first start: the database, `jwt.secret` and `api.key`. Readable by its \
            owner only.
            """)
    }

    public struct Store: SettingsGroup {
        public static let title = "Store"
        public let url = Setting(
            "store.url", .storeLocation, default: .sqlite(path: nil), isSecret: true,
            """
            Where inboxes are kept: `sqlite:` is `peal.db` in the data directory, `sqlite:///path` a file elsewhere, \
            `memory:` forgets everything at the end. `postgresql://…` is for several nodes \
            ([guide](guides/several-nodes.md)): any URI of libpq, several hosts too.
            """)
    }

    public struct Bus: SettingsGroup {
        public static let title = "Bus"
        public let url = Setting(
            "bus.url", .busLocation, default: .automatic, isSecret: true,
            """
            How nodes tell each other of changes. `auto` is `in-process` for a store of one node, and `postgresql:` \
            (NOTIFY) where the store is PostgreSQL. With a Redis server, other programs reach users through it: JSON published to `notifications:{user}` goes to that \
            user's sessions, and `notifications` takes `{"user_id", "notification"}` \
            ([guide](guides/foreign-publishers.md)). Where it is not set, `REDIS_HOST` and `REDIS_PORT` are read.
            """)
        public let ca = Setting(
            "bus.ca", .optionalText("a path"), default: nil,
            "With `rediss://`: the PEM file of the authority that signs the server's certificate, if it is none of the system's."
        )
        public let foreignMaxBytes = Setting(
            "bus.foreign-max-bytes", .bytes(1024...1_048_576), default: 65_536,
            "Bytes that a message of another program may have; a longer one is dropped and counted.")
    }

    public struct Publish: SettingsGroup {
        public static let title = "Publish"
        public let channel = Setting(
            "publish.redis.channel", .optionalText("the name of a channel"), default: nil,
            """
            Mirrors new notifications, and those that take another event in, to this channel of the Redis server of \
            `bus.url`, as `{"user_id", "notification"}`, for programs that keep a gateway of their own. What Redis does not \
            take while it is away is lost there, and only there.
            """)
    }

    public struct Log: SettingsGroup {
        public static let title = "Log"
        public let level = Setting(
            "log.level", .choice(), default: Logger.Level.info,
            "What is logged, on standard error. Tokens and texts of notifications never are.")
        public let format = Setting(
            "log.format", .choice(), default: LogFormat.text, "Lines for people, or one JSON object a line.")
    }
}

/// How a log line is written.
public enum LogFormat: String, Sendable, CaseIterable {
    case text, json
}
