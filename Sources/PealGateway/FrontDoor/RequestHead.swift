/// The head of an HTTP/1.1 request, as far as the front door is concerned.
struct RequestHead: Sendable, Equatable {
    var method: String
    var target: String
    /// Whether the client speaks 1.1, which a WebSocket needs.
    var isHTTP11: Bool
    var fields: [(name: String, value: String)]

    static func == (left: Self, right: Self) -> Bool {
        left.method == right.method && left.target == right.target && left.isHTTP11 == right.isHTTP11
            && left.fields.elementsEqual(right.fields) { $0 == $1 }
    }

    /// The first field of that name (in lower case).
    func field(_ name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// A request of HTTP/1.1 says which host it is for, once (RFC 9112 §3.2).
    var lacksHost: Bool { isHTTP11 && fields.count { $0.name == "host" } != 1 }

    /// All elements of a comma-separated list, over all fields of that name.
    func list(_ name: String) -> [Substring] {
        fields.filter { $0.name == name }
            .flatMap { $0.value.split(separator: ",") }
            .map { $0.drop { $0 == " " || $0 == "\t" } }
            .map { text in
                var text = text
                while let last = text.last, last == " " || last == "\t" { text.removeLast() }
                return text
            }
            .filter { !$0.isEmpty }
    }

    /// Whether a list has this element, in any case.
    func list(_ name: String, contains element: String) -> Bool {
        list(name).contains { $0.lowercased() == element }
    }

    /// Asked by those who would end a server that does not answer, which a full one must.
    var isHealthCheck: Bool { path.hasPrefix("/health/") }

    var path: Substring { target.prefix { $0 != "?" } }
}
