/// What is wrong with a folder of templates, and where. `templates/es/like.title.mustache:3: …`
public struct TemplateProblem: Sendable, Equatable, CustomStringConvertible {
    /// A path as it was opened, or the name of a setting.
    public let place: String
    /// From 1; nil where it is about the whole of a file or folder.
    public let line: Int?
    public let message: String

    init(_ place: String, line: Int? = nil, _ message: String) {
        self.place = place
        self.line = line
        self.message = message
    }

    public var description: String {
        line.map { "\(place):\($0): \(message)" } ?? "\(place): \(message)"
    }
}

/// Why templates cannot be used: everything that is wrong with them, at least one thing.
public struct TemplateFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public let problems: [TemplateProblem]

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension TemplateMistakes {
    func problems(in file: String) -> [TemplateProblem] {
        list.map { TemplateProblem(file, line: $0.line, $0.message) }
    }
}
