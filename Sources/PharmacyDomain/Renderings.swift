/// How the store renders its documents in the form that the API sends, so that reads need no rendering. The composition
/// passes in the encoders of the API; the store knows nothing of its resources.
package struct Renderings: Sendable {
    package let patient: Rendering<Patient>
    package let deletedPatient: Rendering<DeletedPatient>
    package let order: Rendering<Order>
    /// The body of an event's webhooks. It is recorded with the event, and signed and sent unchanged.
    package let event: Rendering<OrderEvent>
    /// The same for an event of a registered endpoint.
    package let endpointEvent: Rendering<EndpointEvent>

    package init(
        patient: Rendering<Patient>, deletedPatient: Rendering<DeletedPatient>, order: Rendering<Order>,
        event: Rendering<OrderEvent>, endpointEvent: Rendering<EndpointEvent>
    ) {
        self.patient = patient
        self.deletedPatient = deletedPatient
        self.order = order
        self.event = event
        self.endpointEvent = endpointEvent
    }

    /// Renders the stored documents themselves, for commands that open a database and send nothing.
    package static let documents = Renderings(
        patient: Rendering(version: 1, rendersDocument: true) { $0.document.bytes },
        deletedPatient: Rendering(version: 1, rendersDocument: true) { patient in
            let document: JSON = [
                "uuid": .string(patient.id.description), "deleted_at": JSON(patient.deletedAt),
            ]
            return document.bytes
        },
        order: Rendering(version: 1, rendersDocument: true) { $0.document.bytes },
        event: Rendering(version: 1, rendersDocument: true) { $0.payload.bytes },
        endpointEvent: Rendering(version: 1, rendersDocument: true) { $0.payload.bytes })
}
