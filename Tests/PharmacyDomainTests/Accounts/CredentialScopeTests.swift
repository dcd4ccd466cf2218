import PharmacyDomain
import Testing

@Suite("What a credential may do")
struct CredentialScopeTests {
    @Test(
        "Reading goes without saying, and both are meant where nothing is said",
        arguments: [
            ([:], [.read, .write]), (["scopes": .null], [.read, .write]), (["scopes": []], [.read]),
            (["scopes": ["read"]], [.read]), (["scopes": ["write"]], [.read, .write]),
            (["scopes": ["write", "read"]], [.read, .write]), (["scopes": ["read", "read"]], [.read]),
        ] as [(JSON, Set<CredentialScope>)])
    func parsed(body: JSON, scopes: Set<CredentialScope>) {
        var fields = FieldReader(body)
        #expect(CredentialScope.scopes(in: &fields) == scopes)
        #expect(fields.problems.isEmpty)
    }

    @Test(
        "Anything else is a problem of the field",
        arguments: ["read", ["admin"], ["read", 1], [.null], ["READ"], ["read", "write", "read"], 1, true] as [JSON])
    func refused(value: JSON) {
        var fields = FieldReader(["scopes": value])
        _ = CredentialScope.scopes(in: &fields)
        #expect(fields.problems.fields.map(\.name) == ["scopes"])
    }

    @Test("Scopes read back as they were written")
    func roundTrip() {
        for scopes in [[.read], [.read, .write]] as [Set<CredentialScope>] {
            #expect(CredentialScope.scopes(CredentialScope.text(scopes)) == scopes)
        }
    }
}
