import PealCore

extension ModelInbox {
    /// What is active, by type, in the order of the types' bytes.
    func counts(of type: String?) -> [TypeCounts] {
        var counts: [TypeCounts] = []
        for row in rows where row.standing == .active && (type == nil || row.type == type) {
            let index = counts.firstIndex { $0.type == row.type } ?? counts.endIndex
            if index == counts.endIndex { counts.append(TypeCounts(type: row.type)) }
            counts[index].total += 1
            counts[index].unread += row.isRead ? 0 : 1
            counts[index].unseen += row.isSeen ? 0 : 1
        }
        return counts.sorted { $0.type.utf8.lexicographicallyPrecedes($1.type.utf8) }
    }
}
