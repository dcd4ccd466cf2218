package import PharmacyDomain
package import PharmacyStore

/// The installation's audit anchors, held against its audit log; also while the server runs.
package struct AuditAnchors: Sendable {
    private let store: Store
    package let key: AuditAnchorKey

    package init(store: Store, key: AuditAnchorKey) {
        self.store = store
        self.key = key
    }

    /// Compares every anchor of a file with the log.
    ///
    /// The file is read first, and the log after it: an anchor is written after its entry, so that what is written
    /// meanwhile is no loss.
    /// - Throws: `AuditAnchorFile.Failure`, `StoreError`.
    package func verify(_ file: AuditAnchorFile) async throws -> AuditAnchorVerdict {
        try await review(file).verdict
    }

    private func review(_ file: AuditAnchorFile) async throws -> AuditAnchorReview {
        var review = AuditAnchorReview(key: key)
        try await file.read { lines in try await add(lines, to: &review) }
        return review
    }

    /// Compares some anchors with the log, and entries that are known to have been in it.
    /// - Returns: what came of it, and the head of the log that they were compared with.
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

    /// Why there is nothing to accept.
    package enum Refusal: Error, CustomStringConvertible {
        case brokenLog(Int64, AuditFault)
        case nothingLost
        case strange(AuditAnchorFinding)

        package var description: String {
            switch self {
            case .brokenLog(let sequence, let fault):
                "The audit log is broken at entry \(sequence): \(fault.rawValue). That cannot be accepted."
            case .nothingLost: "The audit log has every entry that was anchored: there is no loss to accept."
            case .strange(let finding):
                "No loss can be accepted in a file with a line that is not an anchor of this installation (\(finding)). "
                    + "Move the file away and keep it."
            }
        }
    }

    /// What an operator has accepted.
    package struct Acceptance: Sendable {
        /// The anchored entries that the log does not have: the first and the newest.
        package let oldest: AuditAnchor.Loss
        package let newest: AuditAnchor.Loss
        /// The entry that says so, as it is to be written where the anchors are.
        package let anchor: AuditAnchor
    }

    /// The losses that the anchors of a file show and that nobody has accepted: the first and the newest.
    /// - Throws: `Refusal` where there is none, and where the log is not merely shorter.
    package func openLosses(
        in file: AuditAnchorFile
    ) async throws -> (oldest: AuditAnchor.Loss, newest: AuditAnchor.Loss) {
        if case .broken(let sequence, let fault) = try await AuditLog(store: store).verify() {
            throw Refusal.brokenLog(sequence, fault)
        }
        let review = try await review(file)
        guard let oldest = review.oldestOpenLoss, let newest = review.newestOpenLoss else {
            if case .failed(let finding, _) = review.verdict { throw Refusal.strange(finding) }
            throw Refusal.nothingLost
        }
        return (oldest, newest)
    }

    /// Writes in the audit log that an operator knows of a loss and accepts it, and signs an anchor of that entry. The
    /// entry stands in the log for ever, and the acceptance holds only as long as the entry is there.
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
