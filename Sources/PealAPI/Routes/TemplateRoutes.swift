import Hummingbird
import PealAuth
import PealCore
import PealPipeline

/// Shows texts without notifying anybody.
struct TemplateRoutes: Sendable {
    let authentication: Authentication
    let templates: LiveTemplates

    private static let bodyLimit = 65_536

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/templates/preview") { request, _ in
            _ = try await authentication.key(of: request, scope: .notify, .read)
            let preview = try Self.preview(try await request.json(upTo: Self.bodyLimit))
            let (locale, text) = templates.templates.localizedText(for: preview.subject)
            return .preview(text, in: locale)
        }
    }

    private static func preview(_ json: JSON) throws(Problem) -> PreviewRequest {
        do throws(ValidationFailure) {
            return try PreviewRequest(json)
        } catch {
            throw Problem(error)
        }
    }
}

extension Response {
    fileprivate static func preview(_ text: RenderedText, in locale: LanguageTag) -> Response {
        .json(headers: [.cacheControl: "no-store"]) { writer in
            writer.name("locale")
            writer.value(locale.description)
            writer.name("title")
            writer.value(text.title)
            writer.name("message")
            writer.value(text.message)
            writer.name("html")
            writer.beginObject()
            writer.name("title")
            writer.value(text.title.htmlEscaped)
            writer.name("message")
            writer.value(text.message.htmlEscaped)
            writer.endObject()
        }
    }
}
