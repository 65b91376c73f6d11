import PealCore
import PealGateway

extension SettingSyntax where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        Self(
            allowed: "a duration such as 500ms, 54s, 5m or 24h, from \(DurationText.write(range.lowerBound)) to "
                + DurationText.write(range.upperBound),
            reading: { DurationText.parse($0).flatMap { range.contains($0) ? $0 : nil } },
            write: DurationText.write)
    }
}

extension SettingSyntax where Value == Int {
    static func bytes(_ range: ClosedRange<Int>) -> Self {
        Self(
            allowed: "a size such as 8192, 8KiB or 1MiB, from \(ByteText.write(range.lowerBound)) to "
                + ByteText.write(range.upperBound),
            reading: { ByteText.parse($0).flatMap { range.contains($0) ? $0 : nil } },
            write: ByteText.write)
    }
}

extension SettingSyntax where Value == [AddressRange] {
    static var addressRanges: Self {
        Self(
            .list, allowed: "a list of addresses and of blocks such as 10.0.0.0/8, with commas between",
            reading: { text in
                let parts = text.split(separator: ",").map { String($0.filter { $0 != " " }) }.filter { !$0.isEmpty }
                let ranges = parts.compactMap(AddressRange.init)
                return ranges.count == parts.count ? ranges : nil
            }, write: { $0.map(\.description).joined(separator: ",") })
    }
}

extension SettingSyntax where Value == Int {
    /// Nine bits, as `chmod` takes them.
    static var fileMode: Self {
        Self(
            allowed: "three or four octal digits, such as 0660",
            reading: { text in
                guard (3...4).contains(text.utf8.count), let mode = Int(text, radix: 8) else { return nil }
                return (0...0o777).contains(mode) ? mode : nil
            }, write: { "0" + String($0, radix: 8) })
    }
}

/// Durations as people write them: `1m30s`, `500ms`.
enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Nil without a unit, except for 0.
    static func parse(_ text: String) -> Duration? {
        guard text != "0" else { return .zero }
        var total: Int64 = 0
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let number = Int64(digits), let unit = units.first(where: { $0.name == name }) else { return nil }
            let (product, isTooLong) = number.multipliedReportingOverflow(by: unit.milliseconds)
            let (sum, isTooLongTogether) = total.addingReportingOverflow(product)
            guard !isTooLong, !isTooLongTogether else { return nil }
            total = sum
        }
        return .milliseconds(total)
    }

    /// In the largest unit that needs no fraction.
    static func write(_ duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        guard milliseconds > 0, let unit = units.first(where: { milliseconds % $0.milliseconds == 0 }) else {
            return "0s"
        }
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}

/// Sizes in bytes: `8192`, `8KiB`, `64KB`.
enum ByteText {
    private static let units: [(name: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000),
        ("B", 1), ("", 1),
    ]

    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let name = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let number = Int(digits), let unit = units.first(where: { $0.name.lowercased() == name }) else {
            return nil
        }
        let (product, isTooLarge) = number.multipliedReportingOverflow(by: unit.bytes)
        return isTooLarge ? nil : product
    }

    static func write(_ bytes: Int) -> String {
        guard bytes > 0, let unit = units.prefix(3).first(where: { bytes % $0.bytes == 0 }) else { return "\(bytes)" }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}

extension Duration {
    /// A duration as settings are written: `15m`, `1m30s`; nil for anything else.
    public init?(setting text: String) {
        guard let duration = DurationText.parse(text) else { return nil }
        self = duration
    }

    /// As settings are written, in the largest whole unit.
    public var settingText: String { DurationText.write(self) }
}
