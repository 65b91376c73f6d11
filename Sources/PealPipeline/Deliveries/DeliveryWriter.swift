public import PealCore

/// Makes the message of a delivery from what there is to tell when it is due.
public struct DeliveryWriter: Sendable {
    private let planner: DeliveryPlanner
    private let renderer: any TextRenderer
    private let links: UnsubscribeLinks?
    private let baseURL: String?

    /// The type under which texts for the title of a digest are looked up; `{{count}}` is how much it tells of.
    public static let digestType = "digest"

    /// - Parameters:
    ///   - links: with `baseURL`, e-mail can be unsubscribed with one click.
    ///   - baseURL: `delivery.base-url`: where readers reach this server.
    public init(
        planner: DeliveryPlanner, renderer: any TextRenderer, links: UnsubscribeLinks? = nil, baseURL: String? = nil
    ) {
        self.planner = planner
        self.renderer = renderer
        self.links = links
        self.baseURL = baseURL
    }

    /// What is to be done about a delivery whose time has come.
    enum Decision: Equatable {
        case send(DeliveryMessage)
        /// Why there is nothing to tell.
        case skip(String)
        case hold(until: Timestamp)
    }

    func decide(_ content: DeliveryContent, at now: Timestamp) -> Decision {
        let delivery = content.delivery
        let unread = content.rows.filter { $0.standing == .active && !$0.isRead }
        guard !unread.isEmpty else { return .skip(content.rows.isEmpty ? "gone" : "read") }
        var wanted: [Notification] = []
        var held: Timestamp?
        for row in unread {
            let verdict = planner.verdict(
                on: row.type, delivery.channel, for: content.preferences, timezone: content.profile?.timezone,
                at: now)
            switch verdict {
            case .send: wanted.append(row)
            case .drop: break
            case .hold(let end): held = max(held ?? end, end)
            }
        }
        // One that may not be held takes the others along.
        if wanted.isEmpty { return held.map { .hold(until: $0) } ?? .skip("preference") }
        return .send(message(delivery, wanted, content))
    }

    private func message(
        _ delivery: Delivery, _ rows: [Notification], _ content: DeliveryContent
    ) -> DeliveryMessage {
        let rows = rows.sorted { ($0.lastEventAt, $0.id) > ($1.lastEventAt, $1.id) }
        let title =
            if rows.count == 1, let row = rows.first {
                row.title
            } else {
                renderer.text(
                    for: TextSubject(
                        type: Self.digestType, locale: content.profile?.locale, actors: [], actorCount: rows.count)
                ).title
            }
        return DeliveryMessage(
            id: delivery.id, user: delivery.user, profile: content.profile, isDigest: delivery.isDigest,
            title: title, notifications: rows, unreadCount: Int(content.inbox.unreadCount),
            unsubscribeHeaders: unsubscribeHeaders(delivery, rows))
    }

    /// From a digest of several types one unsubscribes from all e-mail.
    private func unsubscribeHeaders(_ delivery: Delivery, _ rows: [Notification]) -> [DeliveryMessage.Header] {
        guard delivery.channel == .email, let links, let baseURL else { return [] }
        let types = Set(rows.map(\.type))
        let claim = UnsubscribeClaim(user: delivery.user, type: types.count == 1 ? types.first : nil)
        return links.headers(for: claim, base: baseURL).map { DeliveryMessage.Header(name: $0.name, value: $0.value) }
    }
}
