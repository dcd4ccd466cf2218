import HTTPTypes
import PharmacyDomain
import Testing

@testable import PartnerAPI

@Suite("The scopes that operations need")
struct OperationScopeTests {
    /// What each part opens; an operation that is not here fails the test.
    private static let operations: [CredentialScope: Set<String>] = [
        .patientsRead: ["listPatients", "getPatient"],
        .patientsWrite: ["createPatient", "updatePatient", "deletePatient", "syncPatient"],
        .ordersRead: [
            "listPharmacies", "listMedications", "listOrders", "getOrder", "listDeliveries", "getDelivery",
            "sampleWebhook", "getWebhookHealth", "listEvents",
        ],
        .ordersWrite: [
            "submitOrder", "cancelOrder", "redeliver", "recoverDeliveries", "testWebhook", "advanceSandboxOrder",
        ],
        .credentialsManage: [
            "createCredential", "listCredentials", "updateCredential", "revokeCredential", "rotateWebhookSecret",
            "wipeSandbox",
        ],
    ]

    private let operations = PartnerAPI.endpoints.filter { [.bearer, .setupTokenOrBearer].contains($0.access) }
        .map(\.operation)

    @Test("Each part opens its own operations and no others", arguments: operations.keys)
    func parts(scope: CredentialScope) throws {
        let reads: [CredentialScope: CredentialScope] = [.patientsWrite: .patientsRead, .ordersWrite: .ordersRead]
        let own = try #require(Self.operations[scope])
        let read = reads[scope].flatMap { Self.operations[$0] } ?? []
        #expect(Set(operations.filter { $0.isAllowed(to: [scope]) }.map(\.id)) == own.union(read))
    }

    @Test("The words of before open what they always have: every GET, and everything")
    func wholes() {
        for operation in operations {
            #expect(operation.isAllowed(to: [.read]) == (operation.method == .get), "\(operation.id)")
            #expect(operation.isAllowed(to: [.write]))
            #expect(operation.isAllowed(to: [.read, .write]))
            #expect(!operation.isAllowed(to: []))
        }
    }

    @Test("Every operation that takes an access token is opened by a part, and its document says which")
    func documented() throws {
        let parts = Self.operations.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        #expect(Set(operations.map(\.id)) == parts)
        for operation in operations {
            let part = try #require(operation.scopes.first)
            #expect(operation.scopeDescription.contains("`\(part.rawValue)`"))
            #expect(operation.scopeDescription.contains(operation.method == .get ? "`read`" : "`write`"))
        }
    }
}
