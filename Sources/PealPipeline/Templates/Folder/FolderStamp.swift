import Foundation

/// How a folder of templates looks from outside: equal for as long as no file in it was written, added or removed.
struct FolderStamp: Sendable, Equatable {
    /// Not those of folders: they change with every file that an editor puts beside the one that is written.
    private var files: [String: FileStamp] = [:]
    private var folders: Set<String> = []

    /// Looks at names, sizes and times; reads no file.
    init(_ folder: TemplateFolder) {
        for path in Self.paths(in: folder.path) {
            add(path)
            guard folders.contains(path) else { continue }
            for path in Self.paths(in: path) { add(path) }
        }
    }

    private mutating func add(_ path: String) {
        guard let stamp = FileStamp(path) else { return }
        if stamp.isFolder { folders.insert(path) } else { files[path] = stamp }
    }

    private static func paths(in folder: String) -> [String] {
        (TemplateFolder.names(in: folder) ?? []).map { "\(folder)/\($0)" }
    }
}

/// How a file looks from outside, behind links: in a container the files of a folder are often links that are exchanged.
struct FileStamp: Sendable, Equatable {
    let isFolder: Bool
    private let number: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// Nil where there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        isFolder = status.st_mode & S_IFMT == S_IFDIR
        number = UInt64(status.st_ino)
        size = Int64(status.st_size)
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        seconds = time.tv_sec
        nanoseconds = time.tv_nsec
    }
}
