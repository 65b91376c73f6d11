import PealCore
import Testing

@testable import PealPipeline

/// The sample numbers of CLDR's plural rules, and how numbers are written.
@Suite struct LanguageTests {
    struct Samples: Sendable, CustomTestStringConvertible {
        let tags: [String]
        let categories: [PluralCategory: [Int]]

        init(_ tags: String..., categories: [PluralCategory: [Int]]) {
            self.tags = tags
            self.categories = categories
        }

        var testDescription: String { tags.joined(separator: " ") }
    }

    static let samples = [
        Samples(
            "ja", "zh", "ko", "vi", "th", "id", "ms",
            categories: [.other: [0, 1, 2, 15, 100, 1000, 1_000_000]]),
        Samples(
            "en", "de", "nl", "sv", "da", "nb", "no", "nn", "fi", "tr", "hu", "el", "bg", "et", "gl", "eu", "af",
            "sw", "ur", "az", "sq",
            categories: [.one: [1], .other: [0, 2, 11, 16, 21, 100, 101, 1000, 1_000_000]]),
        Samples(
            "es", "it", "pt-PT", "ca",
            categories: [
                .one: [1], .many: [1_000_000, 2_000_000, 1_000_000_000],
                .other: [0, 2, 16, 100, 1000, 1_000_001, 1_500_000],
            ]),
        Samples(
            "pt", "pt-BR", "fr",
            categories: [
                .one: [0, 1], .many: [1_000_000, 3_000_000], .other: [2, 17, 100, 1000, 10_000, 1_000_001, 2_500_000],
            ]),
        Samples("fa", categories: [.one: [0, 1], .other: [2, 17, 100, 1_000_000]]),
        Samples("he", categories: [.one: [1], .two: [2], .other: [0, 3, 17, 20, 100, 1_000_000]]),
        Samples(
            "is", "mk", categories: [.one: [1, 21, 31, 101, 1001], .other: [0, 2, 11, 16, 100, 111, 1_000_000]]),
        Samples("cs", "sk", categories: [.one: [1], .few: [2, 3, 4], .other: [0, 5, 19, 22, 100, 102, 1_000_000]]),
        Samples(
            "pl",
            categories: [
                .one: [1], .few: [2, 3, 4, 22, 24, 32, 102, 1002], .many: [0, 5, 12, 14, 19, 21, 100, 112, 1_000_000],
            ]),
        Samples(
            "ru", "uk", "be",
            categories: [
                .one: [1, 21, 31, 101, 1001], .few: [2, 3, 4, 22, 24, 102, 1002],
                .many: [0, 5, 11, 12, 14, 19, 100, 111, 112, 1000, 1_000_000],
            ]),
        Samples(
            "hr", "sr", "bs",
            categories: [
                .one: [1, 21, 101], .few: [2, 4, 22, 104], .other: [0, 5, 11, 12, 14, 19, 100, 111, 1_000_000],
            ]),
        Samples(
            "ro",
            categories: [
                .one: [1], .few: [0, 2, 16, 19, 101, 119, 1001], .other: [20, 35, 100, 120, 1000, 1_000_000],
            ]),
        Samples(
            "sl",
            categories: [
                .one: [1, 101, 201, 1001], .two: [2, 102, 1002], .few: [3, 4, 103, 1004],
                .other: [0, 5, 11, 19, 100, 1_000_000],
            ]),
        Samples(
            "lt",
            categories: [
                .one: [1, 21, 31, 101], .few: [2, 9, 22, 29, 102], .other: [0, 10, 11, 12, 19, 20, 111, 1_000_000],
            ]),
        Samples(
            "lv",
            categories: [
                .zero: [0, 10, 11, 19, 20, 30, 111, 1_000_000], .one: [1, 21, 101], .other: [2, 9, 22, 102],
            ]),
        Samples(
            "ar",
            categories: [
                .zero: [0], .one: [1], .two: [2], .few: [3, 10, 103, 110, 1003], .many: [11, 26, 99, 111, 1011],
                .other: [100, 101, 102, 200, 202, 1000, 1_000_000],
            ]),
    ]

    private func language(_ name: String) throws -> Language {
        let tag = try #require(LanguageTag(name))
        return try #require(Language(tag))
    }

    @Test(arguments: samples)
    func pluralsFollowCLDR(_ samples: Samples) throws {
        for name in samples.tags {
            let rule = try language(name).plural
            #expect(Set(samples.categories.keys) == Set(rule.categories), "\(name)")
            for (category, numbers) in samples.categories {
                for number in numbers { #expect(rule.category(of: number) == category, "\(name) \(number)") }
            }
        }
    }

    @Test func everyLanguageHasSamples() {
        let regions = ["de-AT", "de-CH", "es-419", "es-AR", "es-MX", "es-US"]
        #expect(Set(Language.known).subtracting(Self.samples.flatMap(\.tags)).sorted() == regions.sorted())
    }

    @Test func everyCategoryIsOneOfTheRules() throws {
        for name in Language.known {
            let rule = try language(name).plural
            let found = Set((0...1200).map(rule.category) + [rule.category(of: 1_000_000)])
            #expect(found == Set(rule.categories), "\(name)")
        }
    }

    @Test(arguments: [
        ("en", "999", "1,000", "10,000", "1,234,567"), ("pt-BR", "999", "1.000", "10.000", "1.234.567"),
        ("es", "999", "1000", "10.000", "1.234.567"), ("es-MX", "999", "1,000", "10,000", "1,234,567"),
        ("it", "999", "1000", "10.000", "1.234.567"), ("de", "999", "1.000", "10.000", "1.234.567"),
        ("de-DE", "999", "1.000", "10.000", "1.234.567"),
        ("fr", "999", "1\u{202F}000", "10\u{202F}000", "1\u{202F}234\u{202F}567"),
        ("pl", "999", "1000", "10\u{A0}000", "1\u{A0}234\u{A0}567"),
        ("ru", "999", "1\u{A0}000", "10\u{A0}000", "1\u{A0}234\u{A0}567"),
        ("ja", "999", "1,000", "10,000", "1,234,567"),
    ])
    func largeNumbersAreGrouped(name: String, hundreds: String, thousand: String, ten: String, million: String) throws {
        let language = try self.language(name)
        #expect([999, 1000, 10_000, 1_234_567].map(language.grouped) == [hundreds, thousand, ten, million])
        #expect(language.grouped(0) == "0")
    }

    @Test func aLanguageWithoutRulesIsUnknown() throws {
        let klingon = try #require(LanguageTag("tlh"))
        #expect(Language(klingon) == nil)
        #expect(try language("zh-Hant-TW") == language("zh"))
        #expect(try language("pt-PT") != language("pt"))
    }
}
