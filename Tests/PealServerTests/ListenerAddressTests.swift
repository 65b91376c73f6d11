import PealGateway
import Testing

@testable import PealServer

@Suite struct ListenerAddressTests {
    @Test(arguments: [
        ("8000=inbox", nil, 8000, Dialect.inbox), ("0.0.0.0:8085=chat", "0.0.0.0", 8085, .chat),
        ("[::1]:1=rooms", "::1", 1, .rooms), ("host.example:65535=peal", "host.example", 65_535, .peal),
    ])
    func readsAndWrites(text: String, host: String?, port: Int, dialect: Dialect) throws {
        let address = try #require(ListenerAddress(text))
        #expect(address.host == host && address.port == port && address.dialect == dialect)
        #expect(address.text == text)
    }

    @Test(arguments: [
        "", "8000", "8000=", "=chat", "8000=klingon", "8000=Chat", "0=chat", "65536=chat", "-1=chat", "+1=chat",
        ":8000=chat", "::1:8000=chat", "[]:8000=chat", "a:b=chat", "8000=chat=rooms", "８=chat",
    ])
    func refusesEverythingElse(text: String) {
        #expect(ListenerAddress(text) == nil)
    }

    @Test func comeFromAFlagOrAList() throws {
        let settings = try Settings.load(arguments: ["--http-listeners", "8000=inbox, 8085=chat"])
        #expect(settings.http.listeners.map(\.text) == ["8000=inbox", "8085=chat"])
        #expect(throws: SettingsError.self) {
            try Settings.load(arguments: ["--http-listeners", "8000=inbox,8085"])
        }
    }

    @Test(arguments: ["8080=chat", "9095=chat", "1=chat,1=inbox", "127.0.0.1:8080=rooms"])
    func aPortTwiceIsRefused(text: String) {
        do throws(SettingsError) {
            _ = try Settings.load(arguments: ["--http-listeners", text])
            Issue.record("accepted \(text)")
        } catch {
            #expect(error.description.hasPrefix("http.listeners: '\(text)' (from --http-listeners) names port "))
        }
    }
}
