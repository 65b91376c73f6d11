#if PostgreSQL
    internal import PealCore

    extension WriteTransaction: KeyTransaction {
        func apiKeys() throws(StoreError) -> [APIKeyRecord] { try people.keys() }
    }

    extension WriteTransaction: ErasureTransaction {
        func erasure(of user: UserID) throws(StoreError) -> Erasure? {
            guard try preferences.isBeingErased(user) else { return nil }
            return try erasures.erasure(of: user)
        }

        func setErasure(_ erasure: Erasure) throws(StoreError) {
            preferences.drop(erasure.user)
            try erasures.set(erasure)
        }

        func endErasure(of user: UserID) throws(StoreError) {
            preferences.drop(user)
            try erasures.end(of: user)
            try inboxes.removeUnused(user)
        }

        /// Rows hang on the number of their inbox: with another number the inbox has none, whatever their number was.
        func detachRows(of user: UserID, leaving inbox: Inbox) throws(StoreError) {
            try erasures.detach(inboxes.renumber(user, leaving: inbox), of: user)
        }

        func purgeDetached(of user: UserID, limit: Int) throws(StoreError) -> Int {
            try erasures.purgeDetached(of: user, limit: limit)
        }

        func removeRecords(of user: UserID, limit: Int) throws(StoreError) -> Int {
            preferences.drop(user)
            return try erasures.removeRecords(of: user, limit: limit)
        }

        func renameActor(_ id: String, to alias: String, of row: Notification) throws(StoreError) {
            try erasures.renameActor(id, to: alias, of: row.id, inbox: notifications.inbox(of: row.id))
            notifications.actors.forget(row.id)
        }

        func renameRecipient(
            _ user: UserID, to alias: UserID, inAnswer number: Int64
        ) throws(StoreError) -> Bool {
            try answers.renameRecipient(user, to: alias, inAnswer: number)
        }
    }

    extension WriteTransaction: PreferenceTransaction {
        func preferences(of user: UserID) throws(StoreError) -> Preferences? {
            try preferences.preferences(of: user)
        }

        func setPreferences(_ preferences: Preferences?, of user: UserID) throws(StoreError) {
            try self.preferences.set(preferences, of: user)
        }

        func mute(_ subject: Mute.Subject, of user: UserID) throws(StoreError) -> Mute? {
            try preferences.mute(subject, of: user)
        }

        func mutes(of user: UserID) throws(StoreError) -> [Mute] { try preferences.mutes(of: user) }

        func setMute(_ mute: Mute, of user: UserID) throws(StoreError) { try preferences.set(mute, of: user) }

        func removeMute(_ subject: Mute.Subject, of user: UserID) throws(StoreError) {
            try preferences.remove(subject, of: user)
        }
    }

    extension WriteTransaction: SecretTransaction {
        func secret(_ name: String) throws(StoreError) -> StoreSecret? { try preferences.secret(name) }

        func addSecret(_ secret: StoreSecret) throws(StoreError) { try preferences.add(secret) }
    }

    extension WriteTransaction: ScheduleTransaction {
        func insertSchedule(_ schedule: Schedule) throws(StoreError) { try schedules.insert(schedule) }

        func schedule(_ id: NotificationID) throws(StoreError) -> Schedule? { try schedules.schedule(id) }

        func setEvent(_ event: Event, ofSchedule id: NotificationID) throws(StoreError) {
            try schedules.setEvent(event, of: id)
        }

        func removeRecipient(_ user: UserID, ofSchedule id: NotificationID) throws(StoreError) -> Bool {
            try schedules.removeRecipient(user, of: id)
        }

        func removeSchedule(_ id: NotificationID) throws(StoreError) -> Bool { try schedules.remove(id) }

        func schedules(of act: Act) throws(StoreError) -> [NotificationID] { try schedules.ids(of: act) }

        func schedules(for user: UserID, limit: Int) throws(StoreError) -> [NotificationID] {
            try schedules.ids(for: user, limit: limit)
        }

        func schedules(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
            try schedules.ids(by: actor, limit: limit)
        }
    }

    extension WriteTransaction: TopicTransaction {
        func addMember(_ user: UserID, to topic: TopicName) throws(StoreError) -> Bool {
            try topics.add(user, to: topic, at: now)
        }

        func removeMember(_ user: UserID, from topic: TopicName) throws(StoreError) -> Bool {
            try topics.remove(user, from: topic)
        }

        func removeMembers(of topic: TopicName, limit: Int) throws(StoreError) -> Int {
            try topics.removeMembers(of: topic, limit: limit)
        }

        /// Asked for by a step of a fan-out, which notifies them all next.
        func members(
            of topic: TopicName, after user: UserID?, addedBy time: Timestamp, limit: Int
        ) throws(StoreError) -> [TopicMember] {
            let members = try topics.members(of: topic, after: user, addedBy: time, limit: limit)
            try prepare(members.map(\.user))
            return members
        }
    }

    extension WriteTransaction: FanOutTransaction {
        func insertFanOut(_ fanOut: FanOut, recipients: [[UserID]]) throws(StoreError) {
            try fanOuts.insert(fanOut, recipients: recipients)
        }

        func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut? { try fanOuts.fanOut(id) }

        func updateFanOut(_ fanOut: FanOut) throws(StoreError) { try fanOuts.update(fanOut) }

        func nextRecipients(of id: NotificationID) throws(StoreError) -> [UserID] {
            let users = try fanOuts.nextRecipients(of: id)
            try prepare(users)
            return users
        }

        func runningFanOuts(of topic: TopicName) throws(StoreError) -> [FanOut] { try fanOuts.running(of: topic) }

        func fanOuts(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
            try fanOuts.ids(by: actor, limit: limit)
        }

        func forgetFanOuts(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
            try fanOuts.forget(before: time, limit: limit)
        }
    }

    extension WriteTransaction: DeliveryTransaction {
        func insertDelivery(_ delivery: Delivery) throws(StoreError) { try deliveries.insert(delivery) }

        func delivery(_ id: NotificationID) throws(StoreError) -> Delivery? { try deliveries.delivery(id) }

        func updateDelivery(_ delivery: Delivery) throws(StoreError) { try deliveries.update(delivery) }

        func add(_ notification: NotificationID, toDelivery id: NotificationID) throws(StoreError) {
            try deliveries.add(notification, to: id)
        }

        func isPending(_ notification: NotificationID, on channel: DeliveryChannel) throws(StoreError) -> Bool {
            try deliveries.isPending(notification, on: channel)
        }

        func openDigest(
            of user: UserID, on channel: DeliveryChannel, at time: Timestamp
        ) throws(StoreError) -> (id: NotificationID, count: Int)? {
            try deliveries.openDigest(of: user, on: channel, at: time)
        }

        func forgetDeliveries(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
            try deliveries.forget(before: time, limit: limit)
        }
    }
#endif
