import HTTPTypes
package import PharmacyDomain

/// The operation object of OpenAPI 3.1: the declaration of an operation, and the security and errors that follow from
/// its access, its parameters and its body.
package struct OperationObject: Sendable {
    private let operation: Operation
    /// The base URL in the example requests.
    private let base: String

    /// - Parameter base: the tenant's base URL in the example requests.
    package init(_ operation: Operation, base: String = "") {
        self.operation = operation
        self.base = base
    }

    package var json: JSON {
        var members = [
            JSON.Member("operationId", .string(operation.id)),
            JSON.Member("tags", [.string(operation.tag.rawValue)]),
            JSON.Member("summary", .string(operation.summary)),
            JSON.Member("description", .string(description)),
            JSON.Member("security", security),
            JSON.Member("parameters", parameters),
        ]
        if let deprecation = operation.deprecation { members += deprecation.members }
        if let body = operation.body { members.append(JSON.Member("requestBody", json(body))) }
        members.append(JSON.Member("responses", responses))
        members.append(JSON.Member("x-codeSamples", codeSamples))
        return .object(members)
    }

    /// The example request in each language, as documentation tools show it.
    private var codeSamples: JSON {
        let sample = RequestSample(operation, base: base)
        return .array(
            SampleLanguage.allCases.map { language in
                [
                    "lang": .string(language.fence), "label": .string(language.name),
                    "source": .string(sample.text(in: language)),
                ]
            })
    }

    /// The description with the deprecation and the required scopes.
    private var description: String {
        let text =
            operation.deprecation.map { "\($0.sentence)\n\n\(operation.description)" } ?? operation.description
        return switch operation.access {
        case .bearer: "\(text)\n\n\(operation.scopeDescription)"
        case .setupTokenOrBearer: "\(text)\n\nWith an access token: \(operation.scopeDescription)"
        case .open, .clientCredentials: text
        }
    }

    /// The alternative ways to authenticate.
    private var security: JSON {
        switch operation.access {
        case .open: []
        case .bearer: [["bearerAuth": []]]
        case .setupTokenOrBearer: [["setupToken": []], ["bearerAuth": []]]
        case .clientCredentials: operation.errors.contains(.invalidClient) ? [["clientBasic": []], [:]] : []
        }
    }

    /// The common parameters and those of the operation.
    private var parameters: JSON {
        let common = OpenAPIDocument.commonParameters.map { name, _ -> JSON in
            ["$ref": .string("#/components/parameters/\(name)")]
        }
        let own = operation.parameters + (operation.isRevalidated ? [.ifNoneMatch] : [])
        return .array(common + own.map { $0.json })
    }

    private func json(_ body: OperationBody) -> JSON {
        let examples = body.examples.map { JSON.Member($0.name, ["value": $0.value]) }
        let content: JSON = ["schema": body.schema.json, "examples": .object(examples)]
        return [
            "required": .bool(body.isRequired),
            "content": .object(
                body.mediaTypes.map { type in
                    let table = type == .csv ? body.columns.map { self.table($0, body.examples) } : nil
                    return JSON.Member(type.rawValue, table ?? content)
                }),
        ]
    }

    /// A body in CSV, with the examples of the body in JSON.
    private func table(_ columns: TableColumns, _ examples: [(name: String, value: JSON)]) -> JSON {
        let examples = examples.map { example in
            JSON.Member(
                example.name, ["value": .string(columns.text(of: example.value["items"]?.elements ?? []))])
        }
        return ["schema": columns.schema.json, "examples": .object(examples)]
    }

    // MARK: Responses

    private var responses: JSON {
        let responses = operation.responses.map { JSON.Member(String($0.status.code), json($0)) }
        let errors = errorResponses.map { response in
            JSON.Member(
                String(response.status.code), ["$ref": .string("#/components/responses/\(response.name)")])
        }
        return .object(responses + notModified + errors)
    }

    /// The response to a client that has the content.
    private var notModified: [JSON.Member] {
        guard operation.isRevalidated else { return [] }
        return [JSON.Member("304", ["$ref": .string("#/components/responses/\(OpenAPIDocument.notModified)")])]
    }

    /// The error responses, by status.
    package var errorResponses: [ErrorResponse] {
        let codes = errorCodes
        let statuses = Set(codes.map(\.status.code)).sorted()
        return statuses.map { status in
            ErrorResponse(codes: codes.filter { $0.status.code == status }, isOAuth: operation.isOAuth)
        }
    }

    /// Every error code that a response of the operation can have.
    package var errorCodes: [APIErrorCode] {
        // Every operation refuses unknown query parameters, so each of them can return validation_failed.
        var codes: Set<APIErrorCode> = [
            .tenantNotFound, .validationFailed, .rateLimited, .internalError, .storageUnavailable,
        ]
        codes.formUnion(operation.errors)
        switch operation.access {
        case .bearer, .setupTokenOrBearer:
            codes.insert(.unauthenticated)
            codes.insert(.insufficientScope)
        case .open, .clientCredentials: break
        }
        if operation.body != nil {
            codes.formUnion([.malformedJSON, .bodyTooLarge, .unsupportedMediaType])
        }
        if operation.body?.columns != nil { codes.insert(.malformedCSV) }
        if operation.parameters.contains(where: { $0.location == .path }) || operation.isSandboxOnly {
            codes.insert(.notFound)
        }
        if operation.parameters.contains(where: { $0.name == "Idempotency-Key" }) {
            codes.formUnion([.idempotencyInProgress, .idempotencyKeyReused])
        }
        return APIErrorCode.allCases.filter(codes.contains)
    }

    private func json(_ response: Operation.Response) -> JSON {
        var members = [
            JSON.Member("description", .string(response.description)),
            JSON.Member("headers", ResponseHeader.references(headers(of: response))),
        ]
        if let schema = response.schema {
            var content = [JSON.Member("schema", schema.json)]
            if let example = response.example { content.append(JSON.Member("example", example)) }
            members.append(JSON.Member("content", ["application/json": .object(content)]))
        }
        if !response.links.isEmpty {
            members.append(JSON.Member("links", .object(response.links.map { JSON.Member($0.operationID, json($0)) })))
        }
        return .object(members)
    }

    private func json(_ link: Operation.Link) -> JSON {
        [
            "operationId": .string(link.operationID),
            "parameters": .object([
                JSON.Member("tenant", "$request.path.tenant"),
                JSON.Member(link.parameter, .string("$response.body#\(link.pointer)")),
            ]),
        ]
    }

    private func headers(of response: Operation.Response) -> [ResponseHeader] {
        ResponseHeader.common + response.headers
            + (operation.deprecation == nil ? [] : ResponseHeader.announcement)
            + (operation.isRevalidated && response.status == .ok ? ResponseHeader.revalidation : [])
            + (operation.isCompressible && response.status == .ok ? ResponseHeader.compression : [])
    }
}
