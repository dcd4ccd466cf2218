import PharmacyDomain

/// The address of an order on the wire.
enum ShipToResource {
    private typealias Member<Value: Sendable> = ResourceMember<ShipTo, Value>

    static let members = RequestResource(
        ShipTo.init(recipient:address1:address2:city:state:zip:),
        Member<String>(
            "recipient", { $0.recipient }, .text(OrderRules.recipient), "To whom, at most 100 characters.",
            example: "Jane O'Neil-Smith"),
        Member<String>(
            "address1", { $0.address1 }, .text(PatientRules.addressLine), "At most 60 characters.",
            example: "400 Lake Street"),
        Member<String?>(
            "address2", { $0.address2 }, .optional(.text(PatientRules.addressLine)), "At most 60 characters.",
            example: "Suite 12"),
        Member<String>(
            "city", { $0.city }, .text(PatientRules.addressLine), "At most 60 characters.", example: "Chicago"),
        Member<String>(
            "state", { $0.state }, .oneOf(PatientRules.states, PatientRules.state),
            "The two-letter code of a US state, territory or military post.", example: "IL"),
        Member<String>(
            "zip", { $0.zip }, .text(PatientRules.zip, pattern: PatientResource.zipPattern),
            "5 or 9 digits: `12345`, `123456789` or `12345-6789`.", example: "60601"))

    static let type = WireType<ShipTo>.object(members, request: "NewShipTo", response: "ShipTo")

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("NewShipTo", members.schema.described("Another address than the patient's.")),
        (
            "ShipTo",
            ResponseResource(members.responseMembers, example: members.example).schema
                .described("Where the order is sent: as it was when the order was placed.")
        ),
    ]
}
