package import PharmacyDomain

extension Renderings {
    /// The representations of this version of the API.
    package static let wire = Renderings(
        patient: Rendering(version: PatientResource.version, rendersDocument: true) {
            PatientResource.patient.encode($0).bytes
        },
        deletedPatient: Rendering(version: PatientResource.version, rendersDocument: true) {
            PatientResource.deleted.encode($0).bytes
        },
        order: Rendering(version: OrderResource.version, rendersDocument: true) {
            OrderResource.order.encode($0).bytes
        },
        event: Rendering(version: WebhookResource.version, rendersDocument: true) {
            WebhookResource.payload.encode($0).bytes
        },
        endpointEvent: Rendering(version: WebhookResource.version, rendersDocument: true) {
            WebhookResource.endpointPayload.encode($0).bytes
        })
}
