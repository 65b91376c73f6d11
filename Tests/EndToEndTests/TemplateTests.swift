import Foundation
import NIOHTTP1
import PealCore
import Testing

/// Texts of one's own: on the command line, and in a running server.
@Suite(.timeLimit(.minutes(2))) struct TemplateTests {
    private func folder(_ files: [String: String]) throws -> URL {
        let folder = try temporaryFolder()
        for (name, text) in files { try write(text, folder.appending(path: name)) }
        return folder
    }

    private func write(_ text: String, _ file: URL) throws {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    @Test func checkNamesFileAndLine() async throws {
        let folder = try folder([
            "pt-BR/like.title.mustache": "Curtida", "pt-BR/like.message.mustache": "linha\n{{actor}} curtiu",
            "pt-BR/paid.title.mustache": "Pago",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path
        let output = try await PealBinary.run(["templates", "check", path])
        #expect(output.status == 1)
        let lines = output.standardOutput.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("\(path)/pt-BR/like.message.mustache:2: there is no variable 'actor'; ") == true)
        #expect(lines.last == "\(path)/pt-BR/paid.message.mustache: is missing beside paid.title.mustache")
        #expect(output.standardError == "peal: \(path) has 2 problems\n")
    }

    @Test func checkPraisesWhatIsGood() async throws {
        let folder = try folder([
            "pt-BR/paid.title.mustache": "Pago", "pt-BR/paid.message.mustache": "Fatura {{metadata.number}} paga",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await PealBinary.run(
            ["templates", "check"], environment: ["PEAL_TEMPLATES_DIRECTORY": folder.path])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(
            output.standardOutput == """
                note: en has no texts for paid; its readers get those of pt-BR
                note: es has no texts for paid; its readers get those of pt-BR
                no problems; there are texts for en, es, pt-BR

                """)
        let nothing = try await PealBinary.run(["templates", "check"])
        #expect(nothing.status == 2)
    }

    @Test func previewShowsFormsOfANumber() async throws {
        let output = try await PealBinary.run([
            "templates", "preview", "--type", "like", "--locale", "es", "--target", "post",
        ])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(
            output.standardOutput == """
                es
                  1  Nuevo me gusta
                     A Ana le gustó tu publicación
                  2  Nuevos me gusta
                     A Ana y João les gustó tu publicación
                  3  Nuevos me gusta
                     A Ana y 2 personas más les gustó tu publicación
                 11  Nuevos me gusta
                     A Ana y 10 personas más les gustó tu publicación

                """)
        for wrong in [
            ["--type", "like", "--locale", "spanish"], ["--type", "like", "--actors", "x"], ["--actors", "1"],
            ["--type", "like", "--metadata", "["],
        ] {
            let refused = try await PealBinary.run(["templates", "preview"] + wrong)
            #expect(refused.status == 2, "\(wrong): \(refused.standardError)")
        }
    }

    @Test func aRunningServerTakesUpChanges() async throws {
        let folder = try folder([
            "en/paid.title.mustache": "Paid", "en/paid.message.mustache": "Invoice {{metadata.number}} is paid",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "en/paid.message.mustache")
        try await ServerProcess.with(["--templates-directory", folder.path, "--templates-locale", "en"]) { server in
            let key = try await server.apiKey()
            let token = try await server.token(for: "maria")
            func notify() async throws -> String? {
                let event = #"{"user_id":"maria","type":"paid","metadata":{"number":77}}"#
                let answer = try await HTTP.send(
                    .POST, "\(server.base)/v1/notifications",
                    headers: ["Authorization": "Bearer \(key)", "Content-Type": "application/json"], body: event)
                #expect(answer.status == 201)
                let list = try await HTTP.get("\(server.base)/v1/notifications?limit=1", headers: .bearer(token)).json()
                return list["notifications"]?.array?.first?["message"]?.string
            }
            #expect(try await notify() == "Invoice 77 is paid")
            try write("No. {{metadata.number}}: paid", file)
            try await wait { try await notify() == "No. 77: paid" }
            try write("{{oops}}", file)
            try await wait {
                try String(contentsOf: server.log, encoding: .utf8).contains("The texts stay as they were")
            }
            let log = try String(contentsOf: server.log, encoding: .utf8)
            #expect(log.contains("\(file.path):1: there is no variable 'oops'"), "\(log)")
            #expect(try await notify() == "No. 77: paid")
        }
    }

    @Test func aServerDoesNotStartWithBrokenTexts() async throws {
        let folder = try folder(["en/like.title.mustache": "{{oops}}"])
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await PealBinary.run([
            "serve", "--templates-directory", folder.path, "--http-port", "0", "--metrics-port", "0",
        ])
        #expect(output.status == 1)
        #expect(output.standardError.contains("\(folder.path)/en/like.title.mustache:1: there is no variable 'oops'"))
    }

    /// Until it is so; the test's time limit ends what never is.
    private func wait(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(50)) }
    }
}
