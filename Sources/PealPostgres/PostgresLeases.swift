#if PostgreSQL
    internal import Dispatch
    internal import Foundation
    internal import Logging
    public import PealCore
    internal import PealSQL
    internal import Synchronization

    /// Leases as rows of the database, by its clock: one statement every few seconds renews this node's and takes those that have
    /// ended. Each change of hands raises a token.
    public final class PostgresLeases: Leases {
        /// How long a node keeps its work after it was last heard of.
        public static let duration: Duration = .seconds(6)
        private static let interval: Duration = .seconds(2)

        private let options: PostgresStoreOptions
        private let node = Int64.random(in: .min ... .max)
        private let ends = Mutex<[SharedWork: ContinuousClock.Instant]>([:])
        private let isClosing = Atomic(false)
        private let wake = Signal()
        private let thread = DispatchGroup()

        private static let claim = PGStatement(
            """
            INSERT INTO leases AS l (name, holder, ends_at, token)
            SELECT name, $2, clock_timestamp() + $3::int8 * interval '1 millisecond', 1
            FROM unnest($1::text[]) AS w (name) ORDER BY name
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at,
                token = l.token + CASE WHEN l.holder = excluded.holder THEN 0 ELSE 1 END
            WHERE l.holder = excluded.holder OR l.ends_at < clock_timestamp() RETURNING name
            """)
        private static let release = PGStatement("DELETE FROM leases WHERE holder = $1")

        /// Starts to claim. ``close()`` must be called in the end.
        public init(options: PostgresStoreOptions) {
            self.options = options
            thread.enter()
            let run: @Sendable (PGLink) -> Void = { [self] in keep(over: $0) }
            ThreadConfined(PGLink(options, history: nil)).run(
                named: "peal-lease", run, end: { [thread] in thread.leave() })
        }

        public func isHeld(_ work: SharedWork) -> Bool {
            ends.withLock { $0[work].map { ContinuousClock.now < $0 } ?? false }
        }

        /// Gives the leases up, so that another node need not wait for their end.
        public func close() async {
            isClosing.store(true, ordering: .releasing)
            wake.raise()
            await withCheckedContinuation { continuation in
                thread.notify(queue: .global()) { continuation.resume() }
            }
        }

        private func keep(over link: PGLink) {
            var isDown = false
            while !isClosing.load(ordering: .acquiring) {
                do throws(PGFailure) {
                    try claim(over: link.connected())
                    isDown = false
                } catch {
                    link.drop()
                    if !isDown { options.logger.warning("Leases wait", metadata: ["error": "\(error.message)"]) }
                    isDown = true
                }
                wake.wait(atMost: Self.interval)
            }
            ends.withLock { $0 = [:] }
            var parameters = PGParameters()
            parameters.bind(node)
            _ = try? link.connected().query(Self.release, parameters)
        }

        private func claim(over connection: PGConnection) throws(PGFailure) {
            // By this node's clock from before the question: it ends here before it ends there.
            let end = ContinuousClock.now + Self.duration
            var parameters = PGParameters()
            parameters.bind(PGArray(SharedWork.allCases.map(\.rawValue)))
            parameters.bind(node)
            parameters.bind(Self.duration.wholeMilliseconds)
            let rows = try connection.query(Self.claim, parameters)
            let held = rows.texts().compactMap(SharedWork.init(rawValue:)).map { ($0, end) }
            ends.withLock { $0 = Dictionary(held) { first, _ in first } }
        }
    }
#endif
