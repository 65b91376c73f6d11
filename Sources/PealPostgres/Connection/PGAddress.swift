#if PostgreSQL
    internal import CLibPQ

    /// Where the database is: a `postgresql://` URI or a connection string of libpq, several hosts too.
    struct PGAddress: Sendable {
        let text: String

        init(_ text: String) {
            self.text = text
        }

        /// What holds where the address says nothing: a server that is silent is given up within seconds, and of several hosts the
        /// one that takes writes is used.
        private static let defaults = [
            ("application_name", "peal"), ("connect_timeout", "5"), ("target_session_attrs", "read-write"),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "15000"), ("client_encoding", "UTF8"),
        ]

        /// Why libpq cannot read it; nil where it can. Contains no password.
        var refusal: String? {
            var message: UnsafeMutablePointer<CChar>?
            guard let options = PQconninfoParse(text, &message) else {
                defer { PQfreemem(message) }
                return message.map { String(cString: $0).split(whereSeparator: \.isNewline).joined(separator: " ") }
                    ?? "it cannot be read"
            }
            PQconninfoFree(options)
            return nil
        }

        /// Connects, and waits for it.
        func connect() -> OpaquePointer? {
            let pairs = Self.defaults + [("dbname", text)]
            let words = pairs.flatMap { [$0.0, $0.1] }.map { Array($0.utf8CString) }
            return withPointers(to: words[...], []) { pointers in
                let keywords = stride(from: 0, to: pointers.count, by: 2).map { pointers[$0] } + [nil]
                let values = stride(from: 1, to: pointers.count, by: 2).map { pointers[$0] } + [nil]
                return PQconnectdbParams(keywords, values, 1)
            }
        }

        private func withPointers<Result>(
            to words: ArraySlice<[CChar]>, _ pointers: [UnsafePointer<CChar>?],
            _ body: ([UnsafePointer<CChar>?]) -> Result
        ) -> Result {
            guard let first = words.first else { return body(pointers) }
            return first.withUnsafeBufferPointer {
                withPointers(to: words.dropFirst(), pointers + [$0.baseAddress], body)
            }
        }
    }
#endif
