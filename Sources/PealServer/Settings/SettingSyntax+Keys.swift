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
