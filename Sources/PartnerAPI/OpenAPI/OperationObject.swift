import HTTPTypes
package import PharmacyDomain

/// One operation as it stands in the document: what its endpoint says, and all that follows from access, parameters and
/// body.
package struct OperationObject: Sendable {
    /// What is rendered.
    private let endpoint: Endpoint
    /// What its endpoint says of it.
    private let operation: Operation

    /// The operation of one endpoint.
    package init(_ endpoint: Endpoint) {
        self.endpoint = endpoint
        self.operation = endpoint.operation
    }

    /// The object.
    package var json: JSON {
        var members = [
            JSON.Member("operationId", .string(operation.id)),
            JSON.Member("tags", [.string(operation.tag.rawValue)]),
            JSON.Member("summary", .string(operation.summary)),
            JSON.Member("description", .string(description)),
            JSON.Member("security", security),
            JSON.Member("parameters", parameters),
        ]
        if let body = operation.body { members.append(JSON.Member("requestBody", json(body))) }
        members.append(JSON.Member("responses", responses))
        return .object(members)
    }

    /// What its endpoint says, and which scope a caller needs.
    private var description: String {
        switch endpoint.access {
        case .bearer: "\(operation.description)\n\n\(operation.scopeDescription)"
        case .setupTokenOrBearer: "\(operation.description)\n\nAn access token: \(operation.scopeDescription)"
        case .open, .clientCredentials: operation.description
        }
    }

    /// The ways to authenticate, any of which will do.
    private var security: JSON {
        switch endpoint.access {
        case .open: []
        case .bearer: [["bearerAuth": []]]
        case .setupTokenOrBearer: [["setupToken": []], ["bearerAuth": []]]
        case .clientCredentials: operation.errors.contains(.invalidClient) ? [["clientBasic": []], [:]] : []
        }
    }

    /// The common parameters and its own.
    private var parameters: JSON {
        let common = OpenAPIDocument.commonParameters.map { name, _ -> JSON in
            ["$ref": .string("#/components/parameters/\(name)")]
        }
        return .array(common + operation.parameters.map { $0.json })
    }

    /// One part of the operation.
    private func json(_ body: OperationBody) -> JSON {
        let examples = body.examples.map { JSON.Member($0.name, ["value": $0.value]) }
        let content: JSON = ["schema": body.schema.json, "examples": .object(examples)]
        return [
            "required": .bool(body.isRequired),
            "content": .object(body.mediaTypes.map { JSON.Member($0.rawValue, content) }),
        ]
    }

    // MARK: Responses

    /// Its answers and errors, by status.
    private var responses: JSON {
        let responses = operation.responses.map { JSON.Member(String($0.status.code), json($0)) }
        let errors = errorResponses.map { response in
            JSON.Member(
                String(response.status.code), ["$ref": .string("#/components/responses/\(response.name)")])
        }
        return .object(responses + errors)
    }

    /// The responses with errors, by status.
    package var errorResponses: [ErrorResponse] {
        let codes = errorCodes
        let statuses = Set(codes.map(\.status.code)).sorted()
        return statuses.map { status in
            ErrorResponse(codes: codes.filter { $0.status.code == status }, isOAuth: endpoint.isOAuth)
        }
    }

    /// Every code that the operation can answer.
    package var errorCodes: [APIErrorCode] {
        // A parameter that it does not have is refused by every operation.
        var codes: Set<APIErrorCode> = [
            .tenantNotFound, .validationFailed, .rateLimited, .internalError, .storageUnavailable,
        ]
        codes.formUnion(operation.errors)
        switch endpoint.access {
        case .bearer, .setupTokenOrBearer:
            codes.insert(.unauthenticated)
            codes.insert(.insufficientScope)
        case .open, .clientCredentials: break
        }
        if operation.body != nil {
            codes.formUnion([.malformedJSON, .bodyTooLarge, .unsupportedMediaType])
        }
        if operation.parameters.contains(where: { $0.location == .path }) || endpoint.isSandboxOnly {
            codes.insert(.notFound)
        }
        if operation.parameters.contains(where: { $0.name == "Idempotency-Key" }) {
            codes.formUnion([.idempotencyInProgress, .idempotencyKeyReused])
        }
        return APIErrorCode.allCases.filter(codes.contains)
    }

    /// One part of the operation.
    private func json(_ answer: Operation.Response) -> JSON {
        var members = [
            JSON.Member("description", .string(answer.description)),
            JSON.Member("headers", headers(ResponseHeader.common + answer.headers)),
        ]
        if let schema = answer.schema {
            var content = [JSON.Member("schema", schema.json)]
            if let example = answer.example { content.append(JSON.Member("example", example)) }
            members.append(JSON.Member("content", ["application/json": .object(content)]))
        }
        if !answer.links.isEmpty {
            members.append(JSON.Member("links", .object(answer.links.map { JSON.Member($0.operationID, json($0)) })))
        }
        return .object(members)
    }

    /// One part of the operation.
    private func json(_ link: Operation.Link) -> JSON {
        [
            "operationId": .string(link.operationID),
            "parameters": .object([
                JSON.Member("tenant", "$request.path.tenant"),
                JSON.Member(link.parameter, .string("$response.body#\(link.pointer)")),
            ]),
        ]
    }

    /// References to header fields.
    private func headers(_ headers: [ResponseHeader]) -> JSON {
        ResponseHeader.references(headers)
    }
}
