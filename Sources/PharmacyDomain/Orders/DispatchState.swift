/// How far an order has come on its way to the pharmacy's system. The column `dispatch_state` of the order's row holds the
/// raw value: it is the only place from which decisions are taken. The order's `dispatch` member (`Order.Dispatch`) is a
/// rendering of it for partners.
///
/// ```
///                    claimed                 claimed, or the lease expired
///   ready ─────────────────────▶ sending ──┐      ┌──▶ resending ◀──┐
///                                 ▲   │    │      │       │         │ claimed
///                         claimed │   │    │      │       ▼         │
///                           postponed ◀┘   └──▶ uncertain ──────────┘
///
///   sending, resending ──▶ accepted | refused        every state but these ──▶ withdrawn
/// ```
///
/// One worker at a time holds an order: a claim moves it to `sending` or `resending`, raises its number of claims, which is
/// the fencing token, and sets its due time to the end of the lease. A result is recorded only while the row still has that
/// number of claims and a due time.
///
/// | The process stops …                  | The row says            | What follows                                      |
/// |--------------------------------------|-------------------------|---------------------------------------------------|
/// | before the claim is committed        | `ready`, `postponed`, … | Another worker claims it. Nothing was sent.       |
/// | after the claim, before the request  | `sending`               | The lease expires; the claim leads to `resending`. |
/// | after the request, before the result | `sending`               | The same: the pharmacy may have the order.        |
/// | after the result is committed        | the result              | Nothing is open.                                  |
/// | in a second attempt                  | `resending`             | The lease expires; `resending` again.             |
///
/// No crash loses an order: `sending` and `resending` have a due time, the end of the lease, and are claimed again after it.
/// None makes a second prescription: the order's uuid is the prescription's id at the pharmacy, so that a repeated submission
/// is the same prescription, and a submission with an older fencing token is refused.
///
/// Two workers claim: the row is locked while it is claimed, so that one of them gets it. A worker that was stopped for longer
/// than its lease records nothing, because the number of claims has grown.
///
/// A partner cancels: in `ready`, without the pharmacy, in the transaction that reads the state under the row's lock.
/// In every other unfinished state the pharmacy is queried first, and refuses what reaches it later. The row's due time goes
/// with `withdrawn`, so that a claim that is still held records nothing.
///
/// A sandbox is wiped: the row is removed, and the result of a claim that is still held is ignored. A clock is set back: due
/// times come forward, in `sending` and `resending` no closer than a lease of now, because an attempt may be in flight.
package enum DispatchState: String, CaseIterable, Sendable {
    /// No worker has claimed the order yet; the pharmacy cannot have it. Leads to `sending` and `withdrawn`.
    case ready
    /// A worker has claimed the order, no earlier attempt can have reached the pharmacy, and no result is recorded. Leads to
    /// `accepted`, `refused`, `postponed`, `uncertain`, `withdrawn`, and to `resending` when the lease expires.
    case sending
    /// Every attempt so far has failed before it reached the pharmacy. Leads to `sending` and `withdrawn`.
    case postponed
    /// An attempt may have reached the pharmacy, and its result is not known. Leads to `resending` and `withdrawn`.
    case uncertain
    /// As `sending`, but an earlier attempt may have reached the pharmacy: before the order is given up, the pharmacy must
    /// agree to cancel it. Leads to `accepted`, `refused`, `uncertain` and `withdrawn`, and stays when the lease expires.
    case resending
    /// The pharmacy has the order. Final.
    case accepted
    /// The pharmacy has refused the order, or it grew too old before the pharmacy had it. Final.
    case refused
    /// The order was canceled before the pharmacy had it. Final.
    case withdrawn
    /// Written by a program that did not record states, for an order that was not due. The `dispatch` member of the order's
    /// document holds how it ended (`resolved(by:)`); the next change of the order's dispatch records a state.
    case unrecorded
}

extension DispatchState {
    /// The states in which a worker may be sending the order.
    package static let inFlight = allCases.filter(\.isInFlight)

    package static let final = allCases.filter(\.isFinal)

    package var isInFlight: Bool { self == .sending || self == .resending }

    /// Whether nothing remains to be dispatched. Only `unrecorded` does not know (`resolved(by:)`).
    package var isFinal: Bool {
        switch self {
        case .accepted, .refused, .withdrawn: true
        case .ready, .sending, .postponed, .uncertain, .resending, .unrecorded: false
        }
    }

    /// Whether the pharmacy may have the order although it has not confirmed it.
    package var mayHaveArrived: Bool {
        switch self {
        case .uncertain, .resending, .unrecorded: true
        case .ready, .sending, .postponed, .accepted, .refused, .withdrawn: false
        }
    }

    // MARK: Claims

    /// What the worker that has claimed an order does.
    package enum ClaimAction: Hashable, Sendable {
        /// Submit the order to the pharmacy.
        case submit
        /// Take the order out of the queue: it needs no dispatch and must not reach the pharmacy.
        case leaveQueue
    }

    /// The state after a worker has claimed an order that is due. Where a claim finds `sending` or `resending`, the lease of
    /// the claim before has expired, and that attempt may have reached the pharmacy.
    package func claimed() -> (state: DispatchState, action: ClaimAction) {
        switch self {
        case .ready, .postponed: (.sending, .submit)
        case .sending, .uncertain, .resending: (.resending, .submit)
        // Their document decides, which a claim does not read.
        case .unrecorded: (.unrecorded, .submit)
        case .accepted, .refused, .withdrawn: (self, .leaveQueue)
        }
    }

    /// The state that a claim has recorded, and what follows, once the order's document has been read.
    package func confirmed(by status: Order.Dispatch.Status) -> (state: DispatchState, action: ClaimAction) {
        if self == .unrecorded { return resolved(by: status).claimed() }
        return (self, isInFlight ? .submit : .leaveQueue)
    }

    /// The state after an interrupted attempt: its lease was released at the start of the only server, or the worker failed
    /// because of the record itself. The attempt may have reached the pharmacy.
    package func interrupted() -> DispatchState { isInFlight ? .uncertain : self }

    // MARK: Attempts

    /// How an attempt ended.
    package enum AttemptEnd: Hashable, Sendable {
        case accepted
        case refused
        /// No response, or none that is understood.
        /// - Parameter mayHaveArrived: whether the pharmacy may have received the order nevertheless.
        case unavailable(mayHaveArrived: Bool)
    }

    /// What follows the end of an attempt.
    package enum EndAction: Hashable, Sendable {
        /// Record the acceptance, and ask the pharmacy from time to time what has become of the order.
        case reconcile
        /// Fail the order, with an event.
        case fail
        /// Set the next attempt's time and notify the dispatcher.
        case scheduleRetry
    }

    /// - Returns: `nil` in a state that has no attempt in flight: the result changes nothing.
    package func ended(_ end: AttemptEnd) -> (state: DispatchState, action: EndAction)? {
        guard isInFlight else { return nil }
        return switch end {
        case .accepted: (.accepted, .reconcile)
        case .refused: (.refused, .fail)
        case .unavailable(let mayHaveArrived):
            (mayHaveArrived || self.mayHaveArrived ? .uncertain : .postponed, .scheduleRetry)
        }
    }

    // MARK: Giving up

    /// What comes before an unfinished order may be given up, because a partner cancels it or it has grown too old.
    package enum GiveUpAction: Hashable, Sendable {
        /// Nothing: the pharmacy cannot have the order.
        case giveUp
        /// Ask the pharmacy to cancel the order, and give it up only where the pharmacy agrees.
        case askPharmacyFirst
    }

    /// What comes first when a worker finds that the order it has claimed is too old. It has made no attempt under that claim.
    package var expiryAction: GiveUpAction { mayHaveArrived ? .askPharmacyFirst : .giveUp }

    /// What comes first when the partner cancels. A worker may be submitting the order, or have sent the patient: only in
    /// `ready` it is certain that none has begun.
    package var cancelAction: GiveUpAction { self == .ready ? .giveUp : .askPharmacyFirst }

    /// The state after the order was canceled; where the pharmacy has it, or never will, the dispatch is over already.
    package func withdrawn() -> DispatchState { isFinal ? self : .withdrawn }

    // MARK: Records

    /// What partners see of the state; `nil` for `unrecorded`: the document shows it.
    package var shownStatus: Order.Dispatch.Status? {
        switch self {
        case .ready, .sending, .postponed, .uncertain, .resending: .pending
        case .accepted: .accepted
        case .refused: .refused
        case .withdrawn: .withdrawn
        case .unrecorded: nil
        }
    }

    /// The state, from the order's document where the row has none. An order that is still to be dispatched counts as one that
    /// may have arrived.
    package func resolved(by status: Order.Dispatch.Status) -> DispatchState {
        guard self == .unrecorded else { return self }
        return switch status {
        case .pending: .uncertain
        case .accepted: .accepted
        case .refused: .refused
        case .withdrawn: .withdrawn
        }
    }
}

extension DispatchState {
    /// The state that a row holds. A name that this program does not know counts as one that may have arrived: the order is
    /// neither lost nor given up without the pharmacy.
    package init(stored name: String) { self = DispatchState(rawValue: name) ?? .uncertain }
}
