import Foundation
import NIOCore
import NIOPosix

/// The file of a Unix domain socket.
enum SocketFile {
    /// Makes sure that nobody listens there; a file that a dead process left is replaced when the server binds.
    static func check(_ path: String, setting: String, on group: any EventLoopGroup) async throws {
        do {
            _ = try SocketAddress(unixDomainSocketPath: path)
        } catch {
            throw StartError("\(setting): '\(path)' is too long for a socket's path (107 bytes)")
        }
        guard let type = attributes(path)?[.type] as? FileAttributeType else { return }
        guard type == .typeSocket else { throw StartError("\(setting): '\(path)' is there and no socket") }
        guard let channel = try? await ClientBootstrap(group: group).connect(unixDomainSocketPath: path).get() else {
            return
        }
        try? await channel.close()
        throw StartError("\(setting): another process listens on '\(path)'")
    }

    /// - Returns: what tells this file from a later one of the same name.
    static func own(_ path: String, mode: Int) throws(StartError) -> UInt64? {
        guard chmod(path, mode_t(mode)) == 0 else {
            throw StartError("http.socket-mode: cannot set the mode of '\(path)': \(SystemError.last)")
        }
        return identity(path)
    }

    /// Leaves alone what another server has put there meanwhile.
    static func remove(_ path: String, identity: UInt64?) {
        if let identity, identity == Self.identity(path) { unlink(path) }
    }

    private static func identity(_ path: String) -> UInt64? {
        (attributes(path)?[.systemFileNumber] as? NSNumber)?.uint64Value
    }

    private static func attributes(_ path: String) -> [FileAttributeKey: Any]? {
        try? FileManager.default.attributesOfItem(atPath: path)
    }
}
