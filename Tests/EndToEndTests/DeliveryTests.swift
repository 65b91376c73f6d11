import Crypto
import Foundation
import NIOHTTP1
import PealCore
import Testing

/// What a program of the operator's gets from a server that runs, and from one that is killed.
@Suite(.timeLimit(.minutes(4))) struct DeliveryTests {
    private func signature(of delivery: WebhookReceiver.Delivery, secret: String) throws -> String {
        let key = try #require(Data(base64Encoded: String(secret.dropFirst("whsec_".count))))
        let time = delivery.headers.first(name: "webhook-timestamp") ?? ""
        let signed = Array("\(delivery.id).\(time).".utf8) + delivery.body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
        return "v1," + Data(code).base64EncodedString()
    }

    @Test func whatIsUnreadGoesOutAndWhatIsReadDoesNot() async throws {
        let receiver = try await WebhookReceiver()
        try await ServerProcess.with([
            "--delivery-email-webhook=http://127.0.0.1:\(receiver.port)/email", "--delivery-delay=1s",
            "--delivery-base-url=https://peal.example",
        ]) { server in
            let key = try await server.apiKey()
            let token = try await server.token(for: "maria")
            let profile = #"{"name":"Maria","email":"m@a.example","locale":"en","timezone":"Europe/Lisbon"}"#
            _ = try await HTTP.send(.PUT, "\(server.base)/v1/users/maria", headers: .bearer(key), body: profile)
            let first = try await server.notify(#"{"user_id":"maria","type":"news","message":"read at once"}"#)
            let id = first["notifications"]?.array?.first?["notification_id"]?.string ?? ""
            _ = try await HTTP.post("\(server.base)/v1/notifications/\(id)/read", headers: .bearer(token))
            try await server.notify(
                #"{"user_id":"maria","type":"like","actor_id":"a","actor_name":"Ana","target_type":"post","target_id":"1"}"#
            )
            try await server.notify(#"{"user_id":"maria","type":"news","message":"inbox only","channels":["in_app"]}"#)
            let taken = try await receiver.wait(for: 1)
            let delivery = try #require(taken.first)
            #expect(delivery.messages == ["Ana liked your post"] && delivery.data["email"]?.string == "m@a.example")
            #expect(delivery.data["digest"]?.bool == false && delivery.data["headers"]?.array?.count == 2)
            let secret = try String(contentsOf: server.data.appending(path: "webhook.secret"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(try signature(of: delivery, secret: secret) == delivery.headers.first(name: "webhook-signature"))
            for _ in 0..<100 {
                let list = try await HTTP.get("\(server.base)/v1/deliveries", headers: .bearer(key)).json()
                let states = (list["deliveries"]?.array ?? []).compactMap { $0["status"]?.string }
                if states == ["sent", "skipped"] { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            let list = try await HTTP.get("\(server.base)/v1/deliveries?status=skipped", headers: .bearer(key)).json()
            #expect(list["deliveries"]?.array?.count == 1)
            #expect(list["deliveries"]?.array?.first?["reason"]?.string == "read")
            #expect(receiver.taken.count == 1)
        }
        await receiver.close()
    }

    /// A silence that ends is told of in one piece.
    @Test func whatASilenceHeldBackComesTogether() async throws {
        let receiver = try await WebhookReceiver()
        try await ServerProcess.with([
            "--delivery-push-webhook=http://127.0.0.1:\(receiver.port)/push", "--delivery-delay=0s",
        ]) { server in
            let token = try await server.token(for: "maria")
            let end = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + 2500)
            let said = #"{"do_not_disturb_until":"\#(end)"}"#
            let answer = try await HTTP.send(
                .PATCH, "\(server.base)/v1/preferences", headers: .bearer(token), body: said)
            #expect(answer.status == 200, "\(answer.body)")
            for number in 0..<3 {
                try await server.notify(#"{"user_id":"maria","type":"news","message":"n\#(number)"}"#)
            }
            #expect(receiver.taken.isEmpty)
            let taken = try await receiver.wait(for: 1)
            try await Task.sleep(for: .milliseconds(300))
            #expect(receiver.taken.count == 1 && taken.first?.messages == ["n2", "n1", "n0"])
            #expect(
                taken.first?.data["digest"]?.bool == true
                    && taken.first?.data["title"]?.string == "3 novas notificações")
            #expect(Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) >= end)
        }
        await receiver.close()
    }

    /// Nothing that was planned is lost, and what was on its way goes out again under its id.
    @Test func aKilledServerGoesOnWhereItStood() async throws {
        let receiver = try await WebhookReceiver()
        try await ServerProcess.with([
            "--delivery-email-webhook=http://127.0.0.1:\(receiver.port)/email", "--delivery-delay=0s",
        ]) { server in
            let users = (0..<20).map { "u\($0)" }
            receiver.hold(true)
            for user in users { try await server.notify(#"{"user_id":"\#(user)","type":"news","message":"\#(user)"}"#) }
            let begun = try await receiver.wait(for: 8)
            #expect(begun.count >= 8, "they are on their way")
            await server.kill()
            receiver.hold(false)
            try await server.start()
            for _ in 0..<1800 {
                let reached = Set(receiver.taken.dropFirst(begun.count).compactMap { $0.data["user_id"]?.string })
                if reached.count == users.count { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            let after = receiver.taken.dropFirst(begun.count)
            #expect(Set(after.compactMap { $0.data["user_id"]?.string }) == Set(users), "everybody is reached")
            // Each user has one id, whichever attempt it was.
            let byUser = Dictionary(grouping: receiver.taken, by: { $0.data["user_id"]?.string ?? "" })
            for (user, deliveries) in byUser { #expect(Set(deliveries.map(\.id)).count == 1, "\(user)") }
        }
        await receiver.close()
    }
}
