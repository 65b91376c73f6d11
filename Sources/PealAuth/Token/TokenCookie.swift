/// Finds a token in a `Cookie` header (setting `auth.cookie`).
///
/// A cookie comes along with whatever a page elsewhere makes the browser send, so it counts only where
/// ``isOwn(origin:fetchSite:host:listed:)`` says so, on reading and on writing alike.
public enum TokenCookie {
    /// The values of that name in the fields of one request (RFC 6265 §5.4).
    public static func values(of name: String, in fields: [String]) -> [String] {
        fields.flatMap { $0.split(separator: ";") }.compactMap { pair in
            let pair = pair.drop { $0 == " " || $0 == "\t" }
            guard pair.hasPrefix(name), pair.dropFirst(name.count).first == "=" else { return nil }
            var value = pair.dropFirst(name.count + 1)
            while let last = value.last, last == " " || last == "\t" { value.removeLast() }
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            return value.isEmpty ? nil : String(value)
        }
    }

    /// Whether a request comes from a page of this very host, or of a listed origin.
    ///
    /// Browsers send no `Origin` with a `GET` of the same origin; then `Sec-Fetch-Site` has to say that it is one.
    /// - Parameter listed: in lower case; `*` does not count.
    public static func isOwn(origin: String?, fetchSite: String?, host: String?, listed: Set<String>) -> Bool {
        guard let origin = origin?.lowercased() else { return fetchSite?.lowercased() == "same-origin" }
        if origin != "*", listed.contains(origin) { return true }
        guard let host = host?.lowercased(), let separator = origin.firstRange(of: "://") else { return false }
        let scheme = origin[..<separator.lowerBound]
        return (scheme == "http" || scheme == "https") && origin[separator.upperBound...] == host
    }
}
