internal import PharmacyDomain

/// The lower-cased e-mail addresses of one tenant's patients in one contiguous buffer, for substring search.
///
/// No plaintext index lies on disk; this one is built in memory from the sealed addresses on first use and kept current
/// by the change sequence.
struct EmailIndex: Sendable {
    /// The data key the addresses were sealed with: after a wipe there is another, and the index is void.
    let keyNumber: Int64
    /// The number of the latest change that it has taken in.
    private(set) var sequence: Int64 = 0
    /// When it last took in a change, as `EmailIndexes` count time.
    var advancedAt: UInt64 = 0
    /// Addresses, each followed by a line feed, which no address holds.
    private var text: [UInt8] = []
    /// Where each address begins in `text`, and whose it is; both ascend.
    private var starts: [Int] = []
    private var patients: [Int64] = []
    /// Patients whose address has changed since it was written to `text`: their address now, `nil` for deleted ones.
    private var amended: [Int64: [UInt8]?] = [:]

    /// Amendments past which the buffer is written anew.
    private static let amendmentLimit = 4_096

    init(keyNumber: Int64) {
        self.keyNumber = keyNumber
    }

    /// Takes in one change.
    /// - Parameter email: lower-cased; `nil` when the patient was deleted.
    mutating func apply(patient: Int64, email: [UInt8]?, sequence: Int64) {
        self.sequence = max(self.sequence, sequence)
        guard patient <= patients.last ?? -1 else {
            if let email { append(patient, email) }
            return
        }
        amended[patient] = .some(email)
        if amended.count > EmailIndex.amendmentLimit { rewrite() }
    }

    /// Whether it holds changes that the database no longer has, so that it would pass over those that come under their
    /// numbers. A snapshot that is merely older than the latest change is behind, too: only one that was taken after the index
    /// had taken that change in shows that the change is gone.
    /// - Parameters:
    ///   - newest: the number of the latest change in a snapshot.
    ///   - time: before the snapshot was taken, as `EmailIndexes` count it.
    func isAhead(of newest: Int64, at time: UInt64) -> Bool { sequence > newest && advancedAt <= time }

    /// The rows of the patients whose address holds `needle`, newest first. Each byte of the addresses is looked at once,
    /// whatever they and the needle are made of.
    func search(_ needle: BytePattern) -> [Int64] {
        var found: [Int64] = []
        if needle.isEmpty {
            found = patients.filter { amended[$0] == nil }
        } else if !needle.contains(UInt8(ascii: "\n")) {
            var entry = 0
            text.withUnsafeBufferPointer { buffer in
                var position = 0
                while let hit = needle.firstMatch(in: buffer, from: position) {
                    while entry + 1 < starts.count, starts[entry + 1] <= hit { entry += 1 }
                    if amended[patients[entry]] == nil { found.append(patients[entry]) }
                    guard entry + 1 < starts.count else { break }
                    position = starts[entry + 1]
                }
            }
        }
        for (patient, email) in amended {
            if let email, needle.isFound(in: email) { found.append(patient) }
        }
        return found.sorted(by: >)
    }

    private mutating func append(_ patient: Int64, _ email: [UInt8]) {
        starts.append(text.count)
        patients.append(patient)
        text += email
        text.append(UInt8(ascii: "\n"))
    }

    private mutating func rewrite() {
        var fresh = EmailIndex(keyNumber: keyNumber)
        for (index, patient) in patients.enumerated() {
            switch amended[patient] {
            case .some(.some(let email)): fresh.append(patient, email)
            case .some(.none): continue
            case .none:
                let end = index + 1 < starts.count ? starts[index + 1] : text.count
                fresh.append(patient, Array(text[starts[index]..<end - 1]))
            }
        }
        fresh.sequence = sequence
        fresh.advancedAt = advancedAt
        self = fresh
    }
}
