extension MemoryState: KeyTransaction {
    mutating func apiKeys() throws(StoreError) -> [APIKeyRecord] { keys }
}

extension MemoryState: ErasureTransaction {
    mutating func erasure(of user: UserID) throws(StoreError) -> Erasure? { erasures[user] }

    mutating func setErasure(_ erasure: Erasure) throws(StoreError) { erasures[erasure.user] = erasure }

    mutating func endErasure(of user: UserID) throws(StoreError) { erasures[user] = nil }

    mutating func detachRows(of user: UserID, leaving inbox: Inbox) throws(StoreError) {
        detached[user, default: []] += users[user].map { Array($0.rows.keys) } ?? []
        users[user] = User(inbox: inbox)
    }

    /// Nothing of a detached row is kept here but its id.
    mutating func purgeDetached(of user: UserID, limit: Int) throws(StoreError) -> Int {
        let count = min(limit, detached[user]?.count ?? 0)
        detached[user]?.removeLast(count)
        if detached[user]?.isEmpty == true { detached[user] = nil }
        return count
    }

    mutating func removeRecords(of user: UserID, limit: Int) throws(StoreError) -> Int {
        var count = limit > 0 && profiles.removeValue(forKey: user) != nil ? 1 : 0
        count += removePreferences(of: user, limit: limit - count)
        count += try removeMemberships(of: user, limit: limit - count)
        return count + removeDeliveries(of: user, limit: limit - count)
    }

    mutating func renameActor(_ id: String, to alias: String, of row: Notification) throws(StoreError) {
        guard let index = users[row.userID]?.actors[row.id]?.firstIndex(where: { ExactText($0.id) == ExactText(id) })
        else { return }
        users[row.userID]?.actors[row.id]?[index] = Actor(id: alias, name: Actor.someone(in: nil))
    }

    mutating func renameRecipient(
        _ user: UserID, to alias: UserID, inAnswer number: Int64
    ) throws(StoreError) -> Bool {
        guard let name = answers.first(where: { $0.value.number == number })?.key, var entry = answers[name],
            entry.answer.rename(user, to: alias)
        else { return false }
        answers[name] = entry
        return true
    }

    /// Everything that is left: what has been renamed is not found again.
    func traces(of erasure: Erasure, limit: Int) -> ErasureTraces {
        let id = ExactText(erasure.user.rawValue)
        var rows: [ErasureTraces.Row] = []
        for (owner, entry) in users {
            for row in entry.rows.values {
                let everybody = row.actors + (entry.actors[row.id] ?? [])
                guard everybody.contains(where: { ExactText($0.id) == id }) else { continue }
                rows.append(ErasureTraces.Row(owner: owner, id: row.id))
            }
        }
        rows.sort { $0.id < $1.id }
        let numbers = answers.values.filter {
            $0.answer.outcomes.contains { $0.topic == nil && $0.user == erasure.user }
        }
        .map(\.number).sorted()
        return ErasureTraces(
            rows: Array(rows.prefix(limit)), answers: Array(numbers.prefix(limit)),
            next: Erasure.Position(
                row: rows.count > limit ? erasure.position.row : .max,
                answer: numbers.count > limit ? erasure.position.answer : .max))
    }
}

extension RememberedAnswer {
    /// - Returns: false where the answer does not name this recipient.
    public mutating func rename(_ user: UserID, to alias: UserID) -> Bool {
        var isNamed = false
        for index in outcomes.indices where outcomes[index].topic == nil && outcomes[index].user == user {
            outcomes[index].user = alias
            isNamed = true
        }
        return isNamed
    }
}
