internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOEmbedded
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyTestSupport

/// A partner with patients and orders, whose requests pass through the API's middleware without HTTP.
struct HotPathPartner {
    private let installation: TestInstallation
    private let responder: PartnerRouter.Responder
    private let dispatcher: OrderDispatcher
    private let accessToken: String
    private let patient: PatientID
    private let order: JSON

    private static let patients = 200

    init() async throws {
        installation = try await TestInstallation(renderings: .wire)
        guard let limit = RateLimit("1000000/s") else { throw HotPathFailure("the rate limit") }
        responder = PartnerAPIRouter.router(APIDependencies(installation, limit: limit)).buildResponder()
        dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        accessToken = try await installation.accessToken()
        order = try await installation.order(webhookURLs: ["https://example.com/webhooks"], memo: "Leave at the door")
        guard let patient = order["patient_id"]?.text.flatMap(PatientID.init) else {
            throw HotPathFailure("the patient")
        }
        self.patient = patient
        for number in 1..<HotPathPartner.patients {
            _ = try await installation.createPatient(email: "patient-\(number)@example.com")
        }
    }

    func close() async { await installation.close() }

    var paths: [HotPath] {
        [
            HotPath(name: "Read a patient") { try await get("patients/\(patient)") },
            HotPath(name: "Submit an order") { try await submit() },
            HotPath(name: "List 25 medications") {
                try await get("pharmacies/\(order["pharmacy_id"]?.text ?? "")/medications")
            },
            HotPath(name: "Search patients by e-mail") { try await get("patients?email=patient-117%40") },
            HotPath(name: "Dispatch an order", prepare: place) {
                // The first run dispatches all that are due, and the others find none: together they dispatch each order once.
                _ = try await dispatcher.dispatchDue()
            },
            HotPath(name: "Record a delivery", prepare: place) {
                try await installation.endDueDeliveries(as: .succeeded, limit: 100)
            },
        ]
    }

    private func place() async throws { _ = try await installation.place(order) }

    private func get(_ path: String) async throws {
        try await send(.get, path, body: [], headers: [:], expecting: .ok)
    }

    /// Each order has an idempotency key of its own.
    private func submit() async throws {
        let key: OrderID = installation.environment.entropy.identifier()
        try await send(
            .post, "orders", body: order.bytes,
            headers: [.contentType: "application/json", .idempotencyKey: key.description], expecting: .created)
    }

    private func send(
        _ method: HTTPRequest.Method, _ path: String, body: [UInt8], headers: HTTPFields,
        expecting status: HTTPResponse.Status
    ) async throws {
        var headers = headers
        headers[.authorization] = "Bearer \(accessToken)"
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "localhost",
            path: "/pharmacy/\(Tenant.builtInSandboxName)/api/v1/\(path)", headerFields: headers)
        let context = PartnerContext(
            source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: installation.logger))
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let response = try await responder.respond(to: request, context: context)
        guard response.status == status else {
            throw HotPathFailure("\(method) \(path) has status \(response.status.code)")
        }
    }
}
