import PharmacyDomain
import Testing

@Suite("Scopes of credentials")
struct CredentialScopeTests {
    @Test(
        "Write includes read, and a credential whose creation names no scope may read",
        arguments: [
            ([], [.read]), ([.read], [.read]), ([.write], [.read, .write]), ([.patientsRead], [.patientsRead]),
            ([.credentialsManage], [.credentialsManage]),
            ([.write, .patientsRead], [.read, .write, .patientsRead]), (CredentialScope.all, CredentialScope.all),
        ] as [(Set<CredentialScope>, Set<CredentialScope>)])
    func granted(named: Set<CredentialScope>, granted: Set<CredentialScope>) {
        #expect(CredentialScope.granted(named) == granted)
    }

    @Test("Written scopes are read back")
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
        "A credential from before scopes were divided has the same permissions as before", arguments: former)
    func undivided(text: String, scopes: Set<CredentialScope>) {
        #expect(CredentialScope.undivided(text) == scopes)
    }

    @Test("A scope covers only itself, except that write covers read")
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
