/// How far a delivery has come. The column `status` of the delivery's row holds the raw value. Partners see
/// `Delivery.Status`.
///
/// ```
///   waiting ──▶ ready ──claimed──▶ sending ──▶ succeeded | failed ──redelivered──▶ waiting
///                 ▲                   │
///                 └─ retry, deferral ─┘
/// ```
///
/// The deliveries of one order to one URL form a queue: at most one of them is `ready` or `sending`, and while one is
/// `waiting`, another is. So events reach a URL in their order.
///
/// | The process stops …                       | The row says         | What follows                                  |
/// |-------------------------------------------|----------------------|-----------------------------------------------|
/// | before the claim is committed             | `ready`              | Another worker claims it.                     |
/// | after the claim, before or in the request | `sending`, lease end | Claimed again after the lease, sent again.    |
/// | after the request, before the result      | `sending`, lease end | The same: each event arrives at least once.   |
/// | after the result is committed             | the result           | Nothing is open; the next in the queue is due. |
///
/// A claim is named by the end of its lease: a result is recorded only in `sending` with that time. Deliveries are made at
/// least once, and receivers recognize duplicates by the event's id, so that an interrupted attempt needs no separate state.
package enum DeliveryState: String, CaseIterable, Sendable {
    /// An earlier delivery of the same order to the same URL is not finished. Has no due time. Leads to `ready`.
    case waiting
    /// Due at its time. Leads to `sending`.
    case ready
    /// A worker has claimed it until its due time, the end of the lease. Leads to `succeeded`, `failed` and, for another
    /// attempt, `ready`; stays when the lease expires and another worker claims it.
    case sending
    /// The receiver has confirmed the event. Leads to `waiting` when it is redelivered.
    case succeeded
    /// All attempts failed, or the delivery cannot be read. Leads to `waiting` when it is redelivered.
    case failed
}

extension DeliveryState {
    /// The states of which a queue has at most one. They alone have a due time.
    package static let active = allCases.filter(\.isActive)
    package static let finished = allCases.filter(\.isFinished)
    package static let unfinished = allCases.filter { !$0.isFinished }

    package var isActive: Bool { self == .ready || self == .sending }

    package var isFinished: Bool { self == .succeeded || self == .failed }

    /// What follows a transition.
    package enum Action: Hashable, Sendable {
        /// Set the due time, and that of the URL where it is earlier.
        case schedule(at: Timestamp)
        /// Clear the due time, and make the next delivery in the queue due unless one is active.
        case startNext
    }

    /// The state of a new delivery: it is due at once unless it has to wait for the end of another.
    /// - Parameter hasUnfinished: whether the queue has another that is not finished.
    package static func new(behindUnfinished hasUnfinished: Bool) -> DeliveryState {
        hasUnfinished ? .waiting : .ready
    }

    /// The state once it is the first of its queue; `nil` where it does not wait.
    package func started() -> DeliveryState? { self == .waiting ? .ready : nil }

    /// The state after a worker has claimed it; `nil` where it cannot be claimed. Where a claim finds `sending`, the lease of
    /// the claim before has expired.
    package func claimed() -> DeliveryState? { isActive ? .sending : nil }

    /// The state after an attempt, and what follows; `nil` where no attempt is in flight: the result changes nothing.
    package func ended(_ verdict: DeliveryPolicy.Verdict) -> (state: DeliveryState, action: Action)? {
        guard self == .sending else { return nil }
        return switch verdict {
        case .succeeded: (.succeeded, .startNext)
        case .failed: (.failed, .startNext)
        case .retry(let moment), .deferred(let moment): (.ready, .schedule(at: moment))
        }
    }

    /// The state after a claim was released, at the start of the only server or after a clock was set back.
    package func released() -> DeliveryState { self == .sending ? .ready : self }

    /// The state of a finished delivery that is to be made again, at the end of its queue; `nil` where it is not finished.
    package func redelivered() -> (state: DeliveryState, action: Action)? { isFinished ? (.waiting, .startNext) : nil }

    /// What partners see of the state.
    package var shownStatus: Delivery.Status {
        switch self {
        case .waiting, .ready, .sending: .pending
        case .succeeded: .succeeded
        case .failed: .failed
        }
    }

    /// The states that partners see as one status.
    package static func states(shownAs status: Delivery.Status) -> [DeliveryState] {
        allCases.filter { $0.shownStatus == status }
    }
}
