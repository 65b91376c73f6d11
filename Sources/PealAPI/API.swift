public import PealAuth
public import PealCore
public import PealPipeline

/// The HTTP API: everything that answers a request and is done.
///
/// What stays open (WebSocket, SSE, long poll) is the gateway's, which takes those requests before they come here.
public struct API: Sendable {
    private let authentication: Authentication
    private let store: any Store
    private let pipeline: Pipeline
    private let signer: TokenSigner?
    private let tickets: TicketBook
    private let revocations: Revocations
    private let templates: LiveTemplates
    private let keyring: APIKeyring
    private let eraser: Eraser
    private let links: UnsubscribeLinks
    private let wakeDeliveries: @Sendable () -> Void
    private let settings: APISettings
    private let clock: @Sendable () -> Timestamp
    private let readiness: @Sendable () async -> Readiness
    private let version: String

    /// - Parameters:
    ///   - signer: makes the demo page's tokens; used with `--dev` only.
    ///   - tickets: the gateway's; without them, tickets that nobody redeems.
    ///   - revocations: the verifier's.
    ///   - templates: the store's.
    ///   - eraser: the one that also runs in the background; without it, one that nobody runs.
    ///   - wakeDeliveries: called when a delivery is to be tried again.
    ///   - links: those of the store; without them, links that end with the process.
    ///   - readiness: asked by `GET /health` and `GET /health/ready`.
    public init(
        pipeline: Pipeline, store: any Store, verifier: any TokenVerifier, keyring: APIKeyring,
        signer: TokenSigner? = nil, tickets: TicketBook? = nil, revocations: Revocations = Revocations(),
        templates: LiveTemplates, settings: APISettings = APISettings(), eraser: Eraser? = nil,
        links: UnsubscribeLinks? = nil, wakeDeliveries: @escaping @Sendable () -> Void = {},
        clock: @escaping @Sendable () -> Timestamp, readiness: @escaping @Sendable () async -> Readiness,
        version: String
    ) {
        authentication = Authentication(
            verifier: verifier, keyring: keyring, cookie: settings.cookie, origins: Origins(settings), clock: clock)
        self.keyring = keyring
        self.eraser = eraser ?? Eraser(store: store)
        self.links = links ?? .ephemeral()
        self.wakeDeliveries = wakeDeliveries
        self.store = store
        self.pipeline = pipeline
        self.signer = signer
        self.tickets = tickets ?? TicketBook(clock: clock)
        self.revocations = revocations
        self.templates = templates
        self.settings = settings
        self.clock = clock
        self.readiness = readiness
        self.version = version
    }

    /// Builds the routes. Call it once, after the metrics system has been set up.
    public func responder() -> APIResponder {
        APIResponder(routes(), settings: settings)
    }

    func routes() -> RouteTable {
        var routes = RouteTable()
        NotifyRoutes(
            authentication: authentication, pipeline: pipeline, quotas: Quotas(clock: clock), settings: settings
        ).add(to: &routes)
        RetractRoutes(authentication: authentication, pipeline: pipeline, settings: settings).add(to: &routes)
        ScheduleRoutes(authentication: authentication, store: store, pipeline: pipeline).add(to: &routes)
        ActorRoutes(authentication: authentication, store: store).add(to: &routes)
        InboxRoutes(authentication: authentication, store: store).add(to: &routes)
        MarkRoutes(authentication: authentication, store: store, clock: clock).add(to: &routes)
        UserRoutes(authentication: authentication, store: store).add(to: &routes)
        RevokeRoutes(authentication: authentication, store: store, revocations: revocations, clock: clock)
            .add(to: &routes)
        TemplateRoutes(authentication: authentication, templates: templates).add(to: &routes)
        TopicRoutes(authentication: authentication, store: store).add(to: &routes)
        FanOutRoutes(authentication: authentication, store: store).add(to: &routes)
        DeliveryRoutes(authentication: authentication, store: store, wake: wakeDeliveries).add(to: &routes)
        addOwners(to: &routes)
        addPreferences(to: &routes)
        TicketRoutes(authentication: authentication, tickets: tickets).add(to: &routes)
        HealthRoutes(readiness: readiness, version: version).add(to: &routes)
        SiteRoutes(site: Site(), isDevelopment: settings.isDevelopment, version: version).add(to: &routes)
        DemoRoutes(signer: signer, store: store, pipeline: pipeline, settings: settings, clock: clock).add(to: &routes)
        return routes
    }

    /// What owners of data and of keys may ask.
    private func addOwners(to routes: inout RouteTable) {
        CountRoutes(authentication: authentication, store: store).add(to: &routes)
        KeyRoutes(authentication: authentication, store: store, keyring: keyring, clock: clock).add(to: &routes)
        ExportRoutes(authentication: authentication, store: store, clock: clock).add(to: &routes)
        EraseRoutes(
            authentication: authentication, store: store, eraser: eraser, revocations: revocations, clock: clock
        ).add(to: &routes)
    }

    /// What readers say about what reaches them.
    private func addPreferences(to routes: inout RouteTable) {
        let policy = settings.preferences
        PreferenceRoutes(authentication: authentication, store: store, policy: policy, clock: clock).add(to: &routes)
        MuteRoutes(authentication: authentication, store: store, clock: clock).add(to: &routes)
        UnsubscribeRoutes(
            authentication: authentication, store: store, links: links, policy: policy, templates: templates
        ).add(to: &routes)
    }
}
