import PealCore
import Testing

@testable import PealPipeline

@Suite struct TemplatesTests {
    let templates: Templates

    init() throws { templates = try Templates() }

    struct Case: Sendable, CustomTestStringConvertible {
        var type: String
        var actors: [String]
        var count: Int
        var target: String?
        var excerpt: String?
        var portuguese: String
        var english: String

        init(
            _ type: String, _ actors: [String], count: Int? = nil, target: String? = nil, excerpt: String? = nil,
            pt portuguese: String, en english: String
        ) {
            self.type = type
            self.actors = actors
            self.count = count ?? actors.count
            self.target = target
            self.excerpt = excerpt
            self.portuguese = portuguese
            self.english = english
        }

        var testDescription: String { portuguese }

        func subject(_ locale: String) -> TextSubject {
            TextSubject(
                type: type, locale: locale, actors: actors.map { Actor(id: $0.lowercased(), name: $0) },
                actorCount: count, targetType: target, excerpt: excerpt)
        }
    }

    static let single = [
        Case("like", ["João"], target: "post", pt: "João curtiu seu post", en: "João liked your post"),
        Case("like", ["João"], target: "photo", pt: "João curtiu sua foto", en: "João liked your photo"),
        Case("like", ["João"], target: "comment", pt: "João curtiu seu comentário", en: "João liked your comment"),
        Case("like", ["João"], target: "receita", pt: "João curtiu seu receita", en: "João liked your receita"),
        Case("like", ["João"], pt: "João curtiu sua publicação", en: "João liked your post"),
        Case("comment", ["Ana"], target: "post", pt: "Ana comentou no seu post", en: "Ana commented on your post"),
        Case("comment", ["Ana"], target: "photo", pt: "Ana comentou na sua foto", en: "Ana commented on your photo"),
        Case(
            "comment", ["Maria"], target: "post", excerpt: "Ótimo post!", pt: "Maria comentou: 'Ótimo post!'",
            en: "Maria commented: 'Ótimo post!'"),
        Case(
            "reply", ["Ana"], target: "comment", pt: "Ana respondeu seu comentário", en: "Ana replied to your comment"),
        Case("reply", ["Ana"], excerpt: "sim", pt: "Ana respondeu: 'sim'", en: "Ana replied: 'sim'"),
        Case("follow", ["Pedro"], pt: "Pedro começou a te seguir", en: "Pedro started following you"),
        Case("follow", ["Pedro"], target: "user", pt: "Pedro começou a te seguir", en: "Pedro started following you"),
        Case("mention", ["Lia"], target: "post", pt: "Lia mencionou você", en: "Lia mentioned you"),
        Case("mention", ["Lia"], excerpt: "oi", pt: "Lia mencionou você: 'oi'", en: "Lia mentioned you: 'oi'"),
        Case("invoice", ["Lia"], pt: "Nova notificação", en: "New notification"),
        Case("invoice", [], excerpt: "R$ 5", pt: "Nova notificação: 'R$ 5'", en: "New notification: 'R$ 5'"),
    ]

    static let groups = [
        Case(
            "like", ["João", "Ana"], target: "post", pt: "João e Ana curtiram seu post",
            en: "João and Ana liked your post"),
        Case(
            "like", ["João", "Ana", "Rui"], target: "post", pt: "João e mais 2 pessoas curtiram seu post",
            en: "João and 2 others liked your post"),
        Case(
            "like", ["João", "Ana", "Rui"], count: 11, target: "post", pt: "João e mais 10 pessoas curtiram seu post",
            en: "João and 10 others liked your post"),
        Case(
            "like", ["João"], count: 2, target: "post", pt: "João e mais 1 pessoa curtiram seu post",
            en: "João and 1 other liked your post"),
        Case(
            "like", ["João"], count: 1_235, target: "post", pt: "João e mais 1.234 pessoas curtiram seu post",
            en: "João and 1,234 others liked your post"),
        Case(
            "like", ["João"], count: 1_000_001, target: "post",
            pt: "João e mais 1.000.000 de pessoas curtiram seu post", en: "João and 1,000,000 others liked your post"),
        Case(
            "comment", ["Ana", "Rui"], target: "photo", excerpt: "oi", pt: "Ana e Rui comentaram na sua foto",
            en: "Ana and Rui commented on your photo"),
        Case(
            "reply", ["Ana"], count: 4, excerpt: "oi", pt: "Ana e mais 3 pessoas responderam seu comentário",
            en: "Ana and 3 others replied to your comment"),
        Case("follow", ["Ana", "Rui"], pt: "Ana e Rui começaram a te seguir", en: "Ana and Rui started following you"),
        Case(
            "mention", ["Ana", "Rui"], excerpt: "x", pt: "Ana e Rui mencionaram você", en: "Ana and Rui mentioned you"),
    ]

    static let withoutActor = [
        Case("like", [], target: "post", pt: "Nova curtida no seu post", en: "New like on your post"),
        Case("comment", [], target: "photo", pt: "Novo comentário na sua foto", en: "New comment on your photo"),
        Case(
            "comment", [], excerpt: "oi", pt: "Novo comentário na sua publicação: 'oi'",
            en: "New comment on your post: 'oi'"),
        Case("reply", [], pt: "Nova resposta ao seu comentário", en: "New reply to your comment"),
        Case("follow", [], pt: "Você tem um novo seguidor", en: "You have a new follower"),
        Case("mention", [], pt: "Você recebeu uma menção", en: "You were mentioned"),
        Case("", [], pt: "Nova notificação", en: "New notification"),
    ]

    @Test(arguments: single + groups + withoutActor)
    func messagesReadWell(_ one: Case) {
        #expect(templates.text(for: one.subject("pt-BR")).message == one.portuguese)
        #expect(templates.text(for: one.subject("en")).message == one.english)
    }

    @Test(arguments: [
        ("like", 1, "Nova curtida", "New like"), ("like", 2, "Novas curtidas", "New likes"),
        ("comment", 1, "Novo comentário", "New comment"), ("comment", 5, "Novos comentários", "New comments"),
        ("reply", 1, "Nova resposta", "New reply"), ("reply", 2, "Novas respostas", "New replies"),
        ("follow", 0, "Novo seguidor", "New follower"), ("follow", 2, "Novos seguidores", "New followers"),
        ("mention", 1, "Nova menção", "New mention"), ("mention", 2, "Novas menções", "New mentions"),
        ("invoice", 1, "Nova notificação", "New notification"),
    ])
    func titlesFollowTheType(type: String, count: Int, portuguese: String, english: String) {
        let actors = count == 0 ? [] : [Actor(id: "a")]
        for (locale, title) in [("pt", portuguese), ("en", english)] {
            let subject = TextSubject(type: type, locale: locale, actors: actors, actorCount: count)
            #expect(templates.text(for: subject).title == title)
        }
    }

    @Test(arguments: [
        (nil, "Nova notificação"), ("pt-BR", "Nova notificação"), ("pt", "Nova notificação"),
        ("PT_br", "Nova notificação"), ("pt-PT", "Nova notificação"), ("en", "New notification"),
        ("en-US", "New notification"), ("EN_gb", "New notification"), ("es", "Nueva notificación"),
        ("es-MX", "Nueva notificación"), ("es_419", "Nueva notificación"), ("ES", "Nueva notificación"),
        ("es-Latn-AR-x-app", "Nueva notificación"), ("de", "Nova notificação"),
        ("", "Nova notificação"), ("english", "Nova notificação"), ("es MX", "Nova notificação"),
    ])
    func localeFallsBack(locale: String?, text: String) {
        #expect(templates.text(for: TextSubject(type: "x", locale: locale, actors: [], actorCount: 0)).title == text)
    }

    @Test func defaultLocaleIsASetting() throws {
        let english = try Templates(defaultLocale: "en-US")
        let subject = TextSubject(type: "x", locale: nil, actors: [], actorCount: 0)
        #expect(english.text(for: subject) == RenderedText(title: "New notification", message: "New notification"))
        let failure = #expect(throws: TemplateFailure.self) { try Templates(defaultLocale: "de") }
        #expect(
            failure?.description == "templates.locale: there are no texts for 'de'; there are en, es, pt-BR")
    }

    @Test func idStandsInForAName() {
        let subject = TextSubject(
            type: "like", locale: "en", actors: [Actor(id: "42")], actorCount: 1, targetType: "post")
        #expect(templates.text(for: subject).message == "42 liked your post")
    }

    @Test func valuesAreNeitherEscapedNorExpanded() {
        let name = #"<b>&"'{{actors}}\#u{E000}"#
        let subject = TextSubject(
            type: "comment", locale: "en", actors: [Actor(id: "a", name: name)], actorCount: 1, excerpt: "a < b & {{c}}"
        )
        #expect(templates.text(for: subject).message == "\(name) commented: 'a < b & {{c}}'")
    }

    @Test func renderingIsQuick() {
        let subject = TextSubject(
            type: "like", locale: "pt-BR", actors: ["João", "Ana", "Rui"].map { Actor(id: $0, name: $0) },
            actorCount: 11, targetType: "post")
        let rounds = 20_000
        let duration = ContinuousClock().measure {
            for _ in 0..<rounds { _ = templates.text(for: subject) }
        }
        // 3 µs in a release build; an unoptimised one on a loaded machine gets room.
        #expect(duration / rounds < .microseconds(100))
        print("rendering: \(duration / rounds) each")
    }
}

@Suite struct ExcerptTests {
    @Test func shortTextsStay() {
        let text = String(repeating: "é", count: 100)
        #expect(Excerpt.shortened(text) == text)
    }

    @Test func longTextsAreCutAtAWord() {
        let text = String(repeating: "palavra ", count: 20)
        #expect(Excerpt.shortened(text) == Array(repeating: "palavra", count: 12).joined(separator: " ") + "…")
        #expect(Excerpt.shortened(Excerpt.shortened(text)) == Excerpt.shortened(text))
    }

    @Test func textsWithoutSpacesAreCutAtACharacter() {
        #expect(Excerpt.shortened(String(repeating: "x", count: 101)) == String(repeating: "x", count: 100) + "…")
    }

    @Test func charactersStayWhole() {
        let family = "👩‍👩‍👧‍👦"
        #expect(Excerpt.shortened(String(repeating: family, count: 150)) == String(repeating: family, count: 100) + "…")
    }

    @Test func linesBecomeOne() {
        #expect(Excerpt.flattened("a\n\n  b\tc\u{1}d") == "a b c d")
        #expect(Excerpt.flattened("a  b") == "a  b")
    }
}
