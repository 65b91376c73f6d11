import PealCore
import Testing

@testable import PealGateway

/// Compared with a dictionary, by chance.
@Suite struct UserTableTests {
    @Test func itDoesWhatADictionaryDoes() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        var table = UserTable<Int>()
        var expected: [UserID: Int] = [:]
        for step in 0..<20_000 {
            let user = UserID(trusted: "user-\(Int.random(in: 0..<300, using: &random))")
            let hash = user.hashValue
            switch Int.random(in: 0..<3, using: &random) {
            case 0: (table[user, hash], expected[user]) = (nil, nil)
            default: (table[user, hash], expected[user]) = (step, step)
            }
            #expect(table[user, hash] == expected[user], "seed \(seed), step \(step)")
        }
        #expect(table.count == expected.count, "seed \(seed)")
        #expect(Dictionary(uniqueKeysWithValues: table.all.map { ($0.user, $0.value) }) == expected, "seed \(seed)")
    }

    @Test func allCanBeChangedOrDropped() {
        var table = UserTable<Int>()
        for number in 0..<1000 {
            let user = UserID(trusted: "user-\(number)")
            table[user, user.hashValue] = number
        }
        table.updateAll { value in
            value += 1
            return value.isMultiple(of: 2)
        }
        #expect(table.count == 500)
        for number in 0..<1000 {
            let user = UserID(trusted: "user-\(number)")
            #expect(table[user, user.hashValue] == (number.isMultiple(of: 2) ? nil : number + 1))
        }
    }
}
