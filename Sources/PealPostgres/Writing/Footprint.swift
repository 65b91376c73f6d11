#if PostgreSQL
    internal import PealCore
    internal import PealSQL

    /// What the mutations of a batch will read, as far as they say so themselves.
    struct Footprint {
        /// Whose inboxes they change.
        var users: Set<UserID> = []
        /// Of whom they ask for profile and preferences.
        var facts: Set<UserID> = []
        /// Events that may join a group.
        var events: [NotificationTable.Joining] = []
        /// Digests of idempotency keys.
        var keys: [[UInt8]] = []

        mutating func add(_ mutation: Mutation, users named: [UserID]) {
            users.formUnion(named)
            switch mutation {
            case .ingest(let ingest): add(ingest)
            case .schedule(.send), .preferences, .erase: facts.formUnion(named)
            default: break
            }
        }

        private mutating func add(_ ingest: Ingest) {
            if let key = ingest.idempotency { keys.append(key.storedDigest) }
            let event = ingest.event
            if let actor = event.actor, actor.name == nil, let user = UserID(actor.id) { facts.insert(user) }
            for recipient in event.recipients {
                facts.insert(recipient.user)
                guard let key = event.groupKey else { continue }
                events.append(NotificationTable.Joining(user: recipient.user, key: key, actor: event.actor?.id))
            }
        }
    }

    extension Mutation {
        /// Whose inboxes it changes, as far as it says so itself.
        var namedUsers: [UserID] {
            switch self {
            case .ingest(let ingest): ingest.event.recipients.map(\.user)
            case .inbox(let command): [command.user]
            case .retract(let retraction): retraction.users
            case .settle(let user, _), .deliver(let user, _), .retain(let user, _), .preferences(let user, _): [user]
            case .profile(let profile): [profile.user]
            case .erase(.begin(let user, _)), .erase(.purge(let user, _)), .erase(.end(let user, _)): [user]
            case .erase(.anonymise(let user, _, let traces)): [user] + traces.rows.map(\.owner)
            case .revoke(let user, _): [user]
            case .addKey, .revokeKey, .key, .secret, .schedule, .topic, .fanOut, .delivery: []
            }
        }

        /// The event that it sends, whose recipients stand in the database.
        var sentSchedule: NotificationID? {
            if case .schedule(.send(let id)) = self { id } else { nil }
        }

        /// Whether it changes inboxes that it does not name: such a one has a transaction for itself, so that it waits for locks in
        /// one order.
        var isAlone: Bool {
            if case .fanOut(let command) = self {
                switch command {
                case .step, .retract: return true
                case .cancel, .forget: return false
                }
            }
            return false
        }

        /// Which of several writers it goes to: always the same for one user (RULES 15).
        func writer(of count: Int) -> Int {
            guard count > 1, let user = namedUsers.first else { return 0 }
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in user.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            return Int(hash % UInt64(count))
        }
    }
#endif
