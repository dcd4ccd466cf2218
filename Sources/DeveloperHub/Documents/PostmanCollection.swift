internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain

/// The operations as a collection for Postman (format v2.1), with variables for the base URL, the token and the ids. Scripts
/// take over the ids and tokens of a response, so that the requests can be sent one after the other.
struct PostmanCollection {
    let base: String

    private let operations = PartnerAPIRouter.endpoints.map(\.operation)

    init(base: String) { self.base = base }

    var json: JSON {
        [
            "info": [
                "name": "United Pharmacy Partner API",
                "description": "Set `setup_token`, then send the requests of the quick start in their order.",
                "version": .string(PartnerAPIRouter.version),
                "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
            ],
            "auth": PostmanCollection.bearer("access_token"),
            "variable": .array(
                ([("base_url", base)] + PostmanCollection.variables.map { ($0, "") }).map { name, value in
                    ["key": .string(name), "value": .string(value), "type": "string"]
                }),
            "item": .array(
                Operation.Tag.allCases.map { tag in
                    [
                        "name": .string(tag.rawValue), "description": .string(tag.description),
                        "item": .array(operations.filter { $0.tag == tag }.map(item)),
                    ]
                }),
        ]
    }

    private static let variables = [
        "setup_token", "client_id", "client_secret", "access_token", "refresh_token", "pharmacy_id", "medication_id",
        "patient_id", "order_id", "delivery_id", "request_id", "endpoint_id",
    ]

    private static func bearer(_ variable: String) -> JSON {
        ["type": "bearer", "bearer": [["key": "token", "value": .string("{{\(variable)}}"), "type": "string"]]]
    }

    private func item(_ operation: Operation) -> JSON {
        var request: [JSON.Member] = [
            JSON.Member("method", .string(operation.method.rawValue)),
            JSON.Member("description", .string(operation.description)),
            JSON.Member("header", .array(headers(operation))), JSON.Member("url", url(operation)),
        ]
        switch operation.access {
        case .open, .clientCredentials: request.append(JSON.Member("auth", ["type": "noauth"]))
        case .setupTokenOrBearer: request.append(JSON.Member("auth", PostmanCollection.bearer("setup_token")))
        case .bearer: break
        }
        if let body = operation.body?.examples.first?.value {
            let text = PostmanCollection.replacingIDs(body).indented
            request.append(
                JSON.Member(
                    "body", ["mode": "raw", "raw": .string(text), "options": ["raw": ["language": "json"]]]))
        }
        var item = [JSON.Member("name", .string(operation.summary)), JSON.Member("request", .object(request))]
        if let script = PostmanCollection.scripts[operation.id] {
            item.append(
                JSON.Member(
                    "event",
                    [
                        [
                            "listen": "test",
                            "script": [
                                "type": "text/javascript", "exec": .array(script.map(JSON.string)),
                            ],
                        ]
                    ]))
        }
        return .object(item + [JSON.Member("response", [])])
    }

    private func headers(_ operation: Operation) -> [JSON] {
        let media: [JSON] =
            operation.body == nil ? [] : [["key": "Content-Type", "value": "application/json", "type": "text"]]
        let isRepeatable = operation.parameters.contains { $0.name == "Idempotency-Key" }
        return media + (isRepeatable ? [["key": "Idempotency-Key", "value": "{{$guid}}", "type": "text"]] : [])
    }

    private func url(_ operation: Operation) -> JSON {
        let path = operation.path.split(separator: "/").map { segment in
            segment.hasPrefix("{")
                ? "{{\(RequestSample.variable(of: String(segment.dropFirst().dropLast()), in: operation).lowercased())}}"
                : String(segment)
        }
        let query = operation.parameters.filter { $0.location == .query }.map { parameter -> JSON in
            [
                "key": .string(parameter.name), "value": .string(parameter.example.map { $0.text ?? $0.written } ?? ""),
                "description": .string(parameter.description), "disabled": true,
            ]
        }
        return [
            "raw": .string("{{base_url}}/\(path.joined(separator: "/"))"), "host": ["{{base_url}}"],
            "path": .array(path.map(JSON.string)), "query": .array(query),
        ]
    }

    /// The body with variables in the place of ids and secrets.
    private static func replacingIDs(_ body: JSON) -> JSON {
        guard let members = body.members else { return body }
        return .object(
            members.map { member in
                guard let variable = RequestSample.variables[member.name] else { return member }
                return JSON.Member(member.name, .string("{{\(variable.lowercased())}}"))
            })
    }

    /// What the response of an operation supplies to later requests, in JavaScript, by the operation's id.
    private static let scripts: [String: [String]] = [
        "createCredential": taking(["client_id": "body.data.client_id", "client_secret": "body.data.client_secret"]),
        "issueToken": tokens, "refreshToken": tokens, "listPharmacies": taking(["pharmacy_id": "body.data[0]?.id"]),
        "listMedications": taking(["medication_id": "body.data[0]?.medication_id"]),
        "createPatient": taking(["patient_id": "body.data.uuid"]),
        "submitOrder": taking(["order_id": "body.data.uuid"]),
        "listDeliveries": taking(["delivery_id": "body.data[0]?.id"]),
        "createWebhookEndpoint": taking(["endpoint_id": "body.data.uuid"]),
        "listRequests": taking(["request_id": "body.data[0]?.request_id"]),
    ]

    private static let tokens = taking(["access_token": "body.access_token", "refresh_token": "body.refresh_token"])

    private static func taking(_ values: [String: String]) -> [String] {
        ["if (pm.response.code < 300) {", "  const body = pm.response.json();"]
            + values.sorted { $0.key < $1.key }.map { "  pm.collectionVariables.set(\"\($0.key)\", \($0.value));" } + [
                "}"
            ]
    }
}
