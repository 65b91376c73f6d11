import Hummingbird
import PealCore

/// The query of a list, checked.
struct ListQuery {
    static let limitRange = 1...200
    static let offsetRange = 0...100_000

    let page: PageQuery
    /// The same for two queries that mean the same.
    let canonical: String

    init(_ request: Request, user: UserID, defaultLimit: Int) throws(Problem) {
        let limit = try request.number("limit", in: Self.limitRange) ?? defaultLimit
        let offset = try request.number("offset", in: Self.offsetRange) ?? 0
        let cursor = Self.value("cursor", of: request)
        let after = cursor.flatMap(PageQuery.Position.init(cursorText:))
        if cursor != nil, after == nil {
            throw Problem.invalidParameter("cursor", "is not a next_cursor of an earlier answer")
        }
        if after != nil, offset > 0 { throw Problem.invalidParameter("offset", "must not stand beside cursor") }
        let type = Self.value("type", of: request)
        page = PageQuery(
            user: user, limit: limit, offset: offset, after: after, status: try Self.status(of: request), type: type)
        canonical = "\(limit) \(offset) \(cursor ?? "") \(page.status.rawValue) \(type ?? "")"
    }

    private static func status(of request: Request) throws(Problem) -> PageQuery.Status {
        guard let text = value("status", of: request) else { return .all }
        guard let status = PageQuery.Status(rawValue: text.lowercased()) else {
            throw Problem.invalidParameter("status", "must be one of \(PageQuery.Status.list)")
        }
        return status
    }

    /// An empty parameter is one that was not given.
    private static func value(_ name: String, of request: Request) -> String? {
        request.query(name).flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Request {
    /// A whole number of the query; nil where it is not given.
    func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = query(name), !text.isEmpty else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem.invalidParameter(
                name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
