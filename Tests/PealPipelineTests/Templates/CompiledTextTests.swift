import Mustache
import PealCore
import Testing

@testable import PealPipeline

@Suite struct CompiledTextTests {
    private let locale: LocaleTexts

    init() throws {
        let layer = try LocaleSource.english.compiled()
        let tag = try #require(LanguageTag("en"))
        let language = try #require(Language(tag))
        locale = LocaleTexts(tag: tag, language: language, layer, neutral: try NeutralTexts())
    }

    private func render(
        _ source: String, names: TemplateNames = .text, people: [String] = ["Ana"], count: Int? = nil,
        target: String? = "post", excerpt: String? = nil, metadata: String = "{}"
    ) throws -> String {
        let subject = TextSubject(
            type: "x", locale: nil, actors: people.map { Actor(id: $0) }, actorCount: count ?? people.count,
            targetType: target, targetID: target.map { _ in "42" }, excerpt: excerpt, metadata: metadata)
        var text = ""
        try CompiledText(source, names: names).write(to: &text, TextValues(subject, locale, readsMetadata: true))
        return text
    }

    private func mistakes(_ source: String, names: TemplateNames = .text) -> [String] {
        do throws(TemplateMistakes) {
            _ = try CompiledText(source, names: names)
            return []
        } catch {
            return error.list.map { "\($0.line): \($0.message)" }
        }
    }

    @Test(arguments: [
        ("{{actors}} did it", "Ana did it"), ("{{ actors }}{{!no}}{{{count}}}{{& first }}", "Ana1Ana"),
        ("{{your_target}}, {{on_your_target}}", "your post, on your post"),
        ("{{target_type}}/{{target_id}}", "post/42"),
        ("a{{#has_actor}}b{{#is_group}}c{{/is_group}}d{{/has_actor}}e", "abde"),
        ("{{^has_actor}}nobody{{/has_actor}}{{^is_group}}one{{/is_group}}", "one"),
        ("{{#excerpt}}x{{/excerpt}}{{^excerpt}}y{{/excerpt}}", "y"), ("}} { {x} ü€👍", "}} { {x} ü€👍"),
        ("{{#count_one}}one{{/count_one}}{{#count_other}}other{{/count_other}}", "one"),
        ("{{#has_target}}yes{{/has_target}}{{#target_id}}, {{target_id}}{{/target_id}}", "yes, 42"),
    ])
    func tagsAreFilled(source: String, text: String) throws {
        #expect(try render(source) == text)
    }

    @Test(arguments: [
        (#"{"n":7,"s":"a <b> {{x}}","t":true,"f":false,"z":null,"o":{"p":{"q":"deep"}},"l":[1],"e":""}"#)
    ])
    func metadataIsShownAsItIs(metadata: String) throws {
        func shown(_ source: String) throws -> String { try render(source, metadata: metadata) }
        #expect(try shown("{{metadata.n}}|{{metadata.s}}|{{metadata.t}}|{{metadata.f}}") == "7|a <b> {{x}}|true|false")
        #expect(
            try shown("{{metadata.o.p.q}}|{{metadata.o}}|{{metadata.l}}|{{metadata.z}}|{{metadata.no.such}}")
                == "deep||||")
        let present = ["n", "s", "t", "o", "l", "o.p"]
        for name in present + ["f", "z", "e", "no", "n.m"] {
            let section = "{{#metadata.\(name)}}yes{{/metadata.\(name)}}{{^metadata.\(name)}}no{{/metadata.\(name)}}"
            #expect(try shown(section) == (present.contains(name) ? "yes" : "no"), "\(name)")
        }
    }

    @Test func longMetadataIsCutLikeAQuotation() throws {
        let text = try render("{{metadata.a}}", metadata: #"{"a":"\#(String(repeating: "x", count: 200))"}"#)
        #expect(text == String(repeating: "x", count: 100) + "…")
    }

    @Test func whatIsNoObjectHasNoMetadata() throws {
        for metadata in ["[]", "7", "", "{"] { #expect(try render("a{{metadata.x}}b", metadata: metadata) == "ab") }
    }

    @Test func namesAreTakenForPeople() throws {
        let source = "{{first}}{{#has_second}}+{{second}}{{/has_second}}{{#has_others}}+{{others}}{{/has_others}}"
        #expect(try render(source, names: .actors, people: []) == "")
        #expect(try render(source, names: .actors, people: ["A"]) == "A")
        #expect(try render(source, names: .actors, people: ["A", "B"]) == "A+B")
        #expect(try render(source, names: .actors, people: ["A"], count: 2) == "A+1")
        #expect(try render(source, names: .actors, people: ["A", "B", "C"], count: 1234) == "A+1,233")
    }

    @Test(arguments: [
        ("{{#has_actor}}\n{{actors}}\n{{/has_actor}}\nend", "Ana\nend"),
        ("a\n  {{! a note\n over lines }}  \nb", "a\nb"), ("a {{! x }}\nb", "a \nb"),
        ("{{#has_actor}}\r\nx\r\n{{/has_actor}}\r\ny", "x\ny"), ("  {{actors}}  \n", "  Ana  \n"),
        ("{{^has_actor}}\nx\n{{/has_actor}}", ""), ("x\n  {{#has_actor}}y{{/has_actor}}", "x\n  y"),
    ])
    func aTagWithALineToItselfLeavesNone(source: String, text: String) throws {
        #expect(try render(source) == text)
    }

    @Test(arguments: [
        ("", ["1: the template is empty"]), ("  {{! nothing }}\n", ["1: the template is empty"]),
        ("a\nb {{actors", ["2: a tag is not closed: }} is missing"]),
        ("{{{actors}}", ["1: a tag is not closed: }}} is missing"]), ("{{}}", ["1: a tag has no name"]),
        ("\n{{#is_group}}\nx", ["2: section 'is_group' is not closed"]),
        ("x{{/is_group}}", ["1: 'is_group' is closed, but no section is open"]),
        (
            "{{#is_group}}\n{{#has_actor}}\n{{/is_group}}",
            ["3: 'is_group' is closed, but 'has_actor' of line 2 is open"]
        ),
        (
            "{{> footer}}",
            ["1: '{{>' cannot be used here: partials, blocks and other delimiters are not understood"]
        ),
        ("{{is_group}}", ["1: 'is_group' is a section: {{#is_group}}…{{/is_group}}"]),
    ])
    func mistakesNameTheirLine(source: String, expected: [String]) {
        #expect(mistakes(source) == expected)
    }

    @Test func allUnknownNamesAreToldAtOnce() {
        let found = mistakes("{{actor}}\n{{#group}}{{metadata}}{{metadata.}}{{/group}}\n{{.}}\n{{#is_group}}")
        #expect(
            found.map { String($0.prefix(34)) }
                == [
                    "1: there is no variable 'actor'; t", "2: there is no section 'group'; th",
                    "2: there is no variable 'metadata'",
                    "2: there is no variable 'metadata.", "3: there is no variable '.'; there",
                    "4: section 'is_group' is not closed",
                ].map { String($0.prefix(34)) })
        #expect(found[0].hasSuffix("target_id, target_type, your_target and metadata.NAME"))
        #expect(
            mistakes("{{actors}}", names: .actors).first?.contains("there are count, first, others, second") == true)
    }

    @Test func sectionsHaveABottom() {
        let deep = String(repeating: "{{#has_actor}}", count: 10_000)
        #expect(mistakes(deep) == ["1: sections are nested deeper than 16"])
    }

    /// Random templates read as in a library that knows all of Mustache. Each section is either within a line or has lines to
    /// itself: what else there may be, the library takes for lines of their own where mustache(5) does not.
    @Test func itReadsAsMustacheDoes() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("templates: seed \(seed)")
        var generator = SplitMix(state: seed)
        for _ in 0..<3000 {
            let source = Self.lines(depth: 0, &generator) + "."
            let people = Array(["Ana", "Rui"].prefix(Int.random(in: 0...2, using: &generator)))
            let excerpt = Bool.random(using: &generator) ? "hey" : nil
            let other = try MustacheTemplate(string: source).render([
                "actors": people.joined(separator: " and "), "count": "\(people.count)", "target_type": "post",
                "excerpt": excerpt.map { $0 as Any } ?? false, "has_actor": !people.isEmpty,
                "is_group": people.count > 1,
            ])
            let own = try render(source, people: people, excerpt: excerpt)
            try #require(own == other, "\(source.debugDescription) seed \(seed)")
        }
    }

    private static let conditions = ["has_actor", "is_group", "excerpt"]

    /// Whole lines, each with its end.
    private static func lines(depth: Int, _ generator: inout SplitMix) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let margin = ["", "  ", "\t"][Int.random(in: 0...2, using: &generator)]
            switch Int.random(in: 0...5, using: &generator) {
            case 0: text += "\(margin)\n"
            case 1: text += "\(margin){{! a note }}\(margin)\n"
            case 2, 3: text += "\(margin)\(words(depth: depth, &generator))\(margin)\n"
            default:
                guard depth < 4 else { continue }
                let name = conditions[Int.random(in: 0...2, using: &generator)]
                let sigil = Bool.random(using: &generator) ? "#" : "^"
                text += "\(margin){{\(sigil)\(name)}}\(margin)\n" + lines(depth: depth + 1, &generator)
                text += "\(margin){{/\(name)}}\(margin)\n"
            }
        }
        return text
    }

    /// Within a line, and never nothing.
    private static func words(depth: Int, _ generator: inout SplitMix) -> String {
        var text = "a"
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            switch Int.random(in: 0...5, using: &generator) {
            case 0: text += [" ", "é", "}", "{ ", "\t"][Int.random(in: 0...4, using: &generator)]
            case 1, 2:
                text += ["{{actors}}", "{{ count }}", "{{{target_type}}}"][Int.random(in: 0...2, using: &generator)]
            case 3: text += "{{! a note }}"
            default:
                guard depth < 4 else { continue }
                let name = conditions[Int.random(in: 0...2, using: &generator)]
                let sigil = Bool.random(using: &generator) ? "#" : "^"
                text += "{{\(sigil) \(name)}}\(words(depth: depth + 1, &generator)){{/\(name)}}"
            }
        }
        return text + "b"
    }
}

/// Steele, Lea and Flood's SplitMix64.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
