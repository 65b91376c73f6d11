import PealAuth

/// Which origins may connect (DESIGN §4): none at all, that of the request's own host, and those that are listed; all
/// where none is listed.
struct OriginRule: Sendable {
    private let listed: Set<String>
    private let allowsAll: Bool
    /// Whether a listed page's browser may send its cookie along.
    private let allowsCredentials: Bool

    init(_ origins: [String], allowsCredentials: Bool = false) {
        self.allowsCredentials = allowsCredentials
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

    /// Whether a token from a cookie counts, which comes along with what any page sends.
    func allowsCookie(_ head: RequestHead) -> Bool {
        let origins = head.fields.filter { $0.name == "origin" }
        return origins.count <= 1
            && TokenCookie.isOwn(
                origin: origins.first?.value, fetchSite: head.field("sec-fetch-site"), host: head.field("host"),
                listed: listed)
    }

    /// For answers that a page of another origin may read.
    func corsFields(for head: RequestHead) -> [(String, String)] {
        guard let origin = head.field("origin"), allows(head) else { return [("Vary", "Origin")] }
        var fields = [
            ("Access-Control-Allow-Origin", origin), ("Vary", "Origin"),
            ("Access-Control-Expose-Headers", "Cursor, Retry-After, WWW-Authenticate"),
        ]
        if allowsCredentials, allowsCookie(head) { fields.append(("Access-Control-Allow-Credentials", "true")) }
        return fields
    }
}
