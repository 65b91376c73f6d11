import Foundation

/// Where Peal keeps what it makes itself (`data.directory`); readable by its owner only.
struct DataDirectory: Sendable {
    let path: String

    /// Makes the directory where there is none.
    init(path: String) throws(StartError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StartError("data.directory: cannot make '\(path)': \(SystemError.last)")
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw StartError("data.directory: cannot use '\(path)': \(SystemError.last)")
        }
    }

    func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// The text of a secret file, made on first use.
    func secret(_ name: String, make: () -> String) throws(StartError) -> (text: String, isNew: Bool) {
        if let text = try existingSecret(name) { return (text, false) }
        let text = make()
        if try SecretFile.create(file(name), holding: text) { return (text, true) }
        // Another process was quicker; its secret is the one.
        guard let text = try existingSecret(name) else { throw StartError("cannot read '\(file(name))'") }
        return (text, false)
    }

    func existingSecret(_ name: String) throws(StartError) -> String? {
        guard let data = FileManager.default.contents(atPath: file(name)) else {
            guard !FileManager.default.fileExists(atPath: file(name)) else {
                throw StartError("cannot read '\(file(name))'")
            }
            return nil
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { throw StartError("'\(file(name))' is empty; remove it to have a new one made") }
        return text
    }
}

/// The text of `errno`, taken before anything else can change it.
enum SystemError {
    static var last: String { String(cString: strerror(errno)) }
}
