/// Why the server could not start or could not go on: one line for the terminal. Ends the program with status 1.
public struct StartError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
