internal import PharmacyDomain

/// The texts that searches look at, as the column `email` of a patient's row holds them, sealed: the e-mail address in lower case,
/// a line feed, and `PatientDetails.searchText`. Rows of earlier versions have the address alone.
struct PatientSearchTexts: Hashable, Sendable {
    let email: [UInt8]
    /// `nil` in a row of an earlier version.
    let details: [UInt8]?

    private static let separator = UInt8(ascii: "\n")

    init(_ details: PatientDetails) {
        email = Array(details.email.lowercased().utf8)
        self.details = Array(details.searchText.utf8)
    }

    init(bytes: [UInt8]) {
        let parts = bytes.split(separator: PatientSearchTexts.separator, maxSplits: 1, omittingEmptySubsequences: false)
        email = parts.first.map(Array.init) ?? []
        details = parts.count > 1 ? Array(parts[1]) : nil
    }

    var bytes: [UInt8] { details.map { email + [PatientSearchTexts.separator] + $0 } ?? email }
}
