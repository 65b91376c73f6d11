import PealCore
import Testing

@testable import PealGateway

/// A thousand likes a second on one post are not a thousand frames (RULES 11).
@Suite struct RowPacingTests {
    private var pacing = RowPacing()

    private static func like(_ seq: Seq, of number: UInt64 = 1, from: Seq? = nil, user: UserID = maria) -> SharedFrame {
        shared(seq, from: from, .aggregated(row(number, seq: seq, message: "\(seq)")), user: user)
    }

    /// `from→seq` of each.
    private static func places(_ frames: [SharedFrame]) -> [String] {
        frames.map { "\($0.publication.from)→\($0.seq)" }
    }

    @Test mutating func theFirstGoesAtOnceAndTheOthersTogether() {
        #expect(Self.places(pacing.pass([Self.like(1)])) == ["0→1"])
        for seq in 2...50 { #expect(pacing.pass([Self.like(Seq(seq))]).isEmpty) }
        let late = pacing.turn()
        #expect(Self.places(late) == ["1→50"], "one frame for all of them")
        #expect(late.first?.bytes(in: .peal, on: .json, tag: EpochTag(value: 1), from: 1) != nil)
        #expect(!pacing.isOpen)
        #expect(Self.places(pacing.pass(late)) == ["1→50"] && pacing.isOpen, "and the next window has begun")
        #expect(pacing.pass([Self.like(51)]).isEmpty)
    }

    @Test mutating func aBatchIsNotTornApart() {
        #expect(Self.places(pacing.pass([Self.like(1), Self.like(2)])) == ["0→1", "1→2"])
        #expect(pacing.pass([Self.like(3), Self.like(4)]).isEmpty)
        #expect(Self.places(pacing.turn()) == ["2→4"])
    }

    @Test mutating func anythingElseTakesAlongWhatWaits() {
        _ = pacing.pass([Self.like(1)])
        _ = pacing.pass([Self.like(2)])
        #expect(Self.places(pacing.pass([created(3)])) == ["1→2", "2→3"])
        #expect(Self.places(pacing.pass([Self.like(4)])) == ["3→4"])
        _ = pacing.pass([Self.like(5)])
        #expect(Self.places(pacing.pass([Self.like(6, of: 2)])) == ["4→5", "5→6"], "another row")
        #expect(Self.places(pacing.pass([Self.like(7)])) == ["6→7"])
        #expect(pacing.turn().isEmpty)
    }

    @Test mutating func usersDoNotWaitForEachOther() {
        _ = pacing.pass([Self.like(1)])
        #expect(Self.places(pacing.pass([Self.like(1, user: ana)])) == ["0→1"])
        _ = pacing.pass([Self.like(2)])
        _ = pacing.pass([Self.like(2, user: ana)])
        #expect(Set(pacing.turn().map(\.publication.user)) == [maria, ana])
    }

    /// A bus may lose: what is missing must show, so that the session asks the store.
    @Test mutating func aGapIsNotCovered() {
        _ = pacing.pass([Self.like(1)])
        _ = pacing.pass([Self.like(2)])
        _ = pacing.pass([Self.like(5)])
        #expect(Self.places(pacing.turn()) == ["1→2", "4→5"])
    }

    @Test mutating func whatDoesNotAggregatePasses() {
        for seq in 1...5 { #expect(Self.places(pacing.pass([created(Seq(seq))])) == ["\(seq - 1)→\(seq)"]) }
        #expect(!pacing.isOpen && pacing.pass([]).isEmpty)
    }
}
