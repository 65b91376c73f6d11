/// How a value is spelt, in the file, in the environment and as a flag alike.
struct SettingSyntax<Value: Sendable>: Sendable {
    var shape = SettingShape.single
    /// Completes "must be …".
    let allowed: String
    let parse: @Sendable (String) throws(SettingRefusal) -> Value
    let write: @Sendable (Value) -> String

    init(
        _ shape: SettingShape = .single, allowed: String,
        parse: @escaping @Sendable (String) throws(SettingRefusal) -> Value,
        write: @escaping @Sendable (Value) -> String
    ) {
        self.shape = shape
        self.allowed = allowed
        self.parse = parse
        self.write = write
    }

    /// A syntax whose only complaint is that the text is something else.
    init(
        _ shape: SettingShape = .single, allowed: String, reading read: @escaping @Sendable (String) -> Value?,
        write: @escaping @Sendable (Value) -> String
    ) {
        self.init(
            shape, allowed: allowed,
            parse: { text throws(SettingRefusal) in
                guard let value = read(text) else { throw SettingRefusal("must be \(allowed)") }
                return value
            }, write: write)
    }
}

/// How a setting stands on the command line.
enum SettingShape: Sendable {
    case single
    /// Needs no value: `--dev`.
    case toggle
    /// Several values between commas, or as a sequence in the file.
    case list
}

/// Why a text is no value of a setting; continues "key: 'text' (from place) …".
struct SettingRefusal: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension SettingSyntax where Value == String {
    static func text(_ allowed: String = "text") -> Self {
        Self(allowed: allowed, reading: { $0.isEmpty ? nil : $0 }, write: { $0 })
    }
}

extension SettingSyntax where Value == String? {
    static func optionalText(_ allowed: String = "text") -> Self {
        Self(allowed: allowed, reading: { $0.isEmpty ? nil : .some($0) }, write: { $0 ?? "" })
    }
}

extension SettingSyntax where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        Self(
            allowed: range.upperBound == .max
                ? "a whole number, at least \(range.lowerBound)"
                : "a whole number from \(range.lowerBound) to \(range.upperBound)",
            reading: { Int($0).flatMap { range.contains($0) ? $0 : nil } },
            write: { String($0) })
    }

    static var port: Self { integer(0...65_535) }
}

extension SettingSyntax where Value == Bool {
    static var toggle: Self {
        Self(
            .toggle, allowed: "true or false",
            reading: { text in
                switch text.lowercased() {
                case "true", "yes", "on", "1": true
                case "false", "no", "off", "0": false
                default: nil
                }
            }, write: { $0 ? "true" : "false" })
    }
}

extension SettingSyntax where Value == [String] {
    static var list: Self {
        Self(
            .list, allowed: "a list, with commas between",
            reading: { text in
                text.split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
            }, write: { $0.joined(separator: ",") })
    }
}

extension SettingSyntax where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static func choice() -> Self {
        let words = Value.allCases.map(\.rawValue)
        return Self(
            allowed: words.dropLast().joined(separator: ", ") + " or " + (words.last ?? ""),
            reading: { Value(rawValue: $0) }, write: { $0.rawValue })
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
