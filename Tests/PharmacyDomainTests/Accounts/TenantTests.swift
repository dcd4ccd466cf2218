import PharmacyDomain
import Testing

@Suite("Tenants")
struct TenantTests {
    @Test(
        "A tenant's name has 1 to 40 lowercase letters, digits and inner hyphens",
        arguments: ["sandbox", "a", "0", "acme-health", "a--b", "2-b", "tenant1", String(repeating: "a", count: 40)])
    func validName(name: String) {
        #expect(Tenant.isValid(name: name))
    }

    @Test(
        "Any other name is refused",
        arguments: [
            "", "-", "-a", "a-", "Acme", "a_b", "a.b", "a/b", "..", "a b", " a", "é", "ａ", "a\u{0}", "a%2Fb",
            String(repeating: "a", count: 41),
        ])
    func invalidName(name: String) {
        #expect(!Tenant.isValid(name: name))
    }

    @Test("Only tenants of the kind sandbox are sandboxes", arguments: [(Tenant.Kind.sandbox, true), (.live, false)])
    func kind(kind: Tenant.Kind, isSandbox: Bool) throws {
        let id = try #require(TenantID(Fixtures.uuid))
        let tenant = Tenant(id: id, name: "t", kind: kind, status: .active, createdAt: Fixtures.now, resetsAt: nil)
        #expect(tenant.isSandbox == isSandbox)
    }
}
