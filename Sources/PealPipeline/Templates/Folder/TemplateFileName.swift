/// What a file of templates is for, by its name: `like.title.mustache`.
enum TemplateFileName: Equatable {
    case title(type: String)
    case message(type: String)
    case generalTitle, generalMessage
    case actors
    case targets

    /// Nil for files that have nothing to do with texts, such as a README or what an editor left behind.
    static func read(_ name: String) throws(UnknownFile) -> Self? {
        if name.hasPrefix(".") || name.hasPrefix("#") || name.hasSuffix("~") { return nil }
        if name == "targets.json" { return .targets }
        guard name.hasSuffix(suffix) else {
            guard !name.hasPrefix("targets.") else { throw UnknownFile("targets are read from targets.json") }
            return nil
        }
        let stem = String(name.dropLast(suffix.count))
        if stem == "_actors" { return .actors }
        guard let dot = stem.lastIndex(of: "."), dot > stem.startIndex else { throw .badName }
        let (type, part) = (String(stem[..<dot]), stem[stem.index(after: dot)...])
        switch (type, part) {
        case ("_general", "title"): return .generalTitle
        case ("_general", "message"): return .generalMessage
        case _ where type.hasPrefix("_"): throw .badName
        case _ where type.utf8.count > EventRequest.Limit.type:
            throw UnknownFile("types have at most \(EventRequest.Limit.type) bytes")
        case (_, "title"): return .title(type: type)
        case (_, "message"): return .message(type: type)
        default: throw .badName
        }
    }

    private static let suffix = ".mustache"
}

/// A file that looks like a template and has no place; completes "file: …".
struct UnknownFile: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }

    static let badName = UnknownFile(
        "is no template's name: they are TYPE.title.mustache, TYPE.message.mustache, _actors.mustache, "
            + "_general.title.mustache and _general.message.mustache")
}
