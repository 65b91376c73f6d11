import Foundation
import PealCore

/// The clocks of a real place.
struct TestZone: LocalClock, CustomStringConvertible {
    private let zone: TimeZone

    init(_ name: String) throws {
        guard let zone = TimeZone(identifier: name) else { throw UnknownZone(name: name) }
        self.zone = zone
    }

    func offset(at time: Timestamp) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000))
    }

    var description: String { zone.identifier }

    struct UnknownZone: Error {
        var name: String
    }
}

func time(_ text: String) -> Timestamp { Timestamp(iso8601: text) ?? Timestamp(milliseconds: .min) }
