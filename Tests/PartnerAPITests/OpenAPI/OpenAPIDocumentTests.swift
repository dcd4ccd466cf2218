import HTTPTypes
import PartnerAPI
import PharmacyDomain
import PharmacyTestSupport
import Testing
import Yams

@Suite("The OpenAPI document")
struct OpenAPIDocumentTests {
    private let document: JSON
    private let validator: SchemaValidator

    init() {
        document = OpenAPIDocument(publicURL: "http://localhost:8082").json
        validator = SchemaValidator(components: CommonSchemas.all)
    }

    /// Calls `body` with every value in the document and its path, depth first.
    private func visit(_ json: JSON, _ place: [String] = [], _ body: ([String], JSON) -> Void) {
        body(place, json)
        for member in json.members ?? [] { visit(member.value, place + [member.name], body) }
        for (index, element) in (json.elements ?? []).enumerated() { visit(element, place + [String(index)], body) }
    }

    /// Partners' tools read the document in the repository long after it was rendered.
    @Test("No rule depends on the day on which the document is rendered")
    func timeless() throws {
        let rules = try #require(document["components"]?["schemas"]?["NewPatient"]?["properties"]?["date_of_birth"])
        #expect(rules["format"] == "date" && rules["pattern"] == nil)
        let year = try Regex(#"\b20[0-9]{2}\b"#)
        visit(document) { place, value in
            guard let name = place.last, ["pattern", "default", "minimum", "maximum", "enum"].contains(name) else {
                return
            }
            #expect(!String(decoding: value.bytes, as: UTF8.self).contains(year), "\(place.joined(separator: "/"))")
        }
    }

    @Test("Every reference resolves")
    func references() {
        var count = 0
        visit(document) { place, value in
            guard let reference = value["$ref"]?.text else { return }
            count += 1
            let target = reference.dropFirst(2).split(separator: "/").reduce(document as JSON?) { $0?[String($1)] }
            #expect(reference.hasPrefix("#/") && target != nil, "\(reference) at \(place.joined(separator: "/"))")
        }
        #expect(count > 100)
    }

    @Test("Every operation has a unique id, and links refer to existing operations")
    func operationIDs() {
        var ids: [String] = []
        var linked: Set<String> = []
        visit(document) { place, value in
            guard place.last == "operationId", let id = value.text else { return }
            if place.contains("links") { linked.insert(id) } else { ids.append(id) }
        }
        #expect(Set(ids).count == ids.count)
        #expect(ids.count == PartnerAPIRouter.endpoints.count + WebhookEventType.allCases.count)
        #expect(linked.isSubset(of: ids))
    }

    @Test("The document has every path of the guide")
    func guide() throws {
        let operations: [(String, String)] = [
            ("post", "auth/credentials"), ("get", "auth/credentials"), ("patch", "auth/credentials/{client_id}"),
            ("delete", "auth/credentials/{client_id}"), ("post", "auth/token"), ("post", "auth/refresh"),
            ("get", "patients"), ("post", "patients"), ("get", "patients/{uuid}"), ("put", "patients/{uuid}"),
            ("delete", "patients/{uuid}"), ("post", "patients/{uuid}/sync"), ("get", "pharmacies"),
            ("get", "pharmacies/{pharmacy}/medications"), ("post", "orders"), ("get", "ping"),
        ]
        for (method, path) in operations {
            #expect(document["paths"]?["/pharmacy/{tenant}/api/v1/\(path)"]?[method] != nil, "\(method) \(path)")
        }
        let webhooks = document["webhooks"]?.members?.map(\.name)
        #expect(webhooks == WebhookEventType.allCases.map(\.rawValue))
        #expect(document["info"]?["version"] == "1.1.0")
    }

    @Test("The declared path parameters are exactly those in the path")
    func pathParameters() throws {
        for endpoint in PartnerAPIRouter.endpoints {
            let names = endpoint.operation.fullPath.split(separator: "/").filter { $0.hasPrefix("{") }.dropFirst()
                .map { String($0.dropFirst().dropLast()) }
            let declared = endpoint.operation.parameters.filter { $0.location == .path }.map(\.name)
            #expect(names == declared, "\(endpoint.operation.id)")
        }
    }

    @Test("Every example of an operation matches its schema", arguments: PartnerAPIRouter.endpoints)
    func examples(endpoint: Endpoint) {
        let operation = endpoint.operation
        if let body = operation.body {
            for example in body.examples {
                #expect(validator.problems(example.value, body.schema).isEmpty, "\(example.name)")
            }
        }
        for response in operation.responses {
            guard let schema = response.schema else { continue }
            #expect(response.example.map { validator.problems($0, schema) } == [], "\(operation.id)")
        }
        for parameter in operation.parameters {
            guard let example = parameter.example else { continue }
            #expect(validator.problems(example, parameter.schema).isEmpty, "\(operation.id) \(parameter.name)")
        }
        for response in OperationObject(endpoint.operation).errorResponses {
            for code in response.codes {
                #expect(validator.problems(response.example(code), response.schema).isEmpty, "\(response.name)")
            }
        }
    }

    @Test("Every example of a schema matches it")
    func schemaExamples() {
        func check(_ schema: Schema, _ place: String) {
            for example in schema.examples {
                #expect(validator.problems(example, schema).isEmpty, "\(place)")
            }
            switch schema.kind {
            case .object(let properties): for member in properties { check(member.schema, "\(place).\(member.name)") }
            case .dictionary(let element), .array(let element, _): check(element, "\(place)[]")
            case .anyOf(let schemas): for schema in schemas { check(schema, place) }
            case .string, .integer, .boolean, .reference: break
            }
        }
        for component in CommonSchemas.all { check(component.schema, component.name) }
        for header in ResponseHeader.allCases { check(header.schema, header.rawValue) }
    }

    @Test("Webhooks are references to path items with a tag of their own, so that generators create no client for them")
    func webhookReferences() {
        for kind in WebhookEventType.allCases {
            #expect(
                document["webhooks"]?[kind.rawValue] == ["$ref": .string("#/components/pathItems/\(kind.rawValue)")])
            let tags = document["components"]?["pathItems"]?[kind.rawValue]?["post"]?["tags"]
            #expect(tags == ["Webhook events"])
        }
        let sections = document["tags"]?.elements?.compactMap { $0["name"]?.text } ?? []
        #expect(Set(sections).count == sections.count && sections.last == "Webhook events")
        #expect(!Operation.Tag.allCases.map(\.rawValue).contains("Webhook events"))
    }

    @Test("Credentials that HTTP Basic can carry are not required in the body")
    func basic() {
        #expect(validator.problems(["grant_type": "client_credentials"], .reference("TokenRequest")).isEmpty)
        #expect(!validator.problems(["grant_type": "password"], .reference("TokenRequest")).isEmpty)
    }

    @Test("The examples of webhooks match the payload's schema")
    func webhookExamples() {
        var count = 0
        visit(document["components"]?["pathItems"] ?? nil) { place, value in
            guard place.last == "example", place.contains("requestBody") else { return }
            count += 1
            let isOfOrder = value["event"]?.text?.hasPrefix("order.") == true
            let schema = isOfOrder ? "WebhookPayload" : "EndpointEventPayload"
            #expect(validator.problems(value, .reference(schema)).isEmpty)
            #expect((value["shipping"] != nil) == ["order.shipped", "order.delivered"].contains(value["event"]?.text))
        }
        #expect(count == WebhookEventType.allCases.count)
    }

    @Test("Every error has a schema, and the header fields of its status")
    func errors() {
        for endpoint in PartnerAPIRouter.endpoints {
            let path = document["paths"]?[endpoint.operation.fullPath]?[endpoint.operation.method.rawValue.lowercased()]
            for status in path?["responses"]?.members ?? [] where status.name.hasPrefix("4") || status.name == "503" {
                let name = status.value["$ref"]?.text?.split(separator: "/").last.map(String.init) ?? ""
                let response = document["components"]?["responses"]?[name]
                let headers = response?["headers"]
                #expect(response?["content"]?["application/json"]?["schema"] != nil)
                #expect(headers?["X-Request-Id"] != nil)
                #expect((headers?["WWW-Authenticate"] != nil) == ["401", "403"].contains(status.name))
                #expect((headers?["Retry-After"] != nil) == ["409", "429", "503"].contains(status.name))
            }
            let statuses = path?["responses"]?.members?.map(\.name) ?? []
            #expect(statuses.contains("429") && statuses.contains("404") && statuses.contains("503"))
            #expect(
                statuses.contains("401") || endpoint.operation.access == .open
                    || endpoint.operation.access == .clientCredentials)
        }
    }

    @Test("The YAML document has the same content in the same order")
    func yaml() throws {
        let text = try YAMLText(document).text
        let node = try #require(try Yams.compose(yaml: text))
        func json(_ node: Node) -> JSON {
            switch node {
            case .scalar(let scalar):
                if scalar.style != .plain { return .string(scalar.string) }
                if let number = Int64(scalar.string) { return .integer(number) }
                return ["true": true, "false": false, "null": nil][scalar.string] ?? .string(scalar.string)
            case .mapping(let mapping):
                return .object(mapping.map { JSON.Member($0.key.scalar?.string ?? "", json($0.value)) })
            case .sequence(let sequence): return .array(sequence.map(json))
            case .alias: return .null
            }
        }
        #expect(json(node) == document)
    }
}

extension Endpoint: CustomTestStringConvertible {
    package var testDescription: String { operation.id }
}
