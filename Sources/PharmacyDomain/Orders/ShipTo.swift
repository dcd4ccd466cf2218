/// Where the medicine of an order is sent, and to whom.
package struct ShipTo: Hashable, Sendable, Redacted {
    package let recipient: String
    package let address1: String
    package let address2: String?
    package let city: String
    package let state: String
    package let zip: String

    package init(
        recipient: String, address1: String, address2: String?, city: String, state: String, zip: String
    ) {
        self.recipient = recipient
        self.address1 = address1
        self.address2 = address2
        self.city = city
        self.state = state
        self.zip = zip
    }

    /// The patient's own name and address.
    package init(_ patient: PatientDetails) {
        self.init(
            recipient: [patient.firstName, patient.lastName, patient.suffix].compactMap(\.self).joined(separator: " "),
            address1: patient.address1, address2: patient.address2, city: patient.city, state: patient.state,
            zip: patient.zip)
    }

    private typealias Member<Value: Sendable> = StoredMember<ShipTo, Value>

    /// The members in the order in which they are stored, each with its rule.
    package static let members = StoredMembers(
        ShipTo.init(recipient:address1:address2:city:state:zip:),
        Member<String>("recipient", { $0.recipient }, OrderRules.recipient),
        Member<String>("address1", { $0.address1 }, PatientRules.addressLine),
        Member<String?>("address2", { $0.address2 }, PatientRules.addressLine),
        Member<String>("city", { $0.city }, PatientRules.addressLine),
        Member<String>("state", { $0.state }, PatientRules.state),
        Member<String>("zip", { $0.zip }, PatientRules.zip))
}
