#if os(Linux)
    /// The sessions of a reactor loop by the number that epoll gives back: a place, and how often it has been given away, so
    /// that an event for an earlier session of the place finds nobody (RULES 31).
    struct ReactorSlots {
        private var streams: [ReactorStream?] = []
        private var generations: [UInt32] = []
        private var free: [UInt32] = []

        var count: Int { streams.count - free.count }

        mutating func insert(_ stream: ReactorStream) -> UInt64 {
            if let place = free.popLast() {
                streams[Int(place)] = stream
                return UInt64(generations[Int(place)]) << 32 | UInt64(place)
            }
            streams.append(stream)
            generations.append(0)
            return UInt64(streams.count - 1)
        }

        subscript(token: UInt64) -> ReactorStream? {
            guard let place = place(of: token) else { return nil }
            return streams[place]
        }

        mutating func remove(_ token: UInt64) {
            guard let place = place(of: token), streams[place] != nil else { return }
            streams[place] = nil
            generations[place] &+= 1
            free.append(UInt32(place))
        }

        private func place(of token: UInt64) -> Int? {
            let place = Int(token & 0xFFFF_FFFF)
            guard place < streams.count, UInt64(generations[place]) == token >> 32 else { return nil }
            return place
        }
    }
#endif
