internal import PharmacyDomain

/// A row that grants access, with all columns that its proof covers. Texts are as they are stored: they are parsed only after the
/// proof was verified.
protocol Grant: Sendable {
    static var kind: UnprovenGrant.Kind { get }
    /// The tenant's uuid.
    var tenant: String { get }
    /// Names the row in logs and in the audit log. It is never a secret, and never text that an attacker can choose freely.
    var name: String { get }
    func encode(into fields: inout GrantFields)
}
