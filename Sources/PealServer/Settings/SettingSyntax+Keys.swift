import Foundation
import PealAuth

extension SettingSyntax where Value == [KeyLocation] {
    static var keyLocations: Self {
        Self(
            .list, allowed: "a list of files or addresses, with commas between",
            parse: { text throws(SettingRefusal) in
                var locations: [KeyLocation] = []
                for part in try SettingSyntax<[String]>.list.parse(text) {
                    do throws(KeyError) {
                        locations.append(try KeyLocation(part))
                    } catch {
                        throw SettingRefusal("must name files or addresses, but '\(part)' \(error)")
                    }
                }
                return locations
            }, write: { $0.map(\.description).joined(separator: ",") })
    }
}

extension SettingSyntax where Value == String? {
    static var webAddress: Self {
        Self(
            allowed: "an http or https address",
            reading: { text in
                guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let url = URL(string: text),
                    ["http", "https"].contains(url.scheme?.lowercased()), let host = url.host(), !host.isEmpty
                else { return nil }
                return .some(text)
            }, write: { $0 ?? "" })
    }

    static var cookieName: Self {
        let others = Set("!#$%&'*+-.^_`|~")
        return Self(
            allowed: "the name of a cookie",
            reading: { text in
                // RFC 9110 §5.6.2.
                let isToken = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || others.contains($0)) }
                return isToken && !text.isEmpty ? .some(text) : nil
            }, write: { $0 ?? "" })
    }
}
