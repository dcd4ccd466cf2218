import PharmacyDomain
import Testing

@Suite("What a credential may do")
struct CredentialScopeTests {
    private static let bodies: [(JSON, Set<CredentialScope>)] = [
        ([:], CredentialScope.all), (["scopes": .null], CredentialScope.all), (["scopes": []], [.read]),
        (["scopes": ["read"]], [.read]), (["scopes": ["write"]], [.read, .write]),
        (["scopes": ["write", "read"]], [.read, .write]), (["scopes": ["read", "read"]], [.read]),
        (["scopes": ["read", "write", "read"]], [.read, .write]), (["scopes": ["patients:read"]], [.patientsRead]),
        (["scopes": ["credentials:manage"]], [.credentialsManage]),
        (["scopes": ["write", "patients:read"]], [.read, .write, .patientsRead]),
        (["scopes": ["read", "write", "patients:read", "credentials:manage"]], CredentialScope.all),
    ]

    @Test(
        "Each scope stands for itself, reading goes without saying beside writing, and all are meant where nothing is said",
        arguments: bodies)
    func parsed(body: JSON, scopes: Set<CredentialScope>) {
        var fields = FieldReader(body)
        #expect(CredentialScope.scopes(in: &fields) == scopes)
        #expect(fields.problems.isEmpty)
    }

    @Test(
        "Anything else is a problem of the field",
        arguments: [
            "read", ["admin"], ["read", 1], [.null], ["READ"], ["patients"], ["patients: read"], 1, true,
            ["patients:write"], ["orders:read"], .array([JSON](repeating: "read", count: 5)),
        ] as [JSON])
    func refused(value: JSON) {
        var fields = FieldReader(["scopes": value])
        _ = CredentialScope.scopes(in: &fields)
        #expect(fields.problems.fields.map(\.name) == ["scopes"])
    }

    @Test("Scopes read back as they were written")
    func roundTrip() {
        for scopes in [[.read], [.read, .write], [.patientsRead, .credentialsManage], []] as [Set<CredentialScope>] {
            #expect(CredentialScope.scopes(CredentialScope.text(scopes)) == scopes)
            #expect(CredentialScope.scopes(CredentialScope.json(scopes)) == scopes)
        }
    }

    private static let former: [(String, Set<CredentialScope>)] = [
        ("read", [.read, .patientsRead]), ("read write", CredentialScope.all), ("write", CredentialScope.all), ("", []),
        ("orders:read orders:write", [.read]), ("patients:read patients:write", [.patientsRead]),
        ("read credentials:manage", [.read, .patientsRead, .credentialsManage]), ("unknown", []),
    ]

    @Test(
        "A credential from before the scopes were divided keeps what it could do, and gets no more", arguments: former)
    func undivided(text: String, scopes: Set<CredentialScope>) {
        #expect(CredentialScope.undivided(text) == scopes)
    }

    @Test("What stands for a credential that makes another, where it says nothing")
    func unlessGiven() {
        var fields = FieldReader([:])
        #expect(CredentialScope.scopes(in: &fields, unlessGiven: [.credentialsManage]) == [.credentialsManage])
    }

    @Test("A scope covers nothing but itself, and writing also reading")
    func covers() {
        for scope in CredentialScope.allCases {
            for other in CredentialScope.allCases {
                let isCovered = scope == other || (scope, other) == (.write, .read)
                #expect(CredentialScope.covers([scope], [other]) == isCovered, "\(scope) \(other)")
            }
            #expect(!CredentialScope.covers([], [scope]))
        }
        #expect(CredentialScope.covers(CredentialScope.all, CredentialScope.all))
        #expect(!CredentialScope.covers([.read, .write], CredentialScope.all))
    }
}
