internal import PharmacyDomain
internal import PharmacyStore

/// Compares anchors with the log, batch by batch. A loss is accepted if a genuine acceptance covers it whose own entry is in the
/// log: cutting that entry off makes the loss open again.
struct AuditAnchorReview {
    /// The log's hashes of the entries that some anchors name.
    struct Log: Sendable {
        let head: AuditHead
        let hashes: [Int64: [UInt8]]

        func fault(_ mark: AuditMark) -> AuditAnchorFault? {
            if mark.sequence <= head.prunedSequence {
                let isOther = mark.sequence == head.prunedSequence && mark.hash != head.prunedHash
                return isOther ? .otherEntry : nil
            }
            if mark.sequence == head.sequence { return mark.hash == head.hash ? nil : .otherEntry }
            if mark.sequence > head.sequence { return .behind }
            guard let hash = hashes[mark.sequence] else { return .missing }
            return hash == mark.hash ? nil : .otherEntry
        }
    }

    private let key: AuditAnchorKey
    private var anchors = 0
    private var newest: AuditAnchor?
    private var losses: [(loss: AuditAnchor.Loss, finding: AuditAnchorFinding)] = []
    /// Lines that are not anchors of this installation. They cannot be accepted.
    private var foreign: [AuditAnchorFinding] = []
    private var acceptances = 0
    /// Losses that were anchored up to this time are accepted.
    private var acceptedUpTo: Timestamp?

    init(key: AuditAnchorKey) {
        self.key = key
    }

    /// The entries that some lines name.
    static func sequences(of lines: [AuditAnchorLine]) -> Set<Int64> {
        Set(lines.compactMap(\.anchor).flatMap { [$0.mark.sequence] + [$0.loss?.mark.sequence].compactMap(\.self) })
    }

    mutating func add(_ lines: [AuditAnchorLine], _ log: Log) {
        for line in lines {
            guard let anchor = line.anchor else {
                foreign.append(AuditAnchorFinding(fault: .unreadable, line: line.number, sequence: nil))
                continue
            }
            guard key.hasSigned(anchor) else {
                let fault = key.knows(anchor) ? AuditAnchorFault.forged : .otherInstallation
                foreign.append(
                    AuditAnchorFinding(fault: fault, line: line.number, sequence: anchor.mark.sequence))
                continue
            }
            anchors += 1
            if newest.map({ $0.at <= anchor.at }) ?? true { newest = anchor }
            let isThere = compare(AuditAnchor.Loss(mark: anchor.mark, at: anchor.at), line.number, log)
            guard let loss = anchor.loss else { continue }
            switch anchor.kind {
            case .head: _ = compare(loss, line.number, log)
            case .lossAccepted where isThere:
                acceptances += 1
                acceptedUpTo = acceptedUpTo.map { max($0, loss.at) } ?? loss.at
            case .lossAccepted: break
            }
        }
    }

    /// Compares entries that this process has seen in the log.
    mutating func add(remembered claims: [AuditAnchor.Loss], _ log: Log) {
        for claim in claims { _ = compare(claim, 0, log) }
    }

    private mutating func compare(_ claim: AuditAnchor.Loss, _ line: Int, _ log: Log) -> Bool {
        guard let fault = log.fault(claim.mark) else { return true }
        losses.append((claim, AuditAnchorFinding(fault: fault, line: line, sequence: claim.mark.sequence)))
        return false
    }

    private var openLosses: [(loss: AuditAnchor.Loss, finding: AuditAnchorFinding)] {
        guard let acceptedUpTo else { return losses }
        return losses.filter { $0.loss.at > acceptedUpTo }
    }

    /// The open loss that was anchored last.
    var newestOpenLoss: AuditAnchor.Loss? { openLosses.map(\.loss).max { $0.at < $1.at } }

    /// The open loss that was anchored first.
    var oldestOpenLoss: AuditAnchor.Loss? { openLosses.map(\.loss).min { $0.at < $1.at } }

    /// The newest genuine anchor.
    var newestAnchor: AuditAnchor? { newest }

    var verdict: AuditAnchorVerdict {
        let open = openLosses.map(\.finding) + foreign
        if let first = open.min(by: { $0.line < $1.line }) { return .failed(first, count: open.count) }
        return .matched(anchors: anchors, newest: newest?.mark, acceptedLosses: acceptances)
    }
}
