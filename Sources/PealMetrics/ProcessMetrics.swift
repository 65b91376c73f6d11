#if canImport(Glibc)
    import Glibc

    extension PrometheusRegistry {
        /// The metrics that every Prometheus client has of its own process, read from `/proc` at each scrape.
        public func addProcessMetrics() {
            let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
            let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
            let bootTime = ProcessFile.bootTime
            computed(
                "process_cpu_seconds_total", help: "Total user and system CPU time spent in seconds.", kind: .counter
            ) {
                ProcessFile.stat.map { (Double($0.userTicks) + Double($0.systemTicks)) / ticks }
            }
            computed(
                "process_resident_memory_bytes", help: "Resident memory size in bytes.", kind: .gauge
            ) {
                ProcessFile.stat.map { Double($0.residentPages) * pageSize }
            }
            computed("process_virtual_memory_bytes", help: "Virtual memory size in bytes.", kind: .gauge) {
                ProcessFile.stat.map { Double($0.virtualBytes) }
            }
            computed(
                "process_start_time_seconds", help: "Start time of the process since the Unix epoch in seconds.",
                kind: .gauge
            ) {
                guard let bootTime, let stat = ProcessFile.stat else { return nil }
                return bootTime + Double(stat.startTicks) / ticks
            }
            computed("process_open_fds", help: "Number of open file descriptors.", kind: .gauge) {
                ProcessFile.openDescriptors.map(Double.init)
            }
            computed("process_max_fds", help: "Maximum number of open file descriptors.", kind: .gauge) {
                var limit = rlimit()
                return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
                    ? Double(limit.rlim_cur) : nil
            }
        }
    }

    /// What Linux tells about the own process (proc(5)).
    private enum ProcessFile {
        struct Stat {
            var userTicks: UInt64
            var systemTicks: UInt64
            var startTicks: UInt64
            var virtualBytes: UInt64
            var residentPages: UInt64
        }

        static var stat: Stat? {
            // The name in parentheses may hold spaces, so fields are counted from behind it; the first there is the third.
            guard let text = read("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ")
            guard fields.count > 21, let user = UInt64(fields[11]), let system = UInt64(fields[12]),
                let start = UInt64(fields[19]), let size = UInt64(fields[20]), let resident = UInt64(fields[21])
            else { return nil }
            return Stat(
                userTicks: user, systemTicks: system, startTicks: start, virtualBytes: size, residentPages: resident)
        }

        /// Unix seconds.
        static var bootTime: Double? {
            read("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap {
                Double($0.dropFirst(6))
            }
        }

        static var openDescriptors: Int? {
            guard let directory = opendir("/proc/self/fd") else { return nil }
            defer { closedir(directory) }
            var count = 0
            while readdir(directory) != nil { count += 1 }
            // Not counted: ".", ".." and the directory's own descriptor.
            return max(0, count - 3)
        }

        private static func read(_ path: String) -> String? {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                bytes += buffer[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
#else
    extension PrometheusRegistry {
        /// Nothing: there is no `/proc` on this system.
        public func addProcessMetrics() {}
    }
#endif
