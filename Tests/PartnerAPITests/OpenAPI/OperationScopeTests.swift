import HTTPTypes
import PharmacyDomain
import Testing

@testable import PartnerAPI

@Suite("The scopes that operations require")
struct OperationScopeTests {
    /// The operations that each set of scopes allows. An operation that is missing here fails the test.
    private static let allowedOperations: [Set<CredentialScope>: Set<String>] = [
        [.read]: reads.union(["listCredentials"]),
        [.write]: reads.union(writes).union(["listCredentials"]),
        [.patientsRead]: ["listPatients", "getPatient", "searchPatients"],
        [.write, .patientsRead]: reads.union(writes).union([
            "listCredentials", "listPatients", "getPatient", "searchPatients", "updatePatient", "syncPatient",
        ]),
        [.credentialsManage]: [
            "createCredential", "listCredentials", "updateCredential", "revokeCredential", "rotateWebhookSecret",
            "rotateWebhookEndpointSecret", "wipeSandbox",
        ],
    ]

    private static let reads: Set<String> = [
        "listPharmacies", "listMedications", "getMedication", "listOrders", "listPatientOrders", "getOrder",
        "listDeliveries", "getDelivery",
        "sampleWebhook", "getWebhookHealth", "listEvents", "listRequests", "getRequest",
        "listWebhookEndpoints", "getWebhookEndpoint",
    ]

    private static let writes: Set<String> = [
        "createPatient", "createPatients", "deletePatient", "submitOrder", "submitOrders", "amendOrder",
        "refillOrder", "cancelOrder", "redeliver",
        "recoverDeliveries", "testWebhook", "createWebhookEndpoint", "updateWebhookEndpoint", "deleteWebhookEndpoint",
        "advanceSandboxOrder",
    ]

    private let operations = PartnerAPIRouter.endpoints.map(\.operation).filter {
        $0.access == .bearer || $0.access == .setupTokenOrBearer
    }

    @Test("Scopes allow exactly their own operations", arguments: allowedOperations.keys)
    func allowed(scopes: Set<CredentialScope>) throws {
        #expect(Set(operations.filter { $0.isAllowed(to: scopes) }.map(\.id)) == Self.allowedOperations[scopes])
    }

    @Test("All scopes together allow every operation, and no scopes allow none")
    func extremes() {
        for operation in operations {
            #expect(operation.isAllowed(to: CredentialScope.all), "\(operation.id)")
            #expect(!operation.isAllowed(to: []), "\(operation.id)")
        }
    }

    @Test("Every operation that requires an access token documents its scopes")
    func documented() {
        #expect(Set(operations.map(\.id)) == Self.allowedOperations.values.reduce(into: []) { $0.formUnion($1) })
        for operation in operations {
            for scope in operation.scopes.joined() {
                #expect(operation.scopeDescription.contains("`\(scope.rawValue)`"))
            }
        }
    }
}
