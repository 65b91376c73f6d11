public import PealCore

extension Pipeline {
    /// Reads and checks one request, with what its times must keep to now.
    ///
    /// - Parameter extraFields: names that the caller reads itself.
    public func request(
        _ json: JSON, extraFields: Set<String> = []
    ) throws(ValidationFailure) -> EventRequest {
        let request = try EventRequest(json, extraFields: extraFields)
        if let sendAt = request.sendAt, sendAt > clock() + Schedule.horizon {
            throw ValidationFailure([
                ValidationProblem("send_at", .invalid, "must not be more than a year ahead")
            ])
        }
        return request
    }

    /// Gives up an event that waits, durably before it returns.
    ///
    /// - Throws: `notFound` where it has been sent, was cancelled, or never was.
    public func cancel(_ id: NotificationID) async throws(StoreError) -> Schedule {
        switch await store.write([.schedule(.cancel(id))]).first {
        case .success(.cancelled(let schedule)):
            schedules.cancelled(1)
            return schedule
        case .failure(let error): throw error
        default: throw StoreError(.internalFault, "a cancellation was answered with something else")
        }
    }
}
