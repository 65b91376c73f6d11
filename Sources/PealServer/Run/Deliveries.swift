import AsyncHTTPClient
import PealCore
import PealPipeline
import PealWebhook

/// What leaves Peal by push and e-mail, as `delivery.*` says.
struct Deliveries: Sendable {
    let providers: [any DeliveryProvider]
    let planner: DeliveryPlanner
    let alarm = ScheduleAlarm()
    private let delay: Duration

    init(
        _ settings: Settings, in data: DataDirectory, clock: @escaping @Sendable () -> Timestamp
    ) throws(StartError) {
        delay = settings.delivery.delay
        let places = [
            (DeliveryChannel.push, settings.delivery.push.webhook), (.email, settings.delivery.email.webhook),
        ]
        var providers: [any DeliveryProvider] = []
        for (channel, url) in places {
            guard let url else { continue }
            providers.append(
                WebhookProvider(channel, url: url, secret: try settings.webhookSecret(in: data), clock: clock))
        }
        self.providers = providers
        planner = DeliveryPlanner(
            channels: providers.map(\.channel), policy: settings.preferencePolicy, delay: delay)
    }

    /// Wakes the worker for what a batch has planned. Costs nothing where nobody carries anything.
    func planned(by batch: [Publication], at now: Timestamp) {
        guard !providers.isEmpty, batch.contains(where: \.tellsOfAnEvent) else { return }
        alarm.added(now + delay)
    }

    /// Nil where there is no provider.
    func worker(
        _ settings: Settings, store: any Store, texts: Texts, links: UnsubscribeLinks,
        clock: @escaping @Sendable () -> Timestamp
    ) -> DeliveryWorker? {
        guard !providers.isEmpty else { return nil }
        return DeliveryWorker(
            store: store,
            writer: DeliveryWriter(
                planner: planner, renderer: texts.live, links: links, baseURL: settings.delivery.baseURL),
            providers: providers, alarm: alarm, patience: RetryPatience(attempts: settings.delivery.attempts),
            retention: settings.delivery.retention, clock: clock)
    }
}

extension Publication {
    var tellsOfAnEvent: Bool {
        switch content {
        case .created, .aggregated: true
        default: false
        }
    }
}

extension Settings {
    /// The configured secret, else the one of the data directory, which the first start with a webhook makes.
    fileprivate func webhookSecret(in data: DataDirectory) throws(StartError) -> WebhookSecret {
        let text =
            if let text = self.delivery.webhookSecret { text } else {
                try data.secret("webhook.secret", make: WebhookSecret.randomText).text
            }
        guard let secret = WebhookSecret(text) else {
            throw StartError("the secret for webhooks is not of the form whsec_ and 24 to 64 bytes in base 64")
        }
        return secret
    }
}
