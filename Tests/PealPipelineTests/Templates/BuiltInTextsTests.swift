import PealCore
import Testing

@testable import PealPipeline

/// What readers get, in each language that is built in: a table for native speakers.
@Suite struct BuiltInTextsTests {
    /// A type's texts for nobody, 1, 2, 3, 4 and 11 people and for a million and one.
    struct Texts: Sendable, CustomTestStringConvertible {
        let locale: String
        let type: String
        let target: String?
        /// For nobody or one, and for more.
        let titles: (String, String)
        let messages: [String]

        init(
            _ locale: String, _ type: String, _ target: String? = nil, titles: (String, String), _ messages: String...
        ) {
            self.locale = locale
            self.type = type
            self.target = target
            self.titles = titles
            self.messages = messages
        }

        var testDescription: String { "\(locale) \(type)" }
    }

    static let counts = [0, 1, 2, 3, 4, 11, 1_000_001]

    static let portuguese = [
        Texts(
            "pt-BR", "like", "photo", titles: ("Nova curtida", "Novas curtidas"),
            "Nova curtida na sua foto",
            "Ana curtiu sua foto",
            "Ana e Inês curtiram sua foto",
            "Ana e mais 2 pessoas curtiram sua foto",
            "Ana e mais 3 pessoas curtiram sua foto",
            "Ana e mais 10 pessoas curtiram sua foto",
            "Ana e mais 1.000.000 de pessoas curtiram sua foto"),
        Texts(
            "pt-BR", "comment", "post", titles: ("Novo comentário", "Novos comentários"),
            "Novo comentário no seu post",
            "Ana comentou no seu post",
            "Ana e Inês comentaram no seu post",
            "Ana e mais 2 pessoas comentaram no seu post",
            "Ana e mais 3 pessoas comentaram no seu post",
            "Ana e mais 10 pessoas comentaram no seu post",
            "Ana e mais 1.000.000 de pessoas comentaram no seu post"),
        Texts(
            "pt-BR", "reply", titles: ("Nova resposta", "Novas respostas"),
            "Nova resposta ao seu comentário",
            "Ana respondeu seu comentário",
            "Ana e Inês responderam seu comentário",
            "Ana e mais 2 pessoas responderam seu comentário",
            "Ana e mais 3 pessoas responderam seu comentário",
            "Ana e mais 10 pessoas responderam seu comentário",
            "Ana e mais 1.000.000 de pessoas responderam seu comentário"),
        Texts(
            "pt-BR", "follow", titles: ("Novo seguidor", "Novos seguidores"),
            "Você tem um novo seguidor",
            "Ana começou a te seguir",
            "Ana e Inês começaram a te seguir",
            "Ana e mais 2 pessoas começaram a te seguir",
            "Ana e mais 3 pessoas começaram a te seguir",
            "Ana e mais 10 pessoas começaram a te seguir",
            "Ana e mais 1.000.000 de pessoas começaram a te seguir"),
        Texts(
            "pt-BR", "mention", titles: ("Nova menção", "Novas menções"),
            "Você recebeu uma menção",
            "Ana mencionou você",
            "Ana e Inês mencionaram você",
            "Ana e mais 2 pessoas mencionaram você",
            "Ana e mais 3 pessoas mencionaram você",
            "Ana e mais 10 pessoas mencionaram você",
            "Ana e mais 1.000.000 de pessoas mencionaram você"),
        Texts(
            "pt-BR", "invoice", titles: ("Nova notificação", "Nova notificação"),
            "Nova notificação", "Nova notificação", "Nova notificação", "Nova notificação", "Nova notificação",
            "Nova notificação", "Nova notificação"),
    ]

    static let english = [
        Texts(
            "en", "like", "photo", titles: ("New like", "New likes"),
            "New like on your photo",
            "Ana liked your photo",
            "Ana and Inês liked your photo",
            "Ana and 2 others liked your photo",
            "Ana and 3 others liked your photo",
            "Ana and 10 others liked your photo",
            "Ana and 1,000,000 others liked your photo"),
        Texts(
            "en", "comment", "post", titles: ("New comment", "New comments"),
            "New comment on your post",
            "Ana commented on your post",
            "Ana and Inês commented on your post",
            "Ana and 2 others commented on your post",
            "Ana and 3 others commented on your post",
            "Ana and 10 others commented on your post",
            "Ana and 1,000,000 others commented on your post"),
        Texts(
            "en", "reply", titles: ("New reply", "New replies"),
            "New reply to your comment",
            "Ana replied to your comment",
            "Ana and Inês replied to your comment",
            "Ana and 2 others replied to your comment",
            "Ana and 3 others replied to your comment",
            "Ana and 10 others replied to your comment",
            "Ana and 1,000,000 others replied to your comment"),
        Texts(
            "en", "follow", titles: ("New follower", "New followers"),
            "You have a new follower",
            "Ana started following you",
            "Ana and Inês started following you",
            "Ana and 2 others started following you",
            "Ana and 3 others started following you",
            "Ana and 10 others started following you",
            "Ana and 1,000,000 others started following you"),
        Texts(
            "en", "mention", titles: ("New mention", "New mentions"),
            "You were mentioned",
            "Ana mentioned you",
            "Ana and Inês mentioned you",
            "Ana and 2 others mentioned you",
            "Ana and 3 others mentioned you",
            "Ana and 10 others mentioned you",
            "Ana and 1,000,000 others mentioned you"),
        Texts(
            "en", "invoice", titles: ("New notification", "New notification"),
            "New notification", "New notification", "New notification", "New notification", "New notification",
            "New notification", "New notification"),
    ]

    static let spanish = [
        Texts(
            "es", "like", "photo", titles: ("Nuevo me gusta", "Nuevos me gusta"),
            "Nuevo me gusta en tu foto",
            "A Ana le gustó tu foto",
            "A Ana e Inês les gustó tu foto",
            "A Ana y 2 personas más les gustó tu foto",
            "A Ana y 3 personas más les gustó tu foto",
            "A Ana y 10 personas más les gustó tu foto",
            "A Ana y 1.000.000 de personas más les gustó tu foto"),
        Texts(
            "es", "comment", "post", titles: ("Nuevo comentario", "Nuevos comentarios"),
            "Nuevo comentario en tu publicación",
            "Ana comentó en tu publicación",
            "Ana e Inês comentaron en tu publicación",
            "Ana y 2 personas más comentaron en tu publicación",
            "Ana y 3 personas más comentaron en tu publicación",
            "Ana y 10 personas más comentaron en tu publicación",
            "Ana y 1.000.000 de personas más comentaron en tu publicación"),
        Texts(
            "es", "reply", titles: ("Nueva respuesta", "Nuevas respuestas"),
            "Nueva respuesta a tu comentario",
            "Ana respondió a tu comentario",
            "Ana e Inês respondieron a tu comentario",
            "Ana y 2 personas más respondieron a tu comentario",
            "Ana y 3 personas más respondieron a tu comentario",
            "Ana y 10 personas más respondieron a tu comentario",
            "Ana y 1.000.000 de personas más respondieron a tu comentario"),
        Texts(
            "es", "follow", titles: ("Nuevo seguidor", "Nuevos seguidores"),
            "Tienes un nuevo seguidor",
            "Ana empezó a seguirte",
            "Ana e Inês empezaron a seguirte",
            "Ana y 2 personas más empezaron a seguirte",
            "Ana y 3 personas más empezaron a seguirte",
            "Ana y 10 personas más empezaron a seguirte",
            "Ana y 1.000.000 de personas más empezaron a seguirte"),
        Texts(
            "es", "mention", titles: ("Nueva mención", "Nuevas menciones"),
            "Te mencionaron",
            "Ana te mencionó",
            "Ana e Inês te mencionaron",
            "Ana y 2 personas más te mencionaron",
            "Ana y 3 personas más te mencionaron",
            "Ana y 10 personas más te mencionaron",
            "Ana y 1.000.000 de personas más te mencionaron"),
        Texts(
            "es", "invoice", titles: ("Nueva notificación", "Nueva notificación"),
            "Nueva notificación", "Nueva notificación", "Nueva notificación", "Nueva notificación",
            "Nueva notificación", "Nueva notificación", "Nueva notificación"),
    ]

    private let templates: Templates

    init() throws { templates = try Templates() }

    private func text(
        _ locale: String, _ type: String, people: [String], count: Int? = nil, target: String? = nil,
        excerpt: String? = nil
    ) -> RenderedText {
        templates.text(
            for: TextSubject(
                type: type, locale: locale, actors: people.map { Actor(id: $0, name: $0) },
                actorCount: count ?? people.count, targetType: target, excerpt: excerpt))
    }

    @Test(arguments: portuguese + english + spanish)
    func everyTypeReadsWellForEveryCount(_ texts: Texts) {
        #expect(texts.messages.count == Self.counts.count)
        for (count, message) in zip(Self.counts, texts.messages) {
            let people = Array(["Ana", "Inês", "Rui"].prefix(count))
            let text = text(texts.locale, texts.type, people: people, count: count, target: texts.target)
            #expect(text.message == message)
            #expect(text.title == (count > 1 ? texts.titles.1 : texts.titles.0), "\(count)")
        }
    }

    @Test func everyLanguageHasEveryTypeAndTarget() {
        #expect(Set(LocaleSource.all.map { Set($0.types.keys) }).count == 1)
        #expect(Set(LocaleSource.spanish.targets.keys) == Set(LocaleSource.portuguese.targets.keys))
        #expect(LocaleSource.all.map(\.tag) == ["pt-BR", "en", "es"])
    }

    /// One more person has a form of its own: only one name is known, although there were two.
    @Test func onePersonMoreIsSingular() {
        #expect(
            text("pt-BR", "follow", people: ["Ana"], count: 2).message == "Ana e mais 1 pessoa começaram a te seguir")
        #expect(text("en", "follow", people: ["Ana"], count: 2).message == "Ana and 1 other started following you")
        #expect(text("es", "follow", people: ["Ana"], count: 2).message == "Ana y 1 persona más empezaron a seguirte")
    }

    @Test(arguments: [
        (1001, "1000 personas más"), (10_001, "10.000 personas más"), (1_000_002, "1.000.001 personas más"),
        (2_000_001, "2.000.000 de personas más"),
    ])
    func spanishNumbersAreWrittenAsCLDRHasThem(count: Int, people: String) {
        #expect(text("es", "follow", people: ["Ana"], count: count).message == "Ana y \(people) empezaron a seguirte")
    }

    @Test(arguments: [
        ("comment", "Ana comentó: “¡Qué foto!”"), ("reply", "Ana respondió: “¡Qué foto!”"),
        ("mention", "Ana te mencionó: “¡Qué foto!”"), ("invoice", "Nueva notificación: “¡Qué foto!”"),
    ])
    func spanishQuotesWhatWasWritten(type: String, message: String) {
        #expect(text("es", type, people: ["Ana"], target: "photo", excerpt: "¡Qué foto!").message == message)
    }

    @Test(arguments: [
        ("post", "tu publicación"), ("comment", "tu comentario"), ("photo", "tu foto"), ("image", "tu imagen"),
        ("video", "tu video"), ("review", "tu reseña"), ("story", "tu historia"), ("user", "tu perfil"),
        ("receta", "tu receta"), (nil, "tu publicación"),
    ])
    func spanishTargets(type: String?, phrase: String) {
        #expect(text("es", "like", people: ["Ana"], target: type).message == "A Ana le gustó \(phrase)")
        #expect(text("es", "comment", people: ["Ana"], target: type).message == "Ana comentó en \(phrase)")
    }

    @Test(arguments: [
        ("Inés", "e"), ("Íñigo", "e"), ("Hilda", "e"), ("Isabel", "e"), ("Yvonne", "e"), ("I", "e"), ("ignacio", "e"),
        ("Juan", "y"), ("Yolanda", "y"), ("Ian", "y"), ("Hielo", "y"), ("Ana", "y"), ("Hugo", "y"),
        ("Ía", "e"), ("Y", "y"), ("4", "y"),
    ])
    func spanishAndBecomesEBeforeTheSoundOfI(name: String, conjunction: String) {
        #expect(SpanishSpelling.beginsWithSoundOfI(name) == (conjunction == "e"))
        #expect(
            text("es", "follow", people: ["Ana", name]).message == "Ana \(conjunction) \(name) empezaron a seguirte")
    }
}
