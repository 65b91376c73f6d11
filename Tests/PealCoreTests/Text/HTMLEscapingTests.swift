import PealCore
import Testing

@Suite struct HTMLEscapingTests {
    @Test(arguments: [
        ("", ""), ("João e mais 10 pessoas", "João e mais 10 pessoas"), ("a & b", "a &amp; b"), ("&lt;", "&amp;lt;"),
        ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
        (#"" onerror="x"#, "&quot; onerror=&quot;x"), ("👍🏽 <ü>", "👍🏽 &lt;ü&gt;"), ("'\"><", "&#39;&quot;&gt;&lt;"),
    ])
    func whatTheTextSaysIsShown(plain: String, html: String) {
        #expect(plain.htmlEscaped == html)
    }

    @Test func nothingThatEndsATextIsLeft() {
        let seed = UInt64.random(in: .min ... .max)
        print("escaping: seed \(seed)")
        var state = seed
        for _ in 0..<1000 {
            var text = ""
            for _ in 0..<30 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: state >> 57)))
            }
            let html = text.htmlEscaped
            #expect(!html.contains { "<>\"'".contains($0) }, "seed \(seed)")
            let back = html.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
                .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
            #expect(back == text, "seed \(seed)")
        }
    }
}
