/// Carries deliveries of one channel out of Peal: FCM, SMTP, a webhook.
public protocol DeliveryProvider: Sendable {
    /// Which deliveries it carries.
    var channel: DeliveryChannel { get }
    /// For logs, such as `webhook`.
    var name: String { get }

    /// Hands one over. May be called again for the same ``DeliveryMessage/id``, after a crash or where the answer was lost.
    func deliver(_ message: DeliveryMessage) async throws(DeliveryFailure)
}

/// Why a delivery could not be handed over.
public struct DeliveryFailure: Error, Sendable, Equatable {
    /// For people who look at a list of deliveries; without secrets.
    public var reason: String
    /// Whether trying again is of no use.
    public var isPermanent: Bool
    /// What the other side asked to wait; nil where it said nothing.
    public var retryAfter: Duration?

    /// A failure, which may pass unless something else is said.
    public init(_ reason: String, isPermanent: Bool = false, retryAfter: Duration? = nil) {
        self.reason = reason
        self.isPermanent = isPermanent
        self.retryAfter = retryAfter
    }
}

/// What is to be carried to one user.
public struct DeliveryMessage: Sendable, Equatable {
    /// Of the delivery; the same for every attempt.
    public var id: NotificationID
    /// Who is to be reached.
    public var user: UserID
    /// What the app told about them; nil for nothing.
    public var profile: UserProfile?
    /// Whether it gathers several events.
    public var isDigest: Bool
    /// One line in the reader's language: of the notification, or how many there are.
    public var title: String
    /// What is still unread, the newest first.
    public var notifications: [Notification]
    /// All that is unread in the inbox, also what is not told here.
    public var unreadCount: Int
    /// Headers by which mail programs unsubscribe (RFC 8058); empty where Peal does not know its own address.
    public var unsubscribeHeaders: [Header]

    /// A header of an e-mail.
    public struct Header: Sendable, Equatable {
        /// Such as `List-Unsubscribe`.
        public var name: String
        /// As it stands behind the colon.
        public var value: String

        /// A header of this name.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A message as a provider gets it.
    public init(
        id: NotificationID, user: UserID, profile: UserProfile?, isDigest: Bool, title: String,
        notifications: [Notification], unreadCount: Int, unsubscribeHeaders: [Header] = []
    ) {
        self.id = id
        self.user = user
        self.profile = profile
        self.isDigest = isDigest
        self.title = title
        self.notifications = notifications
        self.unreadCount = unreadCount
        self.unsubscribeHeaders = unsubscribeHeaders
    }
}
