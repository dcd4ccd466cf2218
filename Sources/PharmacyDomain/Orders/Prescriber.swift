/// Who has prescribed the medicine of an order.
package struct Prescriber: Hashable, Sendable, Redacted {
    package let name: String
    /// The National Provider Identifier.
    package let npi: String
    package let licenseNumber: String?
    /// The state that has issued the license.
    package let licenseState: String?
    /// The registration with the Drug Enforcement Administration.
    package let deaNumber: String?

    package init(name: String, npi: String, licenseNumber: String?, licenseState: String?, deaNumber: String?) {
        self.name = name
        self.npi = npi
        self.licenseNumber = licenseNumber
        self.licenseState = licenseState
        self.deaNumber = deaNumber
    }

    private typealias Member<Value: Sendable> = StoredMember<Prescriber, Value>

    /// The members in the order in which they are stored, each with its rule.
    package static let members = StoredMembers(
        Prescriber.init(name:npi:licenseNumber:licenseState:deaNumber:),
        Member<String>("name", { $0.name }, PrescriberRules.name),
        Member<String>("npi", { $0.npi }, PrescriberRules.npi),
        Member<String?>("license_number", { $0.licenseNumber }, PrescriberRules.licenseNumber),
        Member<String?>("license_state", { $0.licenseState }, PatientRules.state),
        Member<String?>("dea_number", { $0.deaNumber }, PrescriberRules.deaNumber))
}
