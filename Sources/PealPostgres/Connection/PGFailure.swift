#if PostgreSQL
    internal import PealCore

    /// Why a statement, or the connection, failed.
    struct PGFailure: Error {
        enum Kind {
            /// The server cannot be reached or is going away: nothing is known of what was under way.
            case connection
            /// The server gave the transaction up for another's sake: it may be repeated as it is.
            case conflict
            /// The server cannot write now: disk full, read-only after a failover, too many connections.
            case unavailable
            /// A fault of the statement or the data.
            case fault
        }

        var kind: Kind
        /// Five characters of SQLSTATE, where the server said so.
        var code: String
        var message: String

        init(_ kind: Kind, _ message: String, code: String = "") {
            self.kind = kind
            self.code = code
            self.message = message
        }

        /// - Parameter code: SQLSTATE (PostgreSQL's documentation, appendix A).
        init(code: String, message: String) {
            let kind: Kind =
                switch code {
                // Serialization failure, deadlock, lock not available, and a row that another node has just made.
                case "40001", "40P01", "55P03", "23505": .conflict
                // Shutdown, crash of a neighbour, starting up, database dropped.
                case "57P01", "57P02", "57P03", "57P04": .connection
                // Read-only transaction: a host that was demoted.
                case "25006": .connection
                default:
                    switch code.prefix(2) {
                    case "08": .connection
                    // Insufficient resources, system errors.
                    case "53", "58": .unavailable
                    case "": .connection
                    default: .fault
                    }
                }
            self.init(kind, message, code: code)
        }

        /// For whoever asked the store.
        var storeError: StoreError {
            let text = code.isEmpty ? message : "\(code) \(message)"
            return StoreError(kind == .fault ? .internalFault : .unavailable, "PostgreSQL: \(text)")
        }
    }
#endif
