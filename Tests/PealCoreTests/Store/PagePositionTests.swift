import PealCore
import Testing

@Suite struct PagePositionTests {
    @Test func positionsSurvive() {
        for milliseconds in [0, 1, -1, Int64.max, 1_700_000_000_123] {
            let position = PageQuery.Position(
                lastEventAt: Timestamp(milliseconds: milliseconds), id: NotificationID(high: .max, low: 7))
            #expect(PageQuery.Position(cursorText: position.cursorText) == position)
        }
    }

    @Test(arguments: [
        "", "00", String(repeating: "g", count: 48), String(repeating: "+", count: 48),
        String(repeating: "é", count: 24),
    ])
    func nonsenseIsRefused(text: String) { #expect(PageQuery.Position(cursorText: text) == nil) }
}
