import Foundation

/// Files of mode 0600 that are there whole or not at all, also after a power cut.
enum SecretFile {
    /// 256 random bits in base64url (RFC 4648 §5), without padding.
    static func randomText() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// - Returns: false, and changes nothing, where the file is there already.
    static func create(_ path: String, holding text: String) throws(StartError) -> Bool {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max))"
        try write(text + "\n", to: temporary)
        defer { unlink(temporary) }
        // A link, unlike a rename, never replaces what another process has made meanwhile.
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw StartError("cannot make '\(path)': \(SystemError.last)")
        }
        try synchronizeDirectory(of: path)
        return true
    }

    private static func write(_ text: String, to path: String) throws(StartError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StartError("cannot write '\(path)': \(SystemError.last)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw StartError("cannot write '\(path)': \(SystemError.last)")
        }
    }

    private static func synchronizeDirectory(of path: String) throws(StartError) {
        let directory = (path as NSString).deletingLastPathComponent
        let descriptor = open(directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StartError("cannot open '\(directory)': \(SystemError.last)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StartError("cannot sync '\(directory)': \(SystemError.last)") }
    }
}
