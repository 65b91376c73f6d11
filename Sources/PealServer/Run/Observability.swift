import Logging
import Metrics
import PealMetrics

/// Sets up logs and metrics, once per process and before anything makes a handle.
enum Observability {
    static func bootstrap(_ settings: Settings, registry: PrometheusRegistry) {
        let level = settings.log.level
        let format = settings.log.format
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, level: level, format: format) }
        MetricsSystem.bootstrap(registry)
    }
}

extension PrometheusRegistry {
    /// With the texts of every metric, so that the first scrape already shows what can be counted.
    static func forPeal() -> PrometheusRegistry {
        let registry = PrometheusRegistry()
        for metric in descriptions {
            registry.register(metric.name, help: metric.help, kind: metric.kind, isPresent: metric.isPresent)
        }
        registry.addProcessMetrics()
        return registry
    }

    private static let descriptions: [(name: String, kind: MetricKind, isPresent: Bool, help: String)] = [
        ("websocket_connections_active", .gauge, true, "WebSocket sessions now."),
        ("sse_connections_active", .gauge, true, "SSE sessions now."),
        ("longpoll_waiting", .gauge, true, "Long polls that wait now."),
        ("session_transport", .gauge, false, "1 for what carries sessions over plain TCP, by name: reactor or nio."),
        ("notifications_sent_total", .counter, true, "Notifications handed to a session, new or aggregated again."),
        ("websocket_connection_errors_total", .counter, false, "Connections refused or ended by a fault, by type."),
        ("connection_errors_total", .counter, true, "Connections refused or ended by a fault."),
        ("commit_to_socket_seconds", .histogram, true, "From the commit of a change to its frame on a socket."),
        ("session_syncs_total", .counter, true, "Changes that a session missed and read from the store."),
        ("session_overflows_total", .counter, true, "Queues of slow readers that were dropped."),
        ("session_store_reads_total", .counter, false, "Queries of the store for sessions, by kind."),
        (
            "session_returns_total", .counter, false,
            "Clients that came back with a cursor, by what answered them: memory, a query for many, rows."
        ),
        ("session_throttles_total", .counter, false, "Clients that said more than they may, by reason."),
        ("session_closings_total", .counter, false, "Sessions that the server closed, by reason."),
        ("gateway_refusals_total", .counter, false, "Connections and sessions not let in, by reason."),
        (
            "accept_failures_total", .counter, true,
            "Times that no connection could be accepted for want of descriptors."
        ),
        ("connections_open", .gauge, true, "Connections now, whatever they are for."),
        (
            "connection_timeouts_total", .counter, false,
            "Connections without a session closed for being slow, by reason."
        ),
        ("session_frames_sent_total", .counter, true, "Frames written to sessions."),
        ("session_frames_received_total", .counter, true, "Messages read from sessions."),
        ("store_commit_seconds", .histogram, true, "Time of one commit with its sync."),
        ("store_batch_size", .histogram, true, "Mutations in one commit."),
        ("store_wal_pages", .gauge, true, "Pages in the write-ahead log."),
        ("notifications_created_total", .counter, true, "Notifications created."),
        ("notifications_aggregated_total", .counter, true, "Events that joined a notification."),
        ("notifications_suppressed_total", .counter, false, "Events that notified nobody, by reason."),
        ("schedules_pending", .gauge, true, "Events that wait for their time."),
        ("schedules_sent_total", .counter, true, "Scheduled events that were sent."),
        ("schedules_cancelled_total", .counter, true, "Scheduled events that were cancelled or taken back."),
        ("schedule_lateness_seconds", .histogram, true, "From the time of a scheduled event to its commit."),
        ("deliveries_pending", .gauge, true, "Deliveries by push and e-mail that wait, digests too."),
        ("deliveries_sent_total", .counter, false, "Deliveries that were handed over, by channel."),
        ("deliveries_skipped_total", .counter, false, "Deliveries with nothing left to tell, by channel and reason."),
        ("deliveries_failed_total", .counter, false, "Deliveries that were given up, by channel."),
        ("delivery_retries_total", .counter, false, "Attempts that failed and are made again, by channel."),
        ("delivery_lateness_seconds", .histogram, true, "From the time of a delivery to its end."),
        ("fanouts_running", .gauge, true, "Events on their way to the members of topics, at most 16 are counted."),
        ("fanout_duration_seconds", .histogram, true, "From accepting an event for a topic to its last member."),
        (
            "inbox_count_drift", .gauge, true,
            "By how much stored counts differed from a recount in the last audit; must be 0."
        ),
        ("inboxes_audited_total", .counter, true, "Inboxes whose counts were compared with a recount."),
        (
            "tls_certificate_expiry_timestamp_seconds", .gauge, false,
            "When the server's certificate ends, in seconds since 1970."
        ),
        ("api_quota_rejections_total", .counter, false, "Requests and items refused for a key's quota, by key id."),
        ("http_requests_total", .counter, false, "Requests of the HTTP API, by method, route and status."),
        ("http_request_duration_seconds", .histogram, false, "Time of one request of the HTTP API."),
    ]
}
