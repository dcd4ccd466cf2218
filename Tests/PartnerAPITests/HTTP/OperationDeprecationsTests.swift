import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

/// Deprecations in responses, with endpoints of the test's own: the API has none that are deprecated.
@Suite("Responses of deprecated operations", .timeLimit(.minutes(2)))
struct OperationDeprecationsTests {
    private static let first = DeprecationTests.deprecation
    /// Announced later, and removed earlier than `last`.
    private static let second = Deprecation.announced(since: "2027-03-01", sunset: "2028-06-01", page: "/docs/orders")
    private static let last = Deprecation.announced(since: "2027-02-01", sunset: "2029-01-01", page: "/docs/patients")

    private static let answer = Operation.Response(.ok, "An answer.")

    /// Deprecated as a whole, beside a sibling on the same path that is not.
    private static let old = Endpoint(
        Operation(
            "oldThing", .get, "things", tag: .status, summary: "Old", description: "Old.",
            parameters: [Operation.Parameter.flag("slow", "Slower.").deprecated(second)], responses: [answer],
            deprecation: last),
        access: .open
    ) { request in
        _ = try request.query { $0.flag("slow") }
        return .members([:])
    }

    /// Has a deprecated parameter, header field and member.
    private static let current = Endpoint(
        Operation(
            "changeThing", .post, "things", tag: .status, summary: "Change", description: "Changes it.",
            parameters: [
                Operation.Parameter.flag("fast", "Faster.").deprecated(first), .flag("slow", "Slower."),
                Operation.Parameter.idempotencyKey.deprecated(second),
            ],
            body: .json(
                .object([
                    .optional("memo", .string()),
                    .optional(
                        "items",
                        .array(
                            of: .object([
                                .optional("size", .object([.optional("old", .integer().deprecated(last))]))
                            ]))),
                ]), examples: []), responses: [answer]),
        access: .open
    ) { request in
        _ = try request.query { ($0.flag("fast"), $0.flag("slow")) }
        return .members([:])
    }

    /// A resource with an entity tag, for partners with a token.
    private static let protected = Endpoint(
        Operation(
            "oldResource", .get, "things/mine", tag: .pharmacies, summary: "Mine", description: "Mine.",
            responses: [answer], deprecation: first)
    ) { _ in .members(["a": 1]) }

    private func with(
        _ body: @escaping @Sendable (TestInstallation, any TestClientProtocol) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation()
        let limit = try #require(RateLimit("1000/s"))
        let endpoints = PartnerAPIRouter.endpoints + [Self.old, Self.current, Self.protected]
        let router = PartnerAPIRouter.router(APIDependencies(installation, limit: limit), endpoints: endpoints)
        try await Application(router: router).test(.router) { try await body(installation, $0) }
    }

    private func expect(
        _ deprecation: Deprecation?, _ response: TestResponse, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (index, name) in [HTTPField.Name.deprecation, .sunset, .link].enumerated() {
            let expected = deprecation.map { [$0.fields[index].value] } ?? []
            #expect(response.headers[values: name] == expected, "\(name)", sourceLocation: sourceLocation)
        }
    }

    @Test("Every response of a deprecated operation announces it, errors too")
    func operation() async throws {
        try await with { installation, client in
            let base = "/pharmacy/sandbox/api/v1"
            for (uri, method, status) in [
                ("\(base)/things", HTTPRequest.Method.get, HTTPResponse.Status.ok), ("\(base)/things", .head, .ok),
                ("\(base)/things?unknown=1", .get, .unprocessableContent),
                ("/pharmacy/nobody/api/v1/things", .get, .notFound),
            ] {
                let response = try await client.execute(uri: uri, method: method)
                #expect(response.status == status, "\(uri)")
                expect(Self.last, response)
            }
            let uri = "\(base)/things/mine"
            let refused = try await client.execute(uri: uri, method: .get)
            #expect(refused.status == .unauthorized)
            expect(Self.first, refused)
            var headers: HTTPFields = [.authorization: "Bearer \(try await installation.accessToken())"]
            let found = try await client.execute(uri: uri, method: .get, headers: headers)
            expect(Self.first, found)
            headers[.ifNoneMatch] = found.headers[.eTag]
            let unchanged = try await client.execute(uri: uri, method: .get, headers: headers)
            #expect(unchanged.status == .notModified)
            expect(Self.first, unchanged)
        }
    }

    @Test("Other operations announce nothing, not even another method of the same path")
    func others() async throws {
        try await with { _, client in
            let base = "/pharmacy/sandbox/api/v1"
            expect(nil, try await client.execute(uri: "\(base)/ping", method: .get))
            expect(nil, try await client.execute(uri: "\(base)/patients", method: .get))
            expect(nil, try await client.execute(uri: "/livez", method: .get))
            let wrong = try await client.execute(uri: "\(base)/things", method: .delete)
            #expect(wrong.status == .methodNotAllowed)
            expect(nil, wrong)
        }
    }

    @Test("Deprecated parameters and members are announced to those who send them, by the one that is removed first")
    func elements() async throws {
        try await with { _, client in
            func send(_ query: String, _ body: JSON, key: String? = nil) async throws -> TestResponse {
                var headers: HTTPFields = [.contentType: "application/json"]
                headers[.idempotencyKey] = key
                return try await client.execute(
                    uri: "/pharmacy/sandbox/api/v1/things\(query)", method: .post, headers: headers,
                    body: ByteBuffer(bytes: body.bytes))
            }
            let nested: JSON = ["items": [["size": ["new": 1]], ["size": ["old": 1]]]]
            expect(nil, try await send("", [:]))
            expect(nil, try await send("?slow=1", ["memo": "old", "items": [["old": 1], ["size": ["new": 1]]]]))
            expect(nil, try await send("", ["items": ["old", 1, .null]]))
            expect(Self.first, try await send("?fast=1", [:]))
            expect(Self.second, try await send("", [:], key: "k"))
            expect(Self.last, try await send("", nested))
            expect(Self.last, try await send("", ["items": [["size": ["old": .null]]]]))
            expect(Self.second, try await send("", nested, key: "k"))
            expect(Self.first, try await send("?fast=1", nested, key: "k"))
            let refused = try await send("?fast=perhaps", [:])
            #expect(refused.status == .unprocessableContent)
            expect(Self.first, refused)
        }
    }

    @Test("A part that is removed before its deprecated operation is announced in its place")
    func partOfOperation() async throws {
        try await with { _, client in
            let uri = "/pharmacy/sandbox/api/v1/things?slow=1"
            expect(Self.second, try await client.execute(uri: uri, method: .get))
        }
    }
}
