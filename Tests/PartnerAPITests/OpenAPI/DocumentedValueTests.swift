import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

/// Every example and every listed value of a request's body works as the document shows it.
@Suite("Documented values")
struct DocumentedValueTests {
    /// A component that partners send, and its reader.
    struct Body: Sendable, CustomTestStringConvertible {
        let component: String
        let read: @Sendable (JSON) throws -> Void

        var testDescription: String { component }
    }

    private static let context = WireContext(
        today: CalendarDate(Timestamp(milliseconds: 1_766_423_701_000)),
        egress: .publicOnly)

    static let bodies: [Body] = [
        Body(component: "NewPatient") { _ = try PatientResource.details.parse($0, context) },
        Body(component: "PatientChanges") { body in
            _ = try PatientResource.details.parse(body, merging: PatientResource.details.example, context)
        },
        Body(component: "NewOrder") { _ = try OrderResource.draft.parse($0, context) },
        Body(component: "OrderCancellation") { _ = try OrderResource.cancellation.parse($0, context) },
        Body(component: "ClientCredentialsGrant") { _ = try TokenGrant(body: $0, authorization: nil) },
        Body(component: "RefreshGrant") { _ = try TokenGrant(body: $0, authorization: nil) },
    ]

    private static let tokenRequest = Body(component: "TokenRequest") {
        _ = try TokenGrant(body: $0, authorization: nil)
    }

    @Test("The examples of a body's members make a body that is accepted", arguments: bodies)
    func memberExamples(body: Body) throws {
        let example = try DocumentedValueTests.example(of: body)
        #expect(example.members?.isEmpty == false)
        try body.read(example)
    }

    @Test("Every listed value of a member is accepted", arguments: bodies)
    func listedValues(body: Body) throws {
        let example = try DocumentedValueTests.example(of: body)
        for member in try DocumentedValueTests.members(of: body) {
            guard case .string(let rules) = member.schema.kind else { continue }
            for value in rules.values {
                let others = (example.members ?? []).filter { $0.name != member.name }
                try body.read(.object(others + [JSON.Member(member.name, .string(value))]))
            }
        }
    }

    @Test("Every example of an operation's body is accepted")
    func bodyExamples() throws {
        var count = 0
        for body in DocumentedValueTests.bodies + [DocumentedValueTests.tokenRequest] {
            for endpoint in PartnerAPIRouter.endpoints {
                guard let described = endpoint.operation.body, case .reference(body.component) = described.schema.kind
                else { continue }
                for example in described.examples {
                    try body.read(example.value)
                    count += 1
                }
            }
        }
        #expect(count >= 5)
    }

    private static func members(of body: Body) throws -> [Schema.Property] {
        let schema = try #require(CommonSchemas.all.first { $0.name == body.component }?.schema)
        guard case .object(let members) = schema.kind else { return [] }
        return members
    }

    /// A body of the members' examples; of those that list their values, the first value.
    private static func example(of body: Body) throws -> JSON {
        .object(
            try members(of: body).compactMap { member in
                var example = member.schema.examples.first
                if example == nil, case .string(let rules) = member.schema.kind {
                    example = rules.values.first.map(JSON.string)
                }
                return example.map { JSON.Member(member.name, $0) }
            })
    }
}
