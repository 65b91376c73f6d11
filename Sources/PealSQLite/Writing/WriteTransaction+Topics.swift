internal import PealCore

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

    func members(
        of topic: TopicName, after user: UserID?, addedBy time: Timestamp, limit: Int
    ) throws(StoreError) -> [TopicMember] {
        try topics.members(of: topic, after: user, addedBy: time, limit: limit)
    }
}

extension WriteTransaction: FanOutTransaction {
    func insertFanOut(_ fanOut: FanOut, recipients: [[UserID]]) throws(StoreError) {
        try fanOuts.insert(fanOut, recipients: recipients)
    }

    func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut? { try fanOuts.fanOut(id) }

    func updateFanOut(_ fanOut: FanOut) throws(StoreError) { try fanOuts.update(fanOut) }

    func nextRecipients(of id: NotificationID) throws(StoreError) -> [UserID] { try fanOuts.nextRecipients(of: id) }

    func runningFanOuts(of topic: TopicName) throws(StoreError) -> [FanOut] { try fanOuts.running(of: topic) }

    func fanOuts(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
        try fanOuts.ids(by: actor, limit: limit)
    }

    func forgetFanOuts(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
        try fanOuts.forget(before: time, limit: limit)
    }
}
