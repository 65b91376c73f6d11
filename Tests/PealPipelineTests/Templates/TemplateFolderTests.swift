import Foundation
import PealCore
import Testing

@testable import PealPipeline

/// A folder of templates that is removed at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "peal-templates-\(UUID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, _ file: String) throws { try write(Data(text.utf8), file) }

    func write(_ data: Data, _ file: String) throws {
        let url = URL(filePath: "\(path)/\(file)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(file)") }

    func templates(_ defaultLocale: String = "pt-BR") throws(TemplateFailure) -> Templates {
        try Templates(defaultLocale: defaultLocale, folder: TemplateFolder(path))
    }

    /// What is wrong, without the folder's own path.
    func problems(_ defaultLocale: String = "pt-BR") -> [String] {
        do throws(TemplateFailure) {
            _ = try templates(defaultLocale)
            return []
        } catch {
            return error.problems.map { "\($0)".replacing(path + "/", with: "") }
        }
    }
}

extension Templates {
    fileprivate func message(
        _ type: String, _ locale: String?, people: [String] = ["Ana"], count: Int? = nil, target: String? = nil,
        metadata: String = "{}"
    ) -> String {
        text(
            for: TextSubject(
                type: type, locale: locale, actors: people.map { Actor(id: $0) }, actorCount: count ?? people.count,
                targetType: target, metadata: metadata)
        ).message
    }
}

@Suite struct TemplateFolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func anEmptyFolderChangesNothing() throws {
        try folder.write("notes", "README.md")
        try folder.write("", "es/.gitkeep")
        let templates = try folder.templates()
        #expect(templates.locales == ["en", "es", "pt-BR"])
        #expect(templates.message("follow", "es") == "Ana empezó a seguirte")
        #expect(templates.missing == [])
    }

    @Test func oneTextGoesOverTheBuiltInOne() throws {
        try folder.write("{{actors}} ♥ {{your_target}}\n", "es/like.message.mustache")
        let templates = try folder.templates()
        #expect(templates.message("like", "es", target: "photo") == "Ana ♥ tu foto")
        #expect(templates.message("like", "es-MX", target: "photo") == "Ana ♥ tu foto")
        #expect(templates.message("like", "en", target: "photo") == "Ana liked your photo")
        let subject = TextSubject(type: "like", locale: "es", actors: [Actor(id: "a")], actorCount: 1)
        #expect(templates.text(for: subject).title == "Nuevo me gusta")
    }

    @Test func aTypeOfOnesOwnUsesMetadata() throws {
        try folder.write("Fatura {{metadata.number}} paga", "pt-BR/invoice-paid.title.mustache")
        try folder.write(
            """
            {{#metadata.customer.name}}
            {{metadata.customer.name}} pagou a fatura {{metadata.number}}
            {{/metadata.customer.name}}
            {{^metadata.customer.name}}
            A fatura {{metadata.number}} foi paga
            {{/metadata.customer.name}}
            """, "pt-BR/invoice-paid.message.mustache")
        let templates = try folder.templates()
        #expect(
            templates.text(
                for: TextSubject(
                    type: "invoice-paid", locale: nil, actors: [], actorCount: 0, metadata: #"{"number":77}"#))
                == RenderedText(title: "Fatura 77 paga", message: "A fatura 77 foi paga"))
        let metadata = #"{"number":"2026-1","customer":{"name":"<Ana>"}}"#
        #expect(templates.message("invoice-paid", "pt", metadata: metadata) == "<Ana> pagou a fatura 2026-1")
        // Better in another language than not at all.
        #expect(templates.message("invoice-paid", "es", metadata: metadata) == "<Ana> pagou a fatura 2026-1")
        #expect(
            templates.missing == [
                "en has no texts for invoice-paid; its readers get those of pt-BR",
                "es has no texts for invoice-paid; its readers get those of pt-BR",
            ])
    }

    @Test func aTypeThatTheDefaultLacksIsToldGenerally() throws {
        try folder.write("Pagada", "es/paid.title.mustache")
        try folder.write("Pagada", "es/paid.message.mustache")
        let templates = try folder.templates()
        #expect(templates.message("paid", "es") == "Pagada")
        #expect(templates.message("paid", "en") == "New notification")
        #expect(
            templates.missing == [
                "en has no texts for paid; its readers get general ones",
                "pt-BR has no texts for paid; its readers get general ones",
            ])
    }

    @Test func aNewLanguageCountsAsItMust() throws {
        try folder.write(
            """
            {{first}}{{#has_second}} i {{second}}{{/has_second}}{{#has_others}} i jeszcze {{others}} \
            {{#others_one}}osoba{{/others_one}}{{#others_few}}osoby{{/others_few}}{{#others_many}}osób{{/others_many}}\
            {{/has_others}}
            """, "pl/_actors.mustache")
        try folder.write("Nowi obserwujący", "pl/follow.title.mustache")
        try folder.write(
            "{{actors}} {{#is_group}}{{#others_many}}obserwuje{{/others_many}}{{^others_many}}obserwują{{/others_many}}"
                + "{{/is_group}}{{^is_group}}obserwuje{{/is_group}} cię",
            "pl/follow.message.mustache")
        let templates = try folder.templates("en")
        func message(_ count: Int) -> String {
            templates.message("follow", "pl-PL", people: Array(["Ana", "Ewa", "Jan"].prefix(count)), count: count)
        }
        #expect(message(1) == "Ana obserwuje cię")
        #expect(message(2) == "Ana i Ewa obserwują cię")
        #expect(message(3) == "Ana i jeszcze 2 osoby obserwują cię")
        #expect(message(6) == "Ana i jeszcze 5 osób obserwuje cię")
        #expect(message(23) == "Ana i jeszcze 22 osoby obserwują cię")
        #expect(message(12_346) == "Ana i jeszcze 12\u{A0}345 osób obserwuje cię")
        #expect(templates.message("like", "pl", target: "post") == "Ana liked your post")
        #expect(
            templates.missing == [
                "pl has no texts for comment, digest, like, mention, reply; its readers get those of en"
            ])
    }

    @Test func aLanguageWithoutWordsForPeopleHasNeutralOnes() throws {
        try folder.write("x", "de/follow.title.mustache")
        try folder.write("{{actors}}: {{your_target}}", "de/follow.message.mustache")
        let templates = try folder.templates()
        #expect(templates.message("follow", "de", people: ["A", "B"], target: "Foto") == "A, B: Foto")
        #expect(templates.message("follow", "de", people: ["A"], count: 1001) == "A +1.000: …")
        #expect(
            templates.localizedText(for: TextSubject(type: "?", locale: "de", actors: [], actorCount: 0)).locale
                .description == "pt-BR")
    }

    @Test func regionsGoOverLanguages() throws {
        try folder.write("língua", "pt/follow.message.mustache")
        try folder.write("língua", "pt/like.message.mustache")
        try folder.write("Portugal", "pt_PT/follow.message.mustache")
        try folder.write("Brasil", "pt-BR/reply.message.mustache")
        let templates = try folder.templates()
        #expect(templates.locales == ["en", "es", "pt", "pt-BR", "pt-PT"])
        #expect(templates.message("follow", "pt-PT") == "Portugal")
        #expect(templates.message("follow", "pt-BR") == "língua")
        #expect(templates.message("follow", "pt-AO") == "língua")
        #expect(templates.message("like", "pt_pt") == "língua")
        #expect(templates.message("reply", "pt-BR") == "Brasil")
        #expect(templates.message("reply", "pt-PT") == "Brasil")
        #expect(templates.message("mention", "pt-PT") == "Ana mencionou você")
    }

    @Test func scriptsAreLookedUpToo() throws {
        for (tag, text) in [("zh-Hant", "繁"), ("zh", "简")] {
            try folder.write(text, "\(tag)/x.title.mustache")
            try folder.write(text, "\(tag)/x.message.mustache")
        }
        let templates = try folder.templates()
        #expect(templates.message("x", "zh-Hant-TW") == "繁")
        #expect(templates.message("x", "zh_hant") == "繁")
        #expect(templates.message("x", "zh-TW") == "简")
    }

    @Test func targetsHaveTheirOwnPhrases() throws {
        try folder.write(
            #"""
            {"photo": {"your": "deinem Foto", "on_your": "unter deinem Foto"},
             "_none": {"your": "deinem Beitrag", "on_your": "unter deinem Beitrag"},
             "_other": {"your": "»{{target_type}} {{target_id}}«", "on_your": "bei »{{target_type}}«"}}
            """#, "de/targets.json")
        try folder.write("x", "de/like.title.mustache")
        try folder.write("Gefällt {{actors}}: {{your_target}}, {{on_your_target}}", "de/like.message.mustache")
        let templates = try folder.templates()
        #expect(templates.message("like", "de", target: "photo") == "Gefällt Ana: deinem Foto, unter deinem Foto")
        #expect(templates.message("like", "de") == "Gefällt Ana: deinem Beitrag, unter deinem Beitrag")
        #expect(templates.message("like", "de", target: "Rezept") == "Gefällt Ana: »Rezept «, bei »Rezept«")
        try folder.write(#"{"video": {"your": "tu vídeo", "on_your": "en tu vídeo"}}"#, "es-ES/targets.json")
        let spain = try folder.templates()
        #expect(spain.message("like", "es-ES", target: "video") == "A Ana le gustó tu vídeo")
        #expect(spain.message("like", "es-AR", target: "video") == "A Ana le gustó tu video")
        #expect(spain.message("like", "es-ES", target: "photo") == "A Ana le gustó tu foto")
    }

    @Test func aDefaultLanguageOfOnesOwnNeedsGeneralTexts() throws {
        try folder.write("x", "de/like.title.mustache")
        try folder.write("x", "de/like.message.mustache")
        #expect(
            folder.problems("de") == [
                "templates.locale: the default locale, 'de', needs _general.title.mustache and _general.message.mustache"
            ])
        try folder.write("Neuigkeit", "de/_general.title.mustache")
        try folder.write("Etwas ist geschehen", "de/_general.message.mustache")
        #expect(try folder.templates("de").message("invoice", "fr") == "Etwas ist geschehen")
        #expect(try folder.templates("de").message("follow", "en") == "Ana started following you")
    }

    @Test func aTextThatSaysNothingGivesWay() throws {
        try folder.write("{{#has_actor}}hello{{/has_actor}}", "en/x.title.mustache")
        try folder.write("{{metadata.text}}", "en/x.message.mustache")
        let templates = try folder.templates()
        let subject = TextSubject(type: "x", locale: "en", actors: [], actorCount: 0)
        #expect(templates.text(for: subject) == RenderedText(title: "New notification", message: "New notification"))
        try folder.write("{{metadata.title}}", "en/_general.title.mustache")
        #expect(try folder.templates().text(for: subject).title == "x")
    }

    @Test func titlesAndNamesAreOneLine() throws {
        try folder.write("{{first}}\n{{#has_second}}\n&\n{{second}}\n{{/has_second}}\n", "en/_actors.mustache")
        try folder.write("two\nlines {{metadata.a}}", "en/x.title.mustache")
        try folder.write("\n{{actors}}\nsecond line\n\n", "en/x.message.mustache")
        let subject = TextSubject(
            type: "x", locale: "en", actors: [Actor(id: "A"), Actor(id: "B")], actorCount: 2, metadata: #"{"a":"b\nc"}"#
        )
        #expect(
            try folder.templates().text(for: subject)
                == RenderedText(title: "two lines b c", message: "A & B\nsecond line"))
    }

    @Test func everythingThatIsWrongIsTold() throws {
        try folder.write("x", "like.title.mustache")
        try folder.write("x", "english/like.title.mustache")
        try folder.write("x", "tlh/like.title.mustache")
        try folder.write("x", "pt-br/_actors.mustache")
        try folder.write("x", "pt_BR/_actors.mustache")
        try folder.write("a\n{{actor}}", "en/like.title.mustache")
        try folder.write("{{#is_group}}", "en/like.message.mustache")
        try folder.write("x", "en/like.titel.mustache")
        try folder.write("x", "en/_footer.title.mustache")
        try folder.write("x", "en/like.mustache")
        try folder.write("x", "en/targets.yaml")
        try folder.write("x", "en/sold.title.mustache")
        try folder.write("x", "en/bought.message.mustache")
        try folder.write("{{oops}}", "en/broken.title.mustache")
        try folder.write("x", "en/broken.message.mustache")
        try folder.write(Data([0x66, 0xFF]), "es/like.title.mustache")
        try folder.write(String(repeating: "x", count: 65_537), "es/like.message.mustache")
        try folder.write("[", "es/targets.json")
        try folder.write(#"{"a": {"your": "x"}, "b": {"your": "{{actors}}", "on_your": "x"}}"#, "fr/targets.json")
        let problems = folder.problems()
        func has(_ text: String) -> Bool { problems.contains { $0.contains(text) } }
        for expected in [
            "like.title.mustache: must lie in the folder of a locale", "english: is named after no locale",
            "tlh: no plural rules are known for 'tlh'", "pt_BR: is for the same locale as pt-br",
            "en/like.title.mustache:2: there is no variable 'actor'",
            "en/like.message.mustache:1: section 'is_group' is not closed",
            "en/like.titel.mustache: is no template's name",
            "en/_footer.title.mustache: is no template's name", "en/like.mustache: is no template's name",
            "en/targets.yaml: targets are read from targets.json",
            "en/sold.message.mustache: is missing beside sold.title.mustache",
            "en/bought.title.mustache: is missing beside bought.message.mustache",
            "en/broken.title.mustache:1: there is no variable 'oops'", "es/like.title.mustache: is not UTF-8",
            "es/like.message.mustache: has 65537 bytes; 65536 are allowed", "es/targets.json: is not JSON",
            #"fr/targets.json: 'a' must be {"your": "…", "on_your": "…"}"#,
            "fr/targets.json: 'b' is wrong: there is no variable 'actors'; there are target_id, target_type",
        ] { #expect(has(expected), "\(expected)") }
        #expect(problems.count == 18, "\(problems.joined(separator: "\n"))")
    }

    @Test func aMissingFolderIsAProblem() {
        let failure = #expect(throws: TemplateFailure.self) {
            try Templates(folder: TemplateFolder("/nowhere/at/all/"))
        }
        #expect(failure?.description == "/nowhere/at/all: is no folder that can be read")
    }
}

@Suite struct TemplateWatchTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("first", "en/x.title.mustache")
        try folder.write("first", "en/x.message.mustache")
    }

    private func watch() throws -> TemplateWatch {
        try TemplateWatch(TemplateFolder(folder.path), defaultLocale: "pt-BR")
    }

    private func message(_ watch: TemplateWatch, _ type: String = "x", _ locale: String = "en") -> String {
        watch.templates.text(for: TextSubject(type: type, locale: locale, actors: [], actorCount: 0)).message
    }

    @Test func changesAreTakenUpByTheNextStep() throws {
        var watch = try watch()
        #expect(message(watch) == "first")
        #expect(watch.step() == .unchanged)
        try folder.write("second one", "en/x.message.mustache")
        #expect(message(watch) == "first")
        #expect(watch.step() == .reloaded)
        #expect(message(watch) == "second one")
        #expect(watch.step() == .unchanged)
    }

    @Test func newFilesFoldersAndRemovalsAreChanges() throws {
        var watch = try watch()
        try folder.write("neu", "de/x.title.mustache")
        try folder.write("neu", "de/x.message.mustache")
        #expect(watch.step() == .reloaded)
        #expect(message(watch, "x", "de") == "neu")
        try folder.remove("de")
        #expect(watch.step() == .reloaded)
        #expect(message(watch, "x", "de") == "Nova notificação")
        #expect(watch.templates.templates.locales == ["en", "es", "pt-BR"])
    }

    /// Editors write a new file and rename it: same size, and perhaps the same time.
    @Test func aFileThatIsReplacedIsAChange() throws {
        var watch = try watch()
        try folder.write("other", "en/.x.swp")
        #expect(watch.step() == .unchanged)
        #expect(rename("\(folder.path)/en/.x.swp", "\(folder.path)/en/x.message.mustache") == 0)
        #expect(watch.step() == .reloaded)
        #expect(message(watch) == "other")
    }

    @Test func whatIsBrokenChangesNothingAndIsToldOnce() throws {
        var watch = try watch()
        try folder.write("good news", "en/x.title.mustache")
        try folder.write("a\n{{oops}}", "en/x.message.mustache")
        guard case .refused(let failure) = watch.step() else {
            Issue.record("a broken file was taken")
            return
        }
        #expect(failure.problems.map(\.place) == ["\(folder.path)/en/x.message.mustache"])
        #expect(failure.problems.map(\.line) == [2])
        #expect(message(watch) == "first")
        #expect(watch.step() == .unchanged)
        try folder.write("repaired", "en/x.message.mustache")
        #expect(watch.step() == .reloaded)
        #expect(message(watch) == "repaired")
    }

    @Test func aFolderThatVanishesChangesNothing() throws {
        var watch = try watch()
        try FileManager.default.removeItem(atPath: folder.path)
        guard case .refused = watch.step() else {
            Issue.record("no folder was taken for an empty one")
            return
        }
        #expect(message(watch) == "first")
        #expect(watch.step() == .unchanged)
    }

    @Test func aBrokenFolderIsRefusedAtTheStart() throws {
        try folder.write("{{oops}}", "en/x.message.mustache")
        #expect(throws: TemplateFailure.self) { try watch() }
    }

    /// A store renders on a thread of its own while the folder changes: each text is of one version.
    @Test func textsAreNeverMixed() async throws {
        var watch = try watch()
        let live = watch.templates
        let subject = TextSubject(type: "x", locale: "en", actors: [], actorCount: 0)
        let reader = Task.detached {
            var texts: Set<String> = []
            while !Task.isCancelled {
                let text = live.text(for: subject)
                texts.insert("\(text.title)/\(text.message)")
            }
            return texts
        }
        for version in 0..<50 {
            try folder.write("version \(version)", "en/x.title.mustache")
            try folder.write("version \(version)", "en/x.message.mustache")
            #expect(watch.step() == .reloaded)
        }
        reader.cancel()
        for text in await reader.value {
            let parts = text.split(separator: "/")
            #expect(parts.count == 2 && parts[0] == parts[1], "\(text)")
        }
    }
}
