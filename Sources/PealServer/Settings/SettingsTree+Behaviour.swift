public import PealAuth
public import PealCore
public import PealGateway

extension SettingsTree {
    public struct Auth: SettingsGroup {
        public static let title = "Who is calling"
        public let jwt = JWT()
        public let apiKeys = Setting(
            "auth.api-keys", .list, default: [], isSecret: true,
            """
            Further API keys in plain, besides those in the store: for bootstrapping. They may do everything; weak ones are \
            refused outside `--dev`.
            """)
        public let refusal = Setting(
            "auth.refusal", .choice(), default: AuthRefusal.status,
            """
            How a WebSocket is refused whose token is missing or not good: with an HTTP status before the upgrade, or by a \
            close frame with code 1008 right behind it, for programs that look there.
            """)
        public let cookie = Setting(
            "auth.cookie", .cookieName, default: nil,
            """
            A cookie that may carry a user's token, for pages of the same site. It counts where no token is given otherwise, \
            and only for pages of this very host and of `http.origins`. Unset: no cookie is read.
            """)
    }

    public struct JWT: SettingsGroup {
        public static let title = "Tokens of users"
        public let secret = Setting(
            "auth.jwt.secret", .optionalText(), default: nil, isSecret: true, legacyName: "JWT_SECRET",
            """
            The key that signs users' tokens (HS256): 32 random bytes or more. One that is short or stands in a document is \
            refused outside `--dev`. Unset: made on first start and kept in `jwt.secret` in the data directory; not used \
            where `auth.jwt.keys` is set.
            """)
        public let algorithm = Setting(
            "auth.jwt.algorithm", .choice(), default: SecretAlgorithm.hs256,
            "What tokens that are signed with the secret are signed with; no other algorithm is taken for it.")
        public let keys = Setting(
            "auth.jwt.keys", .keyLocations, default: [],
            """
            Where the public keys of those who sign users' tokens are: files or addresses (https) of PEM keys or of a JWKS. \
            For RS256, RS384, RS512, PS256, ES256, ES384 and EdDSA; a key that does not say is for RS256, ES256, ES384 or \
            EdDSA by its kind, or for what stands before its place: `PS256=/etc/peal/idp.pem`. Read again every five \
            minutes, and when a token names a key that is not known.
            """)
        public let issuer = Setting(
            "auth.jwt.issuer", .list, default: [],
            "Tokens whose `iss` is none of these are refused. Empty: it is not looked at.")
        public let audience = Setting(
            "auth.jwt.audience", .list, default: [],
            "Tokens whose `aud` names none of these are refused. Empty: it is not looked at.")
        public let userClaim = Setting(
            "auth.jwt.user-claim", .text("the name of a claim"), default: "user_id",
            "The claim that names the user; `sub` is asked where a token lacks it.")
        public let requireExpiry = Setting(
            "auth.jwt.require-expiry", .toggle, default: true, "Whether a token without `exp` is refused.")
        public let leeway = Setting(
            "auth.jwt.leeway", .duration(.zero ... .seconds(300)), default: .seconds(5),
            "How far the clocks of the token's maker and of this machine may differ.")
    }

    public struct Grouping: SettingsGroup {
        public static let title = "Grouping"
        public let window = Setting(
            "grouping.window", .duration(.zero ... .seconds(7 * 86_400)), default: .seconds(300),
            "An event joins an unread notification of its kind when the last event was at most this long ago.")
        public let maximumAge = Setting(
            "grouping.max-age", .duration(.zero ... .seconds(30 * 86_400)), default: .seconds(86_400),
            "How long a notification takes in further events, counted from its first.")
        public let maximumEvents = Setting(
            "grouping.max-events", .integer(0...1_000_000), default: 0,
            "How many events a notification takes in; the next one opens another. 0: any number.")
        public let types = Setting(
            "grouping.types", .list, default: ["like", "comment", "reply", "follow", "mention"],
            "The types that group. Another type groups where the event itself asks for it.")
    }

    public struct Receipts: SettingsGroup {
        public static let title = "Receipts"
        public let types = Setting(
            "receipts.types", .list, default: [],
            """
            The types whose actors are told, on their own live sessions, when a notification was delivered and when it was \
            read. An event may ask for it itself (`receipt`).
            """)
    }

    public struct Preferences: SettingsGroup {
        public static let title = "Preferences of users"
        public let defaults = Setting(
            "preferences.defaults", .preferenceDefaults, default: PealCore.Preferences(),
            """
            What holds for users who have [said nothing else](guides/preferences.md): `like.email=off,*.push=on`. `*` is \
            every type that is not named. What nobody names is on.
            """)
        public let mandatory = Setting(
            "preferences.mandatory", .mandatoryTypes, default: [],
            """
            Types that users can neither switch off nor mute, such as security alerts: on every channel, or as \
            `security.email` in the inbox and on one.
            """)
    }

    public struct Retention: SettingsGroup {
        public static let title = "Retention"
        public let maximumAge = Setting(
            "retention.max-age", .duration(.zero ... .seconds(3650 * 86_400)), default: .seconds(365 * 86_400),
            """
            Notifications that are not snoozed end this long after their last event, read or not. Zero: they are kept for \
            ever.
            """)
        public let maximumRows = Setting(
            "retention.max-rows", .integer(0...10_000_000), default: 10_000,
            "Notifications of one user; beyond it the oldest end. 0: any number.")
        public let tombstoneAge = Setting(
            "retention.tombstone-age", .duration(.seconds(3600) ... .seconds(365 * 86_400)),
            default: .seconds(7 * 86_400),
            """
            How long a removed notification leaves a trace, so that a client that was away learns of it. One that was away \
            for longer begins afresh.
            """)
    }

    public struct Delivery: SettingsGroup {
        public static let title = "Deliveries"
        public let push = Push()
        public let email = Email()
        public let webhookSecret = Setting(
            "delivery.webhook-secret", .optionalText("whsec_ and 24 to 64 bytes in base 64"), default: nil,
            isSecret: true,
            """
            What [webhooks](guides/deliveries.md#webhooks) are signed with. Made on the first start that needs it, where it is \
            not given: `webhook.secret` in the data directory.
            """)
        public let delay = Setting(
            "delivery.delay", .duration(.zero ... .seconds(86_400)), default: .seconds(10),
            "Push and e-mail wait for so long: who has read it in the app by then gets none.")
        public let attempts = Setting(
            "delivery.attempts", .integer(1...100), default: 8,
            "How often one delivery is tried, each time after twice as long, from a second to an hour.")
        public let retention = Setting(
            "delivery.retention", .duration(.seconds(3600) ... .seconds(365 * 86_400)), default: .seconds(7 * 86_400),
            "How long a delivery that is over can be looked at.")
        public let baseURL = Setting(
            "delivery.base-url", .optionalText("an address such as https://peal.example"), default: nil,
            "Where readers reach this server: with it e-mail carries headers to unsubscribe with one click.")

        public struct Push: SettingsGroup {
            public static let title = "Push"
            public let webhook = Setting(
                "delivery.push.webhook", .webAddress, default: nil,
                "A program of yours that sends push: it gets each [delivery](guides/deliveries.md) by POST.")
        }

        public struct Email: SettingsGroup {
            public static let title = "E-mail"
            public let webhook = Setting(
                "delivery.email.webhook", .webAddress, default: nil,
                "A program of yours that sends e-mail: it gets each [delivery](guides/deliveries.md) by POST.")
        }
    }

    public struct Templates: SettingsGroup {
        public static let title = "Texts"
        public let locale = Setting(
            "templates.locale", .languageTag, default: "pt-BR",
            """
            The language for users whose own is unknown, or has no texts. `pt-BR`, `en` and `es` are built in; others can be \
            added in `templates.directory`.
            """)
        public let directory = Setting(
            "templates.directory", .optionalText("the path of a folder"), default: nil,
            """
            [Texts of your own](templates.md), over those that are built in. Changes are taken up within about two seconds; \
            files that cannot be used are logged, and the texts stay as they were.
            """)
    }

    public struct Gateway: SettingsGroup {
        public static let title = "What carries sessions"
        public let transport = Setting(
            "gateway.transport", .choice(), default: GatewaySettings.Transport.reactor,
            """
            `reactor`: on Linux, WebSockets and event streams over plain TCP are carried by Peal's own epoll loops, which keep \
            no buffer for an idle session. `nio`: SwiftNIO carries them all, as it always does over TLS and on other systems.
            """)
    }

    public struct Session: SettingsGroup {
        public static let title = "Live sessions"
        public let dialect = Setting(
            "session.dialect", .choice(), default: Dialect.peal,
            "The [dialect](dialects.md) of WebSockets that choose none by `?dialect=` or by their port.")
        public let queueBytes = Setting(
            "session.queue-bytes", .bytes(16 << 10...64 << 20), default: 256 << 10,
            "What may wait for one slow reader; beyond it the queue is dropped and the reader gets one `sync`.")
        public let pingInterval = Setting(
            "session.ping-interval", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(54),
            "How often a quiet session is pinged.")
        public let pongTimeout = Setting(
            "session.pong-timeout", .duration(.seconds(2) ... .seconds(7200)), default: .seconds(60),
            "A session from which nothing was read for this long is closed (4002). Longer than the ping interval.")
        public let writeTimeout = Setting(
            "session.write-timeout", .duration(.milliseconds(100) ... .seconds(600)), default: .seconds(10),
            "A session whose peer takes no byte for this long is closed (4004).")
        public let maximumMessageBytes = Setting(
            "session.max-message-bytes", .bytes(1 << 10...1 << 20), default: 8 << 10,
            "The largest message that a client may send.")
        public let compression = Setting(
            "session.compression", .toggle, default: false,
            """
            Whether WebSocket clients that offer permessage-deflate get it: about half the bytes for about 7 µs of CPU a \
            frame, and no memory between messages.
            """)
        public let maximumPerUser = Setting(
            "session.max-per-user", .integer(1...1_000_000), default: 100,
            "Sessions of one user; a further one takes the place of the longest silent, which is closed (4502).")
        public let maximum = Setting(
            "session.max", .integer(0 ... .max), default: 0,
            "Sessions of this process. 0: as many as there are file descriptors, less 256.")
        public let maximumPerAddress = Setting(
            "session.max-per-address", .integer(0...1_000_000), default: 0,
            """
            Sessions from one address, of IPv6 from one /64; a further one is refused with 429 (`too_many_from_address`). 0: \
            no limit, for many people may share an address.
            """)
        public let acceptRate = Setting(
            "session.accept-rate", .integer(0...1_000_000), default: 0,
            """
            WebSockets and event streams that may begin in a second on this process; beyond it 503 (`busy`), before the token \
            is looked at. 0: no limit.
            """)
        public let rate = Setting(
            "session.rate", .integer(0...1_000_000), default: 50,
            """
            Messages of one client in a second, pings included; beyond it its socket is read no faster. A `list` costs 5 \
            messages, a mark with `up_to_seq` 10, a command with several ids one for each. 0: no limit.
            """)
        public let burst = Setting(
            "session.burst", .integer(1...1_000_000), default: 200,
            "Messages that a client may send at once before `session.rate` holds.")
        public let byteRate = Setting(
            "session.byte-rate", .bytes(0...1 << 30), default: 64 << 10,
            "Bytes of one client in a second, whatever they are frames of; four seconds' worth may come at once. 0: no limit."
        )
        public let floodPatience = Setting(
            "session.flood-patience", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(30),
            "A client that goes on beyond its rate for this long is closed (4003).")
        public let sseHeartbeat = Setting(
            "session.sse-heartbeat", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(25),
            "Between two heartbeats of an event stream (`event: ping`): more often than a proxy in front gives up.")
        public let sseRetry = Setting(
            "session.sse-retry", .duration(.zero ... .seconds(600)), default: .seconds(3),
            "What an event stream is told to wait before it comes back by itself (`retry:`).")
        public let longPollWait = Setting(
            "session.long-poll-wait", .duration(.zero ... .seconds(3600)), default: .seconds(25),
            "How long a long poll waits that does not say; at most `session.long-poll-max-wait`.")
        public let longPollMaximumWait = Setting(
            "session.long-poll-max-wait", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(60),
            "The longest that a long poll may ask for: shorter than a proxy in front gives up.")
        public let expiryWarning = Setting(
            "session.expiry-warning", .duration(.zero ... .seconds(3600)), default: .seconds(60),
            "How long before its token ends a session is told (`token_expiring`).")
        public let expiryGrace = Setting(
            "session.expiry-grace", .duration(.zero ... .seconds(600)), default: .seconds(5),
            "How long after its token has ended a session is closed (4001, a long poll 401); at least `auth.jwt.leeway`."
        )
    }

    public struct Drain: SettingsGroup {
        public static let title = "Stopping"
        public let delay = Setting(
            "drain.delay", .duration(.zero ... .seconds(600)), default: .zero,
            """
            After SIGTERM: how long sessions and requests go on while `/health/ready` says no and new sessions are \
            refused, so that load balancers can look away first.
            """)
        public let duration = Setting(
            "drain.duration", .duration(.zero ... .seconds(600)), default: .seconds(5),
            "After `drain.delay`: over how long the sessions are closed, each with its own moment to come back.")
        public let reconnectDelay = Setting(
            "drain.reconnect-delay", .duration(.zero ... .seconds(600)), default: .seconds(1),
            "What each client is told to wait at least before it comes back: longer than a restart takes.")
        public let reconnectSpread = Setting(
            "drain.reconnect-spread", .duration(.zero ... .seconds(600)), default: .seconds(4),
            "Added to `drain.reconnect-delay` at random, for each client its own.")
    }
}
