internal import PharmacyDomain

extension OrderRow {
    /// Compares the order's status history with its events.
    func historyDisagreements(
        of order: Order, in scope: TenantScope, _ context: IntegrityContext
    ) throws -> [String] {
        let history = order.history
        let steps = zip(history, history.dropFirst())
        let isComplete = document?["status_history"]?.elements?.count == history.count
        let isCourse = history.first?.status == .pending && steps.allSatisfy { $0.status.next.contains($1.status) }
        let isInTime = steps.allSatisfy { $0.at <= $1.at }
        return disagreeing([
            "status_history": !isComplete || !isCourse || !isInTime,
            "events": try misses(eventsOf: order, in: scope, context),
            "type": !typesAgree(with: history, last: order.eventSequence),
            "recorded_at": !areRecordedInOrder,
            "sequence": order.eventSequence < history.count
                || related.events.contains { !(1...Int64(max(1, order.eventSequence))).contains($0.sequence) },
        ])
    }

    /// Whether events are missing that retention cannot have removed.
    private func misses(
        eventsOf order: Order, in scope: TenantScope, _ context: IntegrityContext
    ) throws -> Bool {
        // A missing event was recorded no earlier than the one before it, or than the order.
        var earliest = order.createdAt
        var next: Int64 = 1
        for event in related.events + [nil] {
            let sequence = event?.sequence ?? Int64(order.eventSequence) + 1
            if sequence > next, try isRetained(recordedFrom: earliest, in: scope, context) { return true }
            next = sequence + 1
            if let event { earliest = Timestamp(milliseconds: event.recordedAt) }
        }
        return false
    }

    /// Whether the events report the statuses of the history in their order, each at least once.
    private func typesAgree(with history: [Order.StatusChange], last: Int) -> Bool {
        let positions = Dictionary(history.enumerated().map { (EventType($1.status).rawValue, $0) }) { first, _ in
            first
        }
        // Between two events there are no more statuses than sequence numbers.
        var (sequence, position) = (Int64(0), -1)
        for event in related.events {
            guard let next = positions[event.type], next >= position,
                Int64(next - position) <= event.sequence - sequence
            else { return false }
            (sequence, position) = (event.sequence, next)
        }
        return Int64(history.count - 1 - position) <= Int64(last) - sequence
    }

    /// Whether the events were recorded in the order of their numbers, and each delivery shows when its event was.
    private var areRecordedInOrder: Bool {
        let events = related.events
        let moments = Dictionary(events.map { ($0.row, $0.recordedAt) }) { first, _ in first }
        return zip(events, events.dropFirst()).allSatisfy { $0.recordedAt <= $1.recordedAt }
            && related.deliveries.allSatisfy { $0.createdAt == moments[$0.event, default: $0.createdAt] }
    }

    /// Whether retention cannot have removed an event that was recorded at that moment or later: the event is not old enough, and
    /// the tenant has older ones, which a shorter retention would have removed first.
    private func isRetained(
        recordedFrom moment: Timestamp, in scope: TenantScope, _ context: IntegrityContext
    ) throws -> Bool {
        guard moment.seconds > context.eventsSince.seconds else { return false }
        let oldest = try scope.db.moment(
            "SELECT recorded_at FROM order_events WHERE tenant_id = $1 ORDER BY tenant_sequence LIMIT 1",
            [scope.tenantValue])
        return oldest.map { $0.seconds <= moment.seconds } ?? true
    }
}
