import Foundation
import PealCore
import Testing

@testable import PealGateway

/// The gateway's own requests stand in `/openapi.json`, and its commands in `/asyncapi.json`.
@Suite struct SpecificationTests {
    private static func document(_ name: String) throws -> JSON {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../Sources/PealAPI/Specification/\(name).json")
        return try JSON.parse(try Data(contentsOf: file))
    }

    @Test func everyPathIsDescribed() throws {
        let paths = Set((try Self.document("openapi")["paths"]?.members ?? []).map(\.name))
        #expect(Doorkeeper.paths.subtracting(paths).sorted() == [])
    }

    @Test func everyDescribedCommandIsUnderstood() throws {
        let messages = try Self.document("asyncapi")["components"]?["messages"]?.members ?? []
        let commands = messages.filter { $0.name.hasPrefix("command_") }
        #expect(commands.count > 5)
        for command in commands {
            let type = command.value["payload"]?["properties"]?["type"]?["const"]?.string ?? ""
            let fields = [
                #""token":"t","notification_id":"01890a5d-ac96-774b-bcce-b302099a8057","until":"2030-01-01T00:00:00Z""#,
                #""topic":"t","is_typing":true"#,
            ]
            let text = #"{"type":"\#(type)",\#(fields.joined(separator: ","))}"#
            #expect(throws: Never.self, "\(type)") { try ClientRequest(parsing: Array(text.utf8)) }
        }
    }
}
