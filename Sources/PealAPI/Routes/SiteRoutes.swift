import HTTPTypes
import Hummingbird

/// The pages, the browser client and the descriptions of the API.
struct SiteRoutes: Sendable {
    let site: Site
    let isDevelopment: Bool
    let version: String

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/") { request, _ in home(request) }
        let files = [
            "/demo": "demo/demo.html", "/demo/demo.css": "demo/demo.css", "/demo/demo.js": "demo/demo.js",
            "/demo/elements.js": "demo/elements.js", "/demo/preferences.js": "demo/preferences.js",
            "/favicon.ico": "demo/favicon.ico", "/favicon.svg": "demo/favicon.svg",
            "/notification.mp3": "demo/notification.mp3", "/v1/unsubscribe.css": "demo/unsubscribe.css",
            "/openapi.json": "specification/openapi.json", "/asyncapi.json": "specification/asyncapi.json",
        ]
        for (path, file) in files {
            routes.on(.get, path) { request, _ in try site.file(file).response(to: request) }
        }
        routes.on(.get, "/client/{name}") { request, context in
            try site.file("client/\(context.parameter("name") ?? "")").response(to: request)
        }
    }

    private func home(_ request: Request) -> Response {
        if isDevelopment {
            return Response(status: .seeOther, headers: [.location: "/demo", .cacheControl: "no-store"])
        }
        let page = """
            <!doctype html>
            <html lang="en">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="color-scheme" content="light dark">
              <title>Peal</title>
            </head>
            <body>
              <h1>Peal \(version)</h1>
              <p>The notification server is running: <a href="/health/ready">ready?</a></p>
            </body>
            </html>

            """
        return SiteFile(name: "home.html", bytes: Array(page.utf8)).response(to: request)
    }
}
