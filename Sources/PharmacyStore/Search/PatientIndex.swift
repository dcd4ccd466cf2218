internal import PharmacyDomain

/// One text of each of a tenant's patients, for substring search: the lower-cased e-mail address, or what a search by other details
/// looks at.
///
/// The disk has no cleartext index. This one is built in memory from the sealed texts on first use, and updated by the numbers of
/// changes.
struct PatientIndex {
    /// Which text of each patient it contains.
    enum Content: Hashable, Sendable {
        /// The e-mail address in lower case.
        case email
        /// `PatientDetails.searchText`.
        case details
    }

    /// The data key of the sealed texts. After a wipe there is another, and the index is obsolete.
    let keyNumber: Int64
    /// The number of the latest applied change.
    private(set) var sequence: Int64 = 0
    /// When the latest change was applied, in the time of `PatientIndexes`.
    var advancedAt: UInt64 = 0
    /// The texts in the order of the patients' rows.
    private var texts = PatientTexts()
    /// Texts that have changed since the patient's first one was written to `texts`.
    private var amended = PatientTexts()
    /// The places in `amended` of the current texts there, by the rows of their patients.
    private var amendedPlaces: [Int64: Int] = [:]

    /// The number of amendments after which all texts are copied to a new list, if they are also an eighth of the texts.
    private static let amendmentLimit = 4_096

    init(keyNumber: Int64) {
        self.keyNumber = keyNumber
    }

    /// Applies one change.
    /// - Parameter text: `nil` where the patient was deleted.
    mutating func apply(patient: Int64, text: [UInt8]?, sequence: Int64) {
        self.sequence = max(self.sequence, sequence)
        guard patient <= texts.lastPatient ?? -1 else {
            if let text { texts.append(text, of: patient) }
            return
        }
        if let place = amendedPlaces.removeValue(forKey: patient) {
            amended.remove(at: place)
        } else if let place = texts.place(of: patient) {
            texts.remove(at: place)
        }
        guard let text else { return }
        amendedPlaces[patient] = amended.append(text, of: patient)
        if amended.count > max(PatientIndex.amendmentLimit, texts.count / 8) { rewrite() }
    }

    /// Whether the index contains changes that the database no longer has, so that it would skip new changes with the same numbers.
    /// A snapshot that is merely older does not show that: only a snapshot that was taken after the index had applied its latest
    /// change, and does not contain it, does.
    /// - Parameters:
    ///   - newest: the number of the latest change in a snapshot.
    ///   - time: the time of `PatientIndexes` before the snapshot was taken.
    func isAhead(of newest: Int64, at time: UInt64) -> Bool { sequence > newest && advancedAt <= time }

    /// The rows of the patients whose text contains `needle`, newest first.
    /// - Parameter limit: how many texts to examine at the most.
    /// - Returns: `nil` where there are more to examine.
    func search(_ needle: BytePattern, examining limit: Int = .max) -> [Int64]? {
        if needle.bytes.contains(UInt8(ascii: "\n")) { return [] }
        guard let found = texts.search(needle, examining: limit),
            let foundAmended = amended.search(needle, examining: limit)
        else { return nil }
        return foundAmended.isEmpty ? found.reversed() : (found + foundAmended).sorted(by: >)
    }

    private mutating func rewrite() {
        var fresh = PatientTexts()
        var changed = amendedPlaces.sorted { $0.key < $1.key }[...]
        func appendChanged(before patient: Int64) {
            while let (row, place) = changed.first, row < patient {
                fresh.append(Array(amended[place]), of: row)
                changed.removeFirst()
            }
        }
        texts.visitAll { patient, text in
            appendChanged(before: patient)
            fresh.append(Array(text), of: patient)
        }
        appendChanged(before: .max)
        (texts, amended, amendedPlaces) = (fresh, PatientTexts(), [:])
    }
}
