import HTTPTypes
import Hummingbird

/// One file of the site, ready to be sent.
struct SiteFile: Sendable {
    let contentType: String
    let bytes: ByteBuffer
    let tag: String

    init(name: String, bytes: [UInt8]) {
        contentType = Self.contentType(of: name)
        self.bytes = ByteBuffer(bytes: bytes)
        tag = "\"\(String(Self.fnv1a(bytes), radix: 16))\""
    }

    func response(to request: Request) -> Response {
        var headers = SecurityHeaders.page
        headers[.eTag] = tag
        headers[.cacheControl] = "no-cache"
        if EntityTag.matches(request.headers[.ifNoneMatch], tag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = contentType
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
    }

    private static func contentType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "json": "application/json"
        case "svg": "image/svg+xml"
        case "ico": "image/vnd.microsoft.icon"
        case "mp3": "audio/mpeg"
        default: "application/octet-stream"
        }
    }

    /// Fowler, Noll and Vo: enough to tell two builds of a page from each other.
    private static func fnv1a(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
