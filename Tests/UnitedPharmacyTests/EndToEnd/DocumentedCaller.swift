import FoundationEssentials
import HTTPTypes
import NIOHTTP1
import PartnerAPI
import PharmacyDomain
import PharmacyTestSupport
import Synchronization
import Testing

/// Calls operations by id, and checks each request and each response against the OpenAPI document.
final class DocumentedCaller: Sendable {
    private let partner: Partner
    private let validator: SchemaValidator
    private let seenResponses = Mutex<Set<String>>([])

    init(_ partner: Partner) {
        self.partner = partner
        validator = SchemaValidator(components: CommonSchemas.all)
    }

    /// The received responses, as `operationId status`.
    var responses: Set<String> { seenResponses.withLock(\.self) }

    /// Calls an operation and expects a response with the status that matches its schema.
    /// - Parameters:
    ///   - path: the values of the path's parameters.
    ///   - query: what follows the `?`.
    ///   - fits: whether the body is one that the document allows; `nil` where that does not matter.
    ///   - token: another than the partner's; an empty one for none at all.
    @discardableResult
    func call(
        _ id: String, _ expected: Int, path: [String: String] = [:], query: String = "", body: JSON? = nil,
        fits: Bool? = true, token: String? = nil, headers: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Partner.Response {
        let endpoint = try #require(
            PartnerAPIRouter.endpoints.first { $0.operation.id == id }, "no operation \(id)",
            sourceLocation: sourceLocation)
        let operation = endpoint.operation
        if let body, let fits, let schema = operation.body?.schema {
            #expect(validator.problems(body, schema).isEmpty == fits, "body of \(id)", sourceLocation: sourceLocation)
        }
        var url = operation.path
        for (name, value) in path { url = url.replacing("{\(name)}", with: value) }
        let response = try await Partner.call(
            HTTPMethod(rawValue: operation.method.rawValue),
            "\(partner.baseURL)/\(url)\(query.isEmpty ? "" : "?")\(query)",
            token: token.map { $0.isEmpty ? nil : $0 } ?? partner.accessToken, body: body, headers: headers)
        #expect(response.status == expected, "\(id)", sourceLocation: sourceLocation)
        check(response, of: endpoint, at: sourceLocation)
        seenResponses.withLock { _ = $0.insert("\(id) \(response.status)") }
        return response
    }

    private func check(_ response: Partner.Response, of endpoint: Endpoint, at location: SourceLocation) {
        let what = "\(endpoint.operation.id) \(response.status)"
        let described = endpoint.operation.responses.first { $0.status.code == response.status }
        let error = OperationObject(endpoint.operation).errorResponses.first {
            $0.codes.first?.status.code == response.status
        }
        guard described != nil || error != nil else {
            Issue.record("\(what) is not documented", sourceLocation: location)
            return
        }
        let isRevalidated = endpoint.operation.isRevalidated && response.status == 200
        let isCompressible = endpoint.operation.isCompressible && response.status == 200
        let own =
            (described?.headers ?? error?.headers ?? []) + (isRevalidated ? ResponseHeader.revalidation : [])
            + (isCompressible ? ResponseHeader.compression : [])
        for header in ResponseHeader.common + own where header.isRequired {
            #expect(response.headers.contains(name: header.rawValue), "\(what) \(header)", sourceLocation: location)
        }
        guard let schema = described?.schema ?? error?.schema else {
            #expect(response.bytes.isEmpty, "\(what) has a body", sourceLocation: location)
            return
        }
        #expect(
            response.headers.first(name: "Content-Type") == "application/json; charset=utf-8", "\(what)",
            sourceLocation: location)
        guard let json = try? response.json else {
            Issue.record("\(what) is not JSON", sourceLocation: location)
            return
        }
        // Problems name places, never values.
        #expect(validator.problems(json, schema) == [], "\(what)", sourceLocation: location)
        if let error, described == nil {
            let code = json["code"]?.text.flatMap(APIErrorCode.init(rawValue:))
            #expect(
                code.map(error.codes.contains) == true, "\(what) \(json["code"]?.text ?? "")", sourceLocation: location)
        }
    }
}
