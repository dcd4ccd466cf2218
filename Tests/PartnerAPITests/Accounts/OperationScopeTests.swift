import HTTPTypes
import PharmacyDomain
import Testing

@testable import PartnerAPI

@Suite("The scopes that operations need")
struct OperationScopeTests {
    /// What each set of scopes opens; an operation that is not here fails the test.
    private static let operations: [Set<CredentialScope>: Set<String>] = [
        [.read]: reads.union(["listCredentials"]),
        [.write]: reads.union(writes).union(["listCredentials"]),
        [.patientsRead]: ["listPatients", "getPatient"],
        [.write, .patientsRead]: reads.union(writes).union([
            "listCredentials", "listPatients", "getPatient", "updatePatient", "syncPatient",
        ]),
        [.credentialsManage]: [
            "createCredential", "listCredentials", "updateCredential", "revokeCredential", "rotateWebhookSecret",
            "wipeSandbox",
        ],
    ]

    private static let reads: Set<String> = [
        "listPharmacies", "listMedications", "listOrders", "getOrder", "listDeliveries", "getDelivery",
        "sampleWebhook", "getWebhookHealth", "listEvents",
    ]

    private static let writes: Set<String> = [
        "createPatient", "deletePatient", "submitOrder", "cancelOrder", "redeliver", "recoverDeliveries", "testWebhook",
        "advanceSandboxOrder",
    ]

    private let operations = PartnerAPIRouter.endpoints.filter { [.bearer, .setupTokenOrBearer].contains($0.access) }
        .map(\.operation)

    @Test("Scopes open their own operations and no others", arguments: operations.keys)
    func opened(scopes: Set<CredentialScope>) throws {
        #expect(Set(operations.filter { $0.isAllowed(to: scopes) }.map(\.id)) == Self.operations[scopes])
    }

    @Test("All scopes open everything, and none nothing")
    func extremes() {
        for operation in operations {
            #expect(operation.isAllowed(to: CredentialScope.all), "\(operation.id)")
            #expect(!operation.isAllowed(to: []), "\(operation.id)")
        }
    }

    @Test("Every operation that takes an access token is opened by some, and its document says which")
    func documented() {
        #expect(Set(operations.map(\.id)) == Self.operations.values.reduce(into: []) { $0.formUnion($1) })
        for operation in operations {
            for scope in operation.scopes.joined() {
                #expect(operation.scopeDescription.contains("`\(scope.rawValue)`"))
            }
        }
    }
}
