import HTTPTypes
import Hummingbird
import NIOCore
import PharmacyDomain
import PharmacyServices

/// The routes of the operations and of the controls.
struct SimulatorRoutes: Sendable {
    let system: SimulatedSystem
    let token: String
    let send: @Sendable ([JSON]) async -> Void

    /// The most bytes of a body.
    private static let bodyLimit = 1 << 20

    var router: Router<SimulatorContext> {
        let router = Router(context: SimulatorContext.self)
        let v1 = router.group("v1")
        v1.get("pharmacies") { request, context in
            try await respond(.pharmacies, request, context) { Reply(.ok, await system.pharmacies()) }
        }
        v1.get("pharmacies/{id}/medications") { request, context in
            try await respond(.catalog, request, context) {
                let cursor = request.uri.queryParameters["cursor"].map(String.init)
                guard let id = context.parameters.get("id").flatMap(PharmacyID.init),
                    let page = await system.catalog(of: id, cursor: cursor, at: SystemClock().now())
                else { return .notFound }
                return Reply(.ok, page)
            }
        }
        v1.put("patients/{id}") { request, context in
            let body = try await SimulatorRoutes.body(of: request)
            return try await respond(.patient, request, context) {
                guard let id = context.parameters.get("id").flatMap(PatientID.init), body["last_name"]?.text != nil
                else { return Reply(.unprocessableContent, ["code": "invalid", "reason": "The patient has no name."]) }
                await system.put(patient: id.description, body)
                return Reply(.ok, ["id": .string(id.description)])
            }
        }
        addPrescriptions(to: v1)
        addAmendments(to: v1)
        addControls(to: router)
        return router
    }

    private func addPrescriptions(to v1: RouterGroup<SimulatorContext>) {
        v1.put("prescriptions/{id}") { request, context in
            let body = try await SimulatorRoutes.body(of: request)
            return try await respond(.submit, request, context) {
                guard let id = try? SimulatorRoutes.id(context) else { return .notFound }
                let token = SimulatorRoutes.fencingToken(request)
                if case .malformed = token {
                    return Reply(
                        .badRequest,
                        ["code": "invalid", "reason": "Impetus-Fencing-Token must be a whole number above 0."])
                }
                let submission = await system.submit(
                    id, tenant: SimulatorRoutes.tenant(request), fencingToken: token.number, body)
                switch submission {
                case .accepted: return Reply(.ok, ["id": .string(id.description)])
                case .refused(let reason):
                    return Reply(.unprocessableContent, ["code": "refused", "reason": .string(reason)])
                case .conflict:
                    return Reply(.conflict, ["code": "conflict", "reason": "The id belongs to another prescription."])
                case .stale:
                    return Reply(
                        .conflict, ["code": "stale_submission", "reason": "A later submission was received before."])
                }
            }
        }
        v1.get("prescriptions/{id}") { request, context in
            try await respond(.reports, request, context) {
                guard let id = try? SimulatorRoutes.id(context), let reports = await system.reports(on: id) else {
                    return .notFound
                }
                return Reply(.ok, reports)
            }
        }
        v1.post("prescriptions/{id}/cancel") { request, context in
            let body = try await SimulatorRoutes.body(of: request)
            return try await respond(.cancel, request, context) {
                guard let id = try? SimulatorRoutes.id(context) else { return .notFound }
                let isCancelled = await system.cancel(id, reason: body["reason"]?.text, at: SystemClock().now())
                return isCancelled
                    ? Reply(.ok, ["id": .string(id.description)])
                    : Reply(.conflict, ["code": "too_late", "reason": "The prescription is being prepared."])
            }
        }
    }

    private func addAmendments(to v1: RouterGroup<SimulatorContext>) {
        v1.post("prescriptions/{id}/amend") { request, context in
            let body = try await SimulatorRoutes.body(of: request)
            return try await respond(.amend, request, context) {
                guard let id = try? SimulatorRoutes.id(context) else { return .notFound }
                return switch await system.amend(id, body) {
                case .accepted: Reply(.ok, ["id": .string(id.description)])
                case .unknown: .notFound
                case .refused: Reply(.conflict, ["code": "too_late", "reason": "The prescription is being prepared."])
                }
            }
        }
    }

    /// Adds the routes that control the simulation.
    private func addControls(to router: Router<SimulatorContext>) {
        router.put("simulator/faults") { request, _ in
            guard let faults = Faults(try await SimulatorRoutes.body(of: request)) else {
                return Reply(.unprocessableContent, ["code": "invalid", "reason": "The faults are invalid."])
                    .response
            }
            await system.set(faults)
            return Response(status: .noContent)
        }
        router.put("simulator/callbacks") { request, _ in
            await system.sendReports(to: try await SimulatorRoutes.body(of: request)["url"]?.text)
            return Response(status: .noContent)
        }
        router.get("simulator/ledger") { _, _ in Reply(.ok, await system.ledger()).response }
        router.post("simulator/prescriptions/{id}/finish") { _, context in
            let id = try SimulatorRoutes.id(context)
            guard let reports = await system.finish(id, at: SystemClock().now()) else { return Reply.notFound.response }
            await send(reports)
            return Response(status: .noContent)
        }
        router.post("simulator/prescriptions/{id}/report") { request, context in
            let id = try SimulatorRoutes.id(context)
            let report = try await SimulatorRoutes.body(of: request)
            guard let reports = await system.report(report, on: id, at: SystemClock().now()) else {
                return Reply.notFound.response
            }
            await send(reports)
            return Response(status: .noContent)
        }
    }

    /// The response of an operation.
    struct Reply: Sendable {
        let status: HTTPResponse.Status
        let body: JSON

        init(_ status: HTTPResponse.Status, _ body: JSON) {
            self.status = status
            self.body = body
        }

        static let notFound = Reply(.notFound, ["code": "not_found", "reason": "Not found."])

        var response: Response { SimulatorRoutes.json(body.bytes, status: status) }
    }

    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Checks the token, then executes the operation, or its fault.
    private func respond(
        _ operation: SimulatedOperation, _ request: Request, _ context: SimulatorContext,
        effect: @Sendable () async throws -> Reply
    ) async throws -> Response {
        guard request.headers[.authorization] == "Bearer \(token)" else {
            return Reply(.unauthorized, ["code": "unauthorized", "reason": "The token is wrong."]).response
        }
        guard let fault = await system.begin(operation) else { return try await effect().response }
        return try await FaultyResponse(fault: fault, channel: context.channel).response(effect)
    }

    private static func id(_ context: SimulatorContext) throws -> OrderID {
        guard let id = context.parameters.get("id").flatMap(OrderID.init) else { throw HTTPError(.notFound) }
        return id
    }

    private static func tenant(_ request: Request) -> String {
        HTTPField.Name("Impetus-Tenant").flatMap { request.headers[$0] } ?? ""
    }

    /// The value of the header `Impetus-Fencing-Token`.
    private enum FencingToken {
        case absent
        case number(Int)
        case malformed

        var number: Int? { if case .number(let number) = self { number } else { nil } }
    }

    private static func fencingToken(_ request: Request) -> FencingToken {
        guard let text = HTTPField.Name("Impetus-Fencing-Token").flatMap({ request.headers[$0] }) else {
            return .absent
        }
        guard let number = Int(text), number > 0 else { return .malformed }
        return .number(number)
    }

    private static func body(of request: Request) async throws -> JSON {
        let bytes = try await request.body.collect(upTo: bodyLimit)
        guard let json = try? JSON.parse(Array(bytes.readableBytesView)), json.members != nil else {
            throw HTTPError(.badRequest, message: "The body must be a JSON object.")
        }
        return json
    }
}
