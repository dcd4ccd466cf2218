internal import PharmacyDomain

/// The lower-cased e-mail addresses of one tenant's patients in one contiguous buffer, for substring search.
///
/// The disk has no cleartext index. This one is built in memory from the sealed addresses on first use, and updated by the numbers of
/// changes.
struct EmailIndex: Sendable {
    /// The data key of the sealed addresses. After a wipe there is another, and the index is obsolete.
    let keyNumber: Int64
    /// The number of the latest applied change.
    private(set) var sequence: Int64 = 0
    /// When the latest change was applied, in the time of `EmailIndexes`.
    var advancedAt: UInt64 = 0
    /// Addresses, each followed by a line feed, which no address contains.
    private var text: [UInt8] = []
    /// The offset of each address in `text`, and the row of its patient; both ascend.
    private var starts: [Int] = []
    private var patients: [Int64] = []
    /// Patients whose address has changed since it was written to `text`, with their current address; `nil` for deleted patients.
    private var amended: [Int64: [UInt8]?] = [:]

    /// The number of amendments after which the buffer is rewritten.
    private static let amendmentLimit = 4_096

    init(keyNumber: Int64) {
        self.keyNumber = keyNumber
    }

    /// Applies one change.
    /// - Parameter email: in lower case; `nil` where the patient was deleted.
    mutating func apply(patient: Int64, email: [UInt8]?, sequence: Int64) {
        self.sequence = max(self.sequence, sequence)
        guard patient <= patients.last ?? -1 else {
            if let email { append(patient, email) }
            return
        }
        amended[patient] = .some(email)
        if amended.count > EmailIndex.amendmentLimit { rewrite() }
    }

    /// Whether the index contains changes that the database no longer has, so that it would skip new changes with the same numbers.
    /// A snapshot that is merely older does not show that: only a snapshot that was taken after the index had applied its latest
    /// change, and does not contain it, does.
    /// - Parameters:
    ///   - newest: the number of the latest change in a snapshot.
    ///   - time: the time of `EmailIndexes` before the snapshot was taken.
    func isAhead(of newest: Int64, at time: UInt64) -> Bool { sequence > newest && advancedAt <= time }

    /// The rows of the patients whose address contains `needle`, newest first. Each byte of the addresses is read once, whatever they
    /// and the needle contain.
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
