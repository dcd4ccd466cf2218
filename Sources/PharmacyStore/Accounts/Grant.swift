internal import PharmacyDomain

/// A row that grants something, with all that its proof covers. Texts are as they are stored: they are believed, and
/// parsed, only after the proof was checked.
protocol Grant: Sendable {
    static var kind: UnprovenGrant.Kind { get }
    /// The tenant's uuid.
    var tenant: String { get }
    /// Names the row in logs and in the audit log: never a secret, and nothing that could be mistaken for text of ours.
    var name: String { get }
    func encode(into fields: inout GrantFields)
}
