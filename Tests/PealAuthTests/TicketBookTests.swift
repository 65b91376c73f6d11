import PealCore
import Testing

@testable import PealAuth

@Suite struct TicketBookTests {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))

    private func claims(_ user: String, lifetime: Duration? = .seconds(3600)) -> Claims {
        Claims(
            user: UserID(trusted: user), expiresAt: lifetime.map { clock.now() + $0 }, issuedAt: clock.now(),
            id: "token-of-\(user)")
    }

    @Test func aTicketGivesTheClaimsOfItsToken() throws {
        let book = TicketBook(clock: clock.now)
        let (ticket, expiresAt) = try book.issue(for: claims("maria"))
        #expect(expiresAt == clock.now() + .seconds(30))
        #expect(try book.redeem(ticket) == claims("maria"))
    }

    @Test func aTicketIsGoodForOneUse() throws {
        let book = TicketBook(clock: clock.now)
        let ticket = try book.issue(for: claims("maria")).ticket
        _ = try book.redeem(ticket)
        #expect(throws: AuthError.self) { try book.redeem(ticket) }
        #expect(book.count == 0)
    }

    @Test func ofManyUsesAtOnceOneSucceeds() async throws {
        let book = TicketBook(clock: clock.now)
        for _ in 0..<100 {
            let ticket = try book.issue(for: claims("maria")).ticket
            let uses = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { (try? book.redeem(ticket)) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(uses == 1)
        }
    }

    @Test func aTicketEndsAfterThirtySeconds() throws {
        let book = TicketBook(clock: clock.now)
        let (early, late) = (try book.issue(for: claims("m")).ticket, try book.issue(for: claims("m")).ticket)
        clock.advance(by: .milliseconds(29_999))
        #expect(throws: Never.self) { try book.redeem(early) }
        clock.advance(by: .milliseconds(1))
        #expect(throws: AuthError.self) { try book.redeem(late) }
    }

    @Test func aTicketDoesNotOutliveItsToken() throws {
        let book = TicketBook(clock: clock.now)
        let (ticket, expiresAt) = try book.issue(for: claims("maria", lifetime: .seconds(10)))
        #expect(expiresAt == clock.now() + .seconds(10))
        clock.advance(by: .seconds(10))
        #expect(throws: AuthError.self) { try book.redeem(ticket) }
        #expect(throws: TicketRefusal.tokenExpired) { try book.issue(for: claims("maria", lifetime: .zero)) }
        #expect(throws: Never.self) { try book.issue(for: claims("maria", lifetime: nil)) }
    }

    @Test func oneUserHasOnlySoMany() throws {
        let book = TicketBook(limitPerUser: 3, clock: clock.now)
        let first = try book.issue(for: claims("maria")).ticket
        for _ in 0..<2 { _ = try book.issue(for: claims("maria")) }
        #expect(throws: TicketRefusal.tooManyOfUser) { try book.issue(for: claims("maria")) }
        #expect(throws: Never.self) { try book.issue(for: claims("ana")) }
        _ = try book.redeem(first)
        #expect(throws: Never.self) { try book.issue(for: claims("maria")) }
        #expect(throws: TicketRefusal.tooManyOfUser) { try book.issue(for: claims("maria")) }
        clock.advance(by: .seconds(30))
        #expect(throws: Never.self) { try book.issue(for: claims("maria")) }
    }

    @Test func allUsersTogetherHaveOnlySoMany() throws {
        let book = TicketBook(limit: 10, clock: clock.now)
        for number in 0..<10 { _ = try book.issue(for: claims("user-\(number)")) }
        #expect(throws: TicketRefusal.full) { try book.issue(for: claims("another")) }
        #expect(book.count == 10)
        clock.advance(by: .seconds(31))
        _ = try book.issue(for: claims("another"))
        #expect(book.count == 1)
    }

    @Test(arguments: ["", "x", String(repeating: "A", count: 32), String(repeating: "é", count: 16)])
    func whatWasNeverMadeIsRefused(ticket: String) throws {
        let book = TicketBook(clock: clock.now)
        _ = try book.issue(for: claims("maria"))
        #expect { try book.redeem(ticket) } throws: { ($0 as? AuthError)?.code == .ticket }
        #expect(book.count == 1)
    }

    @Test func ticketsHave192Bits() throws {
        let book = TicketBook(limitPerUser: .max, clock: clock.now)
        let tickets = try (0..<1000).map { _ in try book.issue(for: claims("maria")).ticket }
        #expect(Set(tickets).count == 1000)
        #expect(tickets.allSatisfy { Base64URL.decode($0.utf8)?.count == 24 })
    }
}
