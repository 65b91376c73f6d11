import PealCore

/// Values by user. A dictionary leaves half of its places empty on average, whatever their size; here the rows lie side by
/// side, and what is left empty are 4 bytes of an index.
struct UserTable<Value> {
    private struct Row {
        var user: UserID
        var value: Value
    }

    private var rows: [Row] = []
    private var index = PlaceIndex()

    var count: Int { rows.count }

    var isEmpty: Bool { rows.isEmpty }

    /// In no order.
    var all: some Sequence<(user: UserID, value: Value)> {
        rows.lazy.map { ($0.user, $0.value) }
    }

    /// - Parameter hash: the user's `hashValue`, so that it is reckoned once for several uses.
    subscript(user: UserID, hash: Int) -> Value? {
        get { place(of: user, hash).map { rows[$0].value } }
        set {
            switch (place(of: user, hash), newValue) {
            case (let place?, let value?): rows[place].value = value
            case (nil, let value?): append(Row(user: user, value: value), hash: hash)
            case (let place?, nil): remove(at: place)
            case (nil, nil): break
            }
        }
    }

    /// Keeps what this says, after it has changed it.
    mutating func updateAll(_ update: (inout Value) -> Bool) {
        let old = rows
        self = Self()
        for var row in old where update(&row.value) { append(row, hash: row.user.hashValue) }
    }

    private func place(of user: UserID, _ hash: Int) -> Int? {
        index.find(hash) { rows[$0].user == user }
    }

    private mutating func append(_ row: Row, hash: Int) {
        // Not by doubling, which would leave a quarter of the rows empty on average.
        if rows.count == rows.capacity { rows.reserveCapacity(rows.count + max(4, rows.count / 4)) }
        rows.append(row)
        index.insert(rows.count - 1, hash: hash) { [rows] in rows[$0].user.hashValue }
    }

    /// The last row takes its place.
    private mutating func remove(at place: Int) {
        index.remove(place, hash: rows[place].user.hashValue) { [rows] in rows[$0].user.hashValue }
        let last = rows.removeLast()
        guard place < rows.count else { return }
        rows[place] = last
        index.move(rows.count, to: place, hash: last.user.hashValue)
    }
}
