internal import Foundation
internal import PealCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The directory of a database, held by one process at a time.
final class DataDirectory: Sendable {
    private let path: String
    private let lock: CInt

    /// - Throws: `unavailable` where another server holds the directory, or where it cannot be written.
    init(of database: String) throws(StoreError) {
        let absolute = URL(fileURLWithPath: database).deletingLastPathComponent().path
        path = absolute
        let file = absolute + "/peal.lock"
        let lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw StoreError(.unavailable, "\(file): \(Self.reason())") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let holder = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            close(lock)
            throw StoreError(
                .unavailable,
                "\(absolute) is in use by another Peal server (process \(holder.trimmingCharacters(in: .newlines)))")
        }
        self.lock = lock
        ftruncate(lock, 0)
        let holder = Array("\(getpid())\n".utf8)
        _ = holder.withUnsafeBytes { pwrite(lock, $0.baseAddress, $0.count, 0) }
    }

    deinit { close(lock) }

    func file(_ name: String) -> String { path + "/" + name }

    /// Makes an empty file that only its owner may read; SQLite gives its other files the same permissions.
    static func createPrivately(_ file: String) throws(StoreError) {
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(.unavailable, "\(file): \(reason())") }
        close(descriptor)
    }

    /// Replaces a file as a whole, synced; after a crash it holds either the old text or the new.
    func replace(_ name: String, with text: String) throws(StoreError) {
        let target = file(name)
        let draft = target + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(.unavailable, "\(draft): \(Self.reason())") }
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        let isSynced = written == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isSynced, rename(draft, target) == 0 else {
            throw StoreError(.unavailable, "\(target): \(Self.reason())")
        }
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw StoreError(.unavailable, "\(path): \(Self.reason())") }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw StoreError(.unavailable, "\(path): \(Self.reason())") }
    }

    func read(_ name: String) -> String? {
        try? String(contentsOfFile: file(name), encoding: .utf8)
    }

    /// The file's number in its file system: a copy has another one.
    static func inode(of file: String) -> UInt64 {
        var status = stat()
        return stat(file, &status) == 0 ? UInt64(status.st_ino) : 0
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
