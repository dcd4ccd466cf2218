internal import PharmacyDomain

/// How long a simulated pharmacy takes from one status to the next.
package enum SandboxPace: Hashable, Sendable {
    case every(Duration)
    /// Orders advance on request alone.
    case manual

    func next(after now: Timestamp) -> Timestamp? {
        switch self {
        case .every(let step): now + step
        case .manual: nil
        }
    }
}
