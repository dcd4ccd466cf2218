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
            (["scopes": ["read", "write", "read"]], [.read, .write]),
        ] as [(JSON, Set<CredentialScope>)])
    func parsed(body: JSON, scopes: Set<CredentialScope>) {
        var fields = FieldReader(body)
        #expect(CredentialScope.scopes(in: &fields) == scopes)
        #expect(fields.problems.isEmpty)
    }

    @Test(
        "Anything else is a problem of the field",
        arguments: [
            "read", ["admin"], ["read", 1], [.null], ["READ"], ["patients"], ["patients: read"], 1, true,
            .array([JSON](repeating: "read", count: 8)),
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

    @Test(
        "Parts stand for themselves, with the reading that goes with writing, and are not said beside the whole",
        arguments: [
            (["patients:read"], [.patientsRead]), (["credentials:manage"], [.credentialsManage]),
            (["orders:write"], [.ordersRead, .ordersWrite]),
            (["patients:write", "orders:read"], [.patientsRead, .patientsWrite, .ordersRead]),
            (["read", "patients:read"], [.read]), (["write", "credentials:manage"], [.read, .write]),
            (["read", "credentials:manage"], [.read, .credentialsManage]),
            (["read", "orders:write"], [.read, .ordersWrite]),
        ] as [(JSON, Set<CredentialScope>)])
    func parts(value: JSON, scopes: Set<CredentialScope>) {
        var fields = FieldReader(["scopes": value])
        #expect(CredentialScope.scopes(in: &fields) == scopes)
        #expect(fields.problems.isEmpty)
    }

    @Test("What stands for a credential that makes another, where it says nothing")
    func unlessGiven() {
        var fields = FieldReader([:])
        #expect(CredentialScope.scopes(in: &fields, unlessGiven: [.credentialsManage]) == [.credentialsManage])
    }

    @Test("The old words are everything, and a part covers nothing but itself")
    func covers() {
        #expect(CredentialScope.covers([.read, .write], Set(CredentialScope.allCases)))
        #expect(CredentialScope.covers([.read], [.read, .patientsRead, .ordersRead]))
        for scope in CredentialScope.allCases where ![.read, .patientsRead, .ordersRead].contains(scope) {
            #expect(!CredentialScope.covers([.read], [scope]))
        }
        #expect(!CredentialScope.covers([.patientsRead, .ordersRead], [.read]))
        #expect(!CredentialScope.covers([.patientsWrite, .ordersWrite, .credentialsManage], [.write]))
        #expect(!CredentialScope.covers([.credentialsManage], [.patientsRead]))
        #expect(!CredentialScope.covers([], [.read]))
    }
}
