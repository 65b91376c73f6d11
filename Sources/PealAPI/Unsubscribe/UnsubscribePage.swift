import HTTPTypes
import Hummingbird
import PealCore
import PealPipeline

/// A page of a heading, a few sentences and perhaps a button. It works without scripts, and everything that it shows of a
/// request is escaped (RULES 46).
struct UnsubscribePage {
    var texts: UnsubscribeTexts
    var status: HTTPResponse.Status = .ok
    private var heading: String
    /// HTML.
    private var sentences: [String]
    /// HTML.
    private var form = ""

    private init(_ texts: UnsubscribeTexts, _ heading: String, _ sentences: [String]) {
        self.texts = texts
        self.heading = heading
        self.sentences = sentences
    }

    /// Asks, and changes nothing.
    static func question(_ claim: UnsubscribeClaim, token: String, _ texts: UnsubscribeTexts) -> Self {
        var page = Self(texts, texts.question, [texts.sentence(texts.about, texts.aboutEverything, claim)])
        page.form = Self.form("?token=\(token)", texts.unsubscribe)
        return page
    }

    /// Says what was done, and offers to take it back.
    ///
    /// - Parameter hasMandatory: whether there are e-mails that come all the same.
    static func done(
        _ claim: UnsubscribeClaim, token: String, hasMandatory: Bool, _ texts: UnsubscribeTexts
    ) -> Self {
        var page = Self(texts, texts.done, [texts.sentence(texts.doneAbout, texts.doneEverything, claim)])
        if claim.type == nil, hasMandatory { page.sentences.append(texts.someAreMandatory.htmlEscaped) }
        page.sentences.append(texts.changedYourMind.htmlEscaped)
        page.form = Self.form("resubscribe?token=\(token)", texts.resubscribe)
        return page
    }

    /// Says that it was taken back.
    static func back(_ claim: UnsubscribeClaim, token: String, _ texts: UnsubscribeTexts) -> Self {
        var page = Self(
            texts, texts.back,
            [texts.sentence(texts.backAbout, texts.backEverything, claim), texts.changedYourMind.htmlEscaped])
        page.form = Self.form("unsubscribe?token=\(token)", texts.unsubscribe)
        return page
    }

    /// Nothing can be changed.
    static func mandatory(_ claim: UnsubscribeClaim, _ texts: UnsubscribeTexts, status: HTTPResponse.Status) -> Self {
        var page = Self(texts, texts.question, [texts.sentence(texts.mandatory, texts.mandatory, claim)])
        page.status = status
        return page
    }

    static func invalid(_ texts: UnsubscribeTexts) -> Self {
        var page = Self(texts, texts.invalid, [texts.invalidAdvice.htmlEscaped])
        page.status = .badRequest
        return page
    }

    private static func form(_ action: String, _ button: String) -> String {
        """
        <form method="post" action="\(action.htmlEscaped)">
          <input type="hidden" name="List-Unsubscribe" value="One-Click">
          <button>\(button.htmlEscaped)</button>
        </form>
        """
    }

    var response: Response {
        var headers = SecurityHeaders.page
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.contentLanguage] = texts.language
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    private var html: String {
        """
        <!doctype html>
        <html lang="\(texts.language)">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <meta name="color-scheme" content="light dark">
          <meta name="robots" content="noindex">
          <title>\(heading.htmlEscaped)</title>
          <link rel="stylesheet" href="unsubscribe.css">
        </head>
        <body>
        <main>
        <h1>\(heading.htmlEscaped)</h1>
        \(sentences.map { "<p>\($0)</p>" }.joined(separator: "\n"))
        \(form)
        </main>
        </body>
        </html>

        """
    }
}

extension UnsubscribeTexts {
    /// As HTML.
    fileprivate func sentence(_ about: String, _ everything: String, _ claim: UnsubscribeClaim) -> String {
        guard let type = claim.type else { return everything.htmlEscaped }
        return about.htmlEscaped.replacing("{topic}", with: "<strong>\(topic(type).htmlEscaped)</strong>")
    }
}
