extension InMemoryStore {
    public func counts(of user: UserID, type: String?) throws(StoreError) -> InboxCounts {
        try checkOpen()
        var types: [ExactText: TypeCounts] = [:]
        for row in state.folded(user) where row.standing == .active {
            if let type, !type.utf8.elementsEqual(row.type.utf8) { continue }
            let counted = RowState(row)
            types[ExactText(row.type), default: TypeCounts(type: row.type)].add(counted)
        }
        let sorted = types.values.sorted { $0.type.utf8.lexicographicallyPrecedes($1.type.utf8) }
        return InboxCounts(inbox: state.users[user]?.inbox ?? Inbox(), types: sorted)
    }

    public func erasures() throws(StoreError) -> [Erasure] {
        try checkOpen()
        return state.erasures.values.sorted { $0.user < $1.user }
    }

    public func traces(of erasure: Erasure, limit: Int) throws(StoreError) -> ErasureTraces {
        try checkOpen()
        return state.traces(of: erasure, limit: limit)
    }
}

extension TypeCounts {
    fileprivate mutating func add(_ row: RowState) {
        total += 1
        unread += row.unread
        unseen += row.unseen
    }
}
