package import PharmacyDomain
package import PharmacyStore

/// Compares the installation's audit anchors with its audit log, also while the server runs.
package struct AuditAnchors: Sendable {
    private let store: Store
    package let key: AuditAnchorKey

    package init(store: Store, key: AuditAnchorKey) {
        self.store = store
        self.key = key
    }

    /// Compares every anchor of a file with the log.
    ///
    /// The log is read after the file. An anchor is written after its entry, so that anchors written meanwhile are no loss.
    /// - Throws: `AuditAnchorFile.Failure`, `StoreError`.
    package func verify(_ file: AuditAnchorFile) async throws -> AuditAnchorVerdict {
        try await review(file).verdict
    }

    private func review(_ file: AuditAnchorFile) async throws -> AuditAnchorReview {
        var review = AuditAnchorReview(key: key)
        try await file.read { lines in try await add(lines, to: &review) }
        return review
    }

    /// Compares anchors, and entries that this process has seen, with the log.
    /// - Returns: the review, and the head of the log at that time.
    func review(
        _ lines: [AuditAnchorLine], remembered: [AuditAnchor.Loss]
    ) async throws -> (review: AuditAnchorReview, head: AuditHead) {
        var review = AuditAnchorReview(key: key)
        let sequences = AuditAnchorReview.sequences(of: lines).union(remembered.map(\.mark.sequence))
        let log = try await log(of: sequences)
        review.add(lines, log)
        review.add(remembered: remembered, log)
        return (review, log.head)
    }

    private func add(_ lines: [AuditAnchorLine], to review: inout AuditAnchorReview) async throws {
        review.add(lines, try await log(of: AuditAnchorReview.sequences(of: lines)))
    }

    private func log(of sequences: Set<Int64>) async throws -> AuditAnchorReview.Log {
        try await store.systemRead { scope in
            AuditAnchorReview.Log(head: try scope.auditHead(), hashes: try scope.auditHashes(of: sequences))
        }
    }

    // MARK: Accepting a loss

    /// Why a loss cannot be accepted.
    package enum AcceptanceError: Error, CustomStringConvertible {
        case brokenLog(Int64, AuditFault)
        case nothingLost
        case foreign(AuditAnchorFinding)

        package var description: String {
            switch self {
            case .brokenLog(let sequence, let fault):
                "The audit log is broken at entry \(sequence): \(fault.rawValue). Such a fault cannot be accepted."
            case .nothingLost: "The audit log contains every anchored entry: there is no loss to accept."
            case .foreign(let finding):
                "The file has a line that is not an anchor of this installation (\(finding)). Move the file away, keep it as "
                    + "evidence, and retry."
            }
        }
    }

    /// An accepted loss.
    package struct Acceptance: Sendable {
        /// The first and the newest anchored entry that the log does not contain.
        package let oldest: AuditAnchor.Loss
        package let newest: AuditAnchor.Loss
        /// The anchor of the acceptance, to be written to the file of anchors.
        package let anchor: AuditAnchor
    }

    /// The first and the newest open loss that the anchors of a file show.
    /// - Throws: `AcceptanceError` where there is none, or the log has other faults.
    package func openLosses(
        in file: AuditAnchorFile
    ) async throws -> (oldest: AuditAnchor.Loss, newest: AuditAnchor.Loss) {
        if case .broken(let sequence, let fault) = try await AuditLog(store: store).verify() {
            throw AcceptanceError.brokenLog(sequence, fault)
        }
        let review = try await review(file)
        guard let oldest = review.oldestOpenLoss, let newest = review.newestOpenLoss else {
            if case .failed(let finding, _) = review.verdict { throw AcceptanceError.foreign(finding) }
            throw AcceptanceError.nothingLost
        }
        return (oldest, newest)
    }

    /// Records in the audit log that an operator accepts a loss, and signs an anchor of that entry. The acceptance is valid as
    /// long as the log contains the entry.
    package func accept(
        _ losses: (oldest: AuditAnchor.Loss, newest: AuditAnchor.Loss), by user: String, at now: Timestamp
    ) async throws -> Acceptance {
        let (oldest, newest) = losses
        let origin = AuditOrigin(actor: .operator(user), requestID: nil)
        try await AuditOrigin.$current.withValue(origin) {
            try await store.systemWrite(.log) {
                $0.audit(
                    .auditLossAccepted, [oldest.mark.description, newest.mark.description], at: now)
            }
        }
        var filter = AuditFilter()
        filter.action = .auditLossAccepted
        let wanted = filter
        guard let entry = try await store.systemRead({ try $0.newestAuditEntries(wanted, limit: 1) }).first else {
            throw StoreError.broken("an entry of the audit log is not found")
        }
        let mark = AuditMark(sequence: entry.sequence, hash: entry.hash)
        return Acceptance(
            oldest: oldest, newest: newest, anchor: try key.anchor(.lossAccepted, mark, loss: newest, at: now))
    }
}
