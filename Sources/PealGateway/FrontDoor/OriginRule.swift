/// Which origins may connect (DESIGN §4): none at all, that of the request's own host, and those that are listed; all
/// where none is listed.
struct OriginRule: Sendable {
    private let listed: Set<String>
    private let allowsAll: Bool

    init(_ origins: [String]) {
        listed = Set(origins.map { $0.lowercased() })
        allowsAll = origins.isEmpty || listed.contains("*")
    }

    func allows(_ head: RequestHead) -> Bool {
        let origins = head.fields.filter { $0.name == "origin" }
        guard let origin = origins.first?.value.lowercased() else { return true }
        guard origins.count == 1 else { return false }
        if allowsAll || listed.contains(origin) { return true }
        guard let separator = origin.firstRange(of: "://"), let host = head.field("host")?.lowercased() else {
            return false
        }
        return origin[separator.upperBound...] == host
    }

    /// For answers that a page of another origin may read.
    func corsFields(for head: RequestHead) -> [(String, String)] {
        guard let origin = head.field("origin") else { return [] }
        guard allows(head) else { return [("Vary", "Origin")] }
        return [
            ("Access-Control-Allow-Origin", origin), ("Vary", "Origin"),
            ("Access-Control-Expose-Headers", "Cursor, Retry-After, WWW-Authenticate"),
        ]
    }
}
