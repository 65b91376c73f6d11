import NIOSSL
import PealCore
import Testing

@testable import PealGateway

/// The front door behind TLS, over HTTP/1.1.
@Suite(.serialized, .timeLimit(.minutes(2))) struct TLSTests {
    let certificate: TestCertificate

    init() throws { certificate = try TestCertificate() }

    @Test(arguments: [false, true])
    func aSessionOverTLS(isLater: Bool) async throws {
        try await TestServer.with(certificate: certificate) { server in
            let connection = try await server.connect()
            if isLater { #expect(try await connection.get("/hello").body == "ok /hello") }
            let ping = ClientFrame.text(#"{"type":"ping","id":"early"}"#).bytes
            try await connection.send(Array(RawConnection.upgrade().utf8) + ping)
            #expect(try await connection.head().hasPrefix("HTTP/1.1 101"))
            var types = Set([try await connection.json()["type"]?.string, try await connection.json()["type"]?.string])
            #expect(types == ["initial_load", "pong"])
            await server.notify("maria", String(repeating: "ä", count: 4000))
            types = [try await connection.json()["type"]?.string]
            #expect(types == ["notification"])
            try await connection.send(ClientFrame.close(1000))
            #expect(try await connection.frame().code == 1000)
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func streamsAndPollsOverTLS(isLater: Bool) async throws {
        try await TestServer.with(certificate: certificate) { server in
            let poller = try await server.connect()
            if isLater { _ = try await poller.get("/hello") }
            let start = try JSON.parse(try await poller.get("/v1/sync").body.utf8)["cursor"]?.string ?? ""
            try await poller.send(RawConnection.request("/v1/sync?since=\(start)&wait=20"))
            let stream = try await server.connect()
            if isLater { _ = try await stream.get("/hello") }
            try await stream.send(RawConnection.request("/sse/notifications"))
            _ = try await stream.head()
            #expect(try await stream.event() == "retry: 3000")
            #expect(try await stream.event().contains("initial_load"))
            await server.notify("maria", "now")
            #expect(try await poller.answer().body.contains(#""message":"now""#))
            #expect(try await stream.event().contains(#""message":"now""#))
            #expect(try await poller.get("/after").body == "ok /after")
            await stream.close()
            await poller.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func aSlowReaderGetsOneSync() async throws {
        try await TestServer.with(certificate: certificate) {
            $0.queueBytes = 65_536
            $0.writeTimeout = .seconds(60)
        } _: { server in
            let connection = try await server.connect(receiveBuffer: 4096)
            try await connection.send(RawConnection.upgrade())
            _ = try await connection.head()
            _ = try await connection.json()
            try await connection.setReading(false)
            var sent = 0
            for _ in 0..<100 where !(try await server.phases(of: maria).contains(.behind)) {
                for _ in 0..<50 {
                    await server.notify("maria", String(repeating: "x", count: 4000))
                    sent += 1
                }
            }
            #expect(try await server.phases(of: maria) == [.behind])
            try await connection.setReading(true)
            var last: JSON?
            var types: [String] = []
            while last?["unread_count"]?.integer != Int64(sent) {
                let frame = try await connection.json()
                types.append(frame["type"]?.string ?? "")
                if frame["unread_count"] != nil { last = frame }
            }
            #expect(types.contains("sync"))
            #expect(types.count < sent)
            await connection.close()
        }
    }

    @Test func aClientThatReadsNothingIsClosed() async throws {
        try await TestServer.with(certificate: certificate) {
            $0.writeTimeout = .milliseconds(200)
            $0.pingInterval = .milliseconds(100)
        } _: { server in
            let connection = try await server.connect(receiveBuffer: 4096)
            try await connection.send(RawConnection.upgrade())
            _ = try await connection.head()
            try await connection.setReading(false)
            for _ in 0..<400 { await server.notify("maria", String(repeating: "x", count: 4000)) }
            #expect(try await eventually { await server.memberCount == 0 })
            await connection.close()
        }
    }

    @Test func aHandshakeThatNeverEnds() async throws {
        try await TestServer.with(certificate: certificate) {
            $0.headTimeout = .milliseconds(150)
        } _: { server in
            let silent = try await RawConnection.open(port: server.port)
            let slow = try await RawConnection.open(port: server.port)
            try? await slow.send([0x16, 0x03, 0x01])
            let plain = try await RawConnection.open(port: server.port)
            try? await plain.send(RawConnection.request("/"))
            for connection in [silent, slow, plain] {
                try await connection.end()
                await connection.close()
            }
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func aClientInTheMiddleOfAHandshakeDoesNotHoldUpTheShutdown() async throws {
        var silent: RawConnection?
        let clock = ContinuousClock()
        let began = clock.now
        try await TestServer.with(certificate: certificate) { server in
            silent = try await RawConnection.open(port: server.port)
            #expect(try await eventually { await server.memberCount == 1 })
        }
        #expect(clock.now - began < .seconds(10))
        await silent?.close()
    }

    @Test(arguments: [TLSVersion.tlsv1, .tlsv11])
    func oldVersionsAreRefused(version: TLSVersion) async throws {
        try await TestServer.with(certificate: certificate) { server in
            let context = try certificate.client(versions: (version, version))
            let connection = try await RawConnection.open(port: server.port, tls: context)
            try? await connection.send(RawConnection.request("/"))
            try await connection.end()
            #expect(connection.unread.isEmpty)
            await connection.close()
        }
    }

    @Test func aRenewedCertificateIsForNewConnections() async throws {
        try await TestServer.with(certificate: certificate) { server in
            let old = try await server.connect()
            try await old.send(RawConnection.upgrade())
            _ = try await old.head()
            _ = try await old.json()
            let trustsOld = try certificate.client()
            try certificate.renew()
            let unchanged = try await RawConnection.open(port: server.port, tls: trustsOld)
            #expect(try await unchanged.get("/a").body == "ok /a")
            try certificate.server.reload()
            let new = try await server.connect()
            #expect(try await new.get("/b").body == "ok /b")
            let distrustful = try await RawConnection.open(port: server.port, tls: trustsOld)
            try? await distrustful.send(RawConnection.request("/c"))
            try await distrustful.end()
            await server.notify("maria")
            #expect(try await old.json()["type"]?.string == "notification", "sessions go on")
            #expect(try await unchanged.get("/d").body == "ok /d")
            for connection in [old, unchanged, new, distrustful] { await connection.close() }
        }
    }

    @Test func anUnusableCertificateSaysWhy() async throws {
        let other = try TestCertificate()
        for (certificate, key, text) in [
            (
                certificate.certificate, "/nowhere/key.pem",
                "tls.key: cannot read '/nowhere/key.pem': no such file or directory"
            ),
            ("/nowhere", certificate.key, "tls.certificate: cannot read '/nowhere': no such file or directory"),
            (
                certificate.key, certificate.key,
                "tls.certificate: cannot read '\(certificate.key)': no certificate in PEM"
            ),
            (
                certificate.certificate, certificate.certificate,
                "tls.key: cannot read '\(certificate.certificate)': no private key in PEM"
            ),
            (
                certificate.certificate, other.key,
                "tls.key: '\(other.key)' is not the key of the certificate in '\(certificate.certificate)'"
            ),
        ] {
            let problem = #expect(throws: CertificateProblem.self) {
                try ServerCertificate(certificate: certificate, key: key)
            }
            #expect(problem?.description == text)
        }
    }
}
