internal import PharmacyDomain

/// The lower-cased e-mail addresses of one tenant's patients, for substring search.
///
/// The disk has no cleartext index. This one is built in memory from the sealed addresses on first use, and updated by the numbers of
/// changes.
struct EmailIndex {
    /// The data key of the sealed addresses. After a wipe there is another, and the index is obsolete.
    let keyNumber: Int64
    /// The number of the latest applied change.
    private(set) var sequence: Int64 = 0
    /// When the latest change was applied, in the time of `EmailIndexes`.
    var advancedAt: UInt64 = 0
    /// The addresses in the order of the patients' rows.
    private var addresses = AddressList()
    /// Addresses that have changed since the patient's first one was written to `addresses`.
    private var amended = AddressList()
    /// The places in `amended` of the current addresses there, by the rows of their patients.
    private var amendedPlaces: [Int64: Int] = [:]

    /// The number of amendments after which all addresses are copied to a new list, if they are also an eighth of the addresses.
    private static let amendmentLimit = 4_096

    init(keyNumber: Int64) {
        self.keyNumber = keyNumber
    }

    /// Applies one change.
    /// - Parameter email: in lower case; `nil` where the patient was deleted.
    mutating func apply(patient: Int64, email: [UInt8]?, sequence: Int64) {
        self.sequence = max(self.sequence, sequence)
        guard patient <= addresses.lastPatient ?? -1 else {
            if let email { addresses.append(email, of: patient) }
            return
        }
        if let place = amendedPlaces.removeValue(forKey: patient) {
            amended.remove(at: place)
        } else if let place = addresses.place(of: patient) {
            addresses.remove(at: place)
        }
        guard let email else { return }
        amendedPlaces[patient] = amended.append(email, of: patient)
        if amended.count > max(EmailIndex.amendmentLimit, addresses.count / 8) { rewrite() }
    }

    /// Whether the index contains changes that the database no longer has, so that it would skip new changes with the same numbers.
    /// A snapshot that is merely older does not show that: only a snapshot that was taken after the index had applied its latest
    /// change, and does not contain it, does.
    /// - Parameters:
    ///   - newest: the number of the latest change in a snapshot.
    ///   - time: the time of `EmailIndexes` before the snapshot was taken.
    func isAhead(of newest: Int64, at time: UInt64) -> Bool { sequence > newest && advancedAt <= time }

    /// The rows of the patients whose address contains `needle`, newest first.
    /// - Parameter limit: how many addresses to examine at the most.
    /// - Returns: `nil` where there are more to examine.
    func search(_ needle: BytePattern, examining limit: Int = .max) -> [Int64]? {
        if needle.bytes.contains(UInt8(ascii: "\n")) { return [] }
        guard let found = addresses.search(needle, examining: limit),
            let foundAmended = amended.search(needle, examining: limit)
        else { return nil }
        return foundAmended.isEmpty ? found.reversed() : (found + foundAmended).sorted(by: >)
    }

    private mutating func rewrite() {
        var fresh = AddressList()
        var changed = amendedPlaces.sorted { $0.key < $1.key }[...]
        func appendChanged(before patient: Int64) {
            while let (row, place) = changed.first, row < patient {
                fresh.append(Array(amended[place]), of: row)
                changed.removeFirst()
            }
        }
        addresses.visitAll { patient, address in
            appendChanged(before: patient)
            fresh.append(Array(address), of: patient)
        }
        appendChanged(before: .max)
        (addresses, amended, amendedPlaces) = (fresh, AddressList(), [:])
    }
}
