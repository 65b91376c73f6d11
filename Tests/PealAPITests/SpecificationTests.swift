import Foundation
import HTTPTypes
import PealCore
import Testing

@testable import PealAPI

/// `/openapi.json` names every route and no other.
@Suite struct SpecificationTests {
    /// What the gateway takes before it comes to the routes; its own tests compare these.
    private static let gatewayPaths: Set = [
        "/ws/notifications", "/v1/ws", "/sse/notifications", "/v1/sse", "/v1/sync",
    ]

    @Test func everyRouteIsDescribedAndNothingElse() async throws {
        let document = try Self.document("openapi")
        var described: Set<String> = []
        for path in document["paths"]?.members ?? [] where !Self.gatewayPaths.contains(path.name) {
            for operation in path.value.members ?? [] {
                described.insert("\(operation.name.uppercased()) \(path.name)")
            }
        }
        let routes = Set(try await TestServer().operations)
        #expect(routes.subtracting(described).sorted() == [], "not in Sources/PealAPI/Specification/openapi.json")
        #expect(described.subtracting(routes).sorted() == [], "described, but there is no such route")
        #expect(Self.gatewayPaths.isSubset(of: Set((document["paths"]?.members ?? []).map(\.name))))
    }

    @Test func operationsHaveNamesOfTheirOwn() throws {
        let operations = (try Self.document("openapi")["paths"]?.members ?? []).flatMap { $0.value.members ?? [] }
        let names = operations.compactMap { $0.value["operationId"]?.string }
        #expect(names.count == operations.count)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: ["openapi", "asyncapi"])
    func everyReferenceLeadsSomewhere(name: String) throws {
        let document = try Self.document(name)
        var references: Set<String> = []
        Self.collect(document, into: &references)
        #expect(references.count > 10)
        for reference in references {
            var place: JSON? = document
            for part in reference.dropFirst(2).split(separator: "/") {
                place = place?[String(part).replacing("~1", with: "/")]
            }
            #expect(place != nil, "\(reference)")
        }
    }

    @Test(arguments: ["openapi", "asyncapi"])
    func theyAreServed(name: String) async throws {
        let answer = try await TestServer().send(.get, "/\(name).json")
        #expect(answer.status == 200)
        #expect(answer.headers[.contentType] == "application/json")
        #expect(answer.json == (try Self.document(name)))
    }

    private static func collect(_ json: JSON, into references: inout Set<String>) {
        if let reference = json["$ref"]?.string { references.insert(reference) }
        for member in json.members ?? [] { collect(member.value, into: &references) }
        for element in json.array ?? [] { collect(element, into: &references) }
    }

    private static func document(_ name: String) throws -> JSON {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Sources/PealAPI/Specification/\(name).json")
        return try JSON.parse(try Data(contentsOf: file))
    }
}
