import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("Credentials on the wire")
struct AccountResourceTests {
    @Test("A credential is shown without secrets, with the time at which it is 90 days old")
    func credential() throws {
        let created = try #require(Timestamp("2026-01-01T00:00:00Z"))
        var credential = Credential(
            id: Examples.client, name: "CI", scopes: [.read], createdAt: created)
        #expect(
            credential.json.written == """
                {"client_id":"\(Examples.client)","name":"CI","scopes":["read"],"status":"active",\
                "created_at":"2026-01-01T00:00:00+00:00","last_used_at":null,"revoked_at":null,\
                "rotate_after":"2026-04-01T00:00:00+00:00"}
                """)
        credential.lastUsedAt = created + .hours(1)
        credential.revokedAt = created + .hours(2)
        #expect(credential.json["status"] == "revoked")
        #expect(credential.json["last_used_at"] == "2026-01-01T01:00:00+00:00")
        #expect(credential.json["revoked_at"] == "2026-01-01T02:00:00+00:00")
    }

    private static let bodies: [(JSON, Set<CredentialScope>?)] = [
        ([:], nil), (["scopes": .null], nil), (["scopes": []], []),
        (["scopes": ["read"]], [.read]), (["scopes": ["write"]], [.write]),
        (["scopes": ["write", "read"]], [.read, .write]), (["scopes": ["read", "read"]], [.read]),
        (["scopes": ["read", "write", "read"]], [.read, .write]), (["scopes": ["patients:read"]], [.patientsRead]),
        (["scopes": ["credentials:manage"]], [.credentialsManage]),
        (["scopes": ["write", "patients:read"]], [.write, .patientsRead]),
        (["scopes": ["read", "write", "patients:read", "credentials:manage"]], CredentialScope.all),
    ]

    @Test("The named scopes are read, and none where the body names none", arguments: bodies)
    func scopes(body: JSON, scopes: Set<CredentialScope>?) throws {
        #expect(try CredentialDraft(parsing: body).scopes == scopes)
    }

    @Test(
        "Any other value of scopes is an error of the member",
        arguments: [
            "read", ["admin"], ["read", 1], [.null], ["READ"], ["patients"], ["patients: read"], 1, true,
            ["patients:write"], ["orders:read"], .array([JSON](repeating: "read", count: 5)),
        ] as [JSON])
    func refusedScopes(value: JSON) {
        let problems = #expect(throws: ValidationErrors.self) { try CredentialDraft(parsing: ["scopes": value]) }
        #expect(problems?.fields.map(\.name) == ["scopes"])
    }

    @Test(
        "A display name has at most 100 characters; a new name is required where one is set",
        arguments: [
            (JSON.string(String(repeating: "é", count: 100)), false, true),
            (.string(String(repeating: "a", count: 101)), false, false),
            (7, false, false), (.null, false, true), (.null, true, false), ("  ", true, false), ("CI", true, true),
        ])
    func name(value: JSON, isRequired: Bool, isAccepted: Bool) throws {
        let body: JSON = ["name": value]
        func read() throws -> String? {
            isRequired
                ? try AccountResource.renaming.parse(body, .forTests) : try CredentialDraft(parsing: body).name
        }
        if isAccepted {
            #expect(try read() == value.text)
        } else {
            #expect(throws: ValidationErrors.self) { try read() }
        }
    }
}
