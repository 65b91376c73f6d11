import PealCore
import Testing

@Suite struct LanguageTagTests {
    @Test(arguments: [
        ("pt-BR", "pt-BR"), ("PT_br", "pt-BR"), ("en", "en"), ("EN-gb", "en-GB"), ("es_419", "es-419"),
        ("zh-hant-tw", "zh-Hant-TW"), ("sr_LATN_rs", "sr-Latn-RS"), ("gsw", "gsw"), ("de-1996", "de-1996"),
        ("sl-rozaj-biske", "sl-rozaj-biske"), ("zh-yue-hk", "zh-yue-HK"), ("en-u-CA-gregory", "en-u-ca-gregory"),
        ("de-CH-x-Phonebk", "de-CH-x-phonebk"), ("hy-Latn-IT-arevela", "hy-Latn-IT-arevela"),
        ("en-a-bbb-x-a-ccc", "en-a-bbb-x-a-ccc"), ("sl-IT-nedis", "sl-IT-nedis"),
        ("de-latn-de-1901", "de-Latn-DE-1901"),
    ])
    func tagsHaveOneSpelling(text: String, spelling: String) {
        #expect(LanguageTag(text)?.description == spelling)
        #expect(LanguageTag(spelling)?.description == spelling)
    }

    @Test(arguments: [
        "", "-", "_", "a", "p", "english", "portuguese", "pt-", "-BR", "pt--BR", "pt BR", "pt-BR ", "pt-B", "pt-BRA-B",
        "1a",
        "é", "pt-é", "C", "POSIX", "pt_BR.UTF-8", "x-private", "i-klingon", "en-US-GB", "en-Latn-Latn", "en-u", "en-x",
        "en-u-x-a", "pt-abcdefghi", "en-US-1", "../../etc", "pt\u{0}BR", "de-a-b-c", "zh-aaa-bbb-ccc-ddd",
        "en-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa",
    ])
    func whatIsNoTagIsRefused(text: String) {
        #expect(LanguageTag(text) == nil)
    }

    @Test func parentsLoseSubtagAfterSubtag() throws {
        var names: [String] = []
        var tag = LanguageTag("zh-Hant-TW-x-app")
        while let current = tag {
            names.append(current.description)
            tag = current.parent
        }
        // RFC 4647 §3.4: a singleton never stands last.
        #expect(names == ["zh-Hant-TW-x-app", "zh-Hant-TW", "zh-Hant", "zh"])
        #expect(LanguageTag("zh-Hant-TW")?.language == "zh")
    }

    @Test func equalTagsAreEqual() {
        #expect(LanguageTag("pt_br") == LanguageTag("PT-BR"))
        #expect(Set([LanguageTag("pt_br"), LanguageTag("pt-BR")]).count == 1)
    }
}
