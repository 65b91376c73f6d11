import Foundation

/// Gives back what only the start needed.
enum StartMemory {
    /// Unmaps the program's text. The kernel maps text in large pieces around what runs, so that after the
    /// start nearly all of it counts as resident; what is needed again comes back from the page cache.
    static func giveBack() {
        #if os(Linux)
            for range in textRanges(in: (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? "") {
                madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, Int32(MADV_DONTNEED))
            }
        #endif
    }

    /// Mappings of files that may be executed but not written (proc_pid_maps(5)): never changed in memory, so that unmapping
    /// loses nothing. Read-only data is left alone, because the loader has changed some of it.
    static func textRanges(in maps: String) -> [Range<UInt>] {
        maps.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count > 5, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
        }
    }
}
