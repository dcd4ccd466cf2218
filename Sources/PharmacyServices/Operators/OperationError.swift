internal import PharmacyDomain

/// Why an operator's command failed. The description is one sentence or two.
package enum OperationError: Error, Hashable, CustomStringConvertible {
    case noSuchTenant(String)
    case nameTaken(String)
    case beingDeleted(String)
    case badName
    case isBuiltIn
    case noSuchCredential
    case noSuchItem(Int64)
    case noSuchOrder(String)
    case noSuchDelivery(String)
    case deliveryPending(String)
    case pharmacyUnavailable(PharmacySystemFailure.Reason)

    package var description: String {
        switch self {
        case .noSuchTenant(let name): "There is no tenant \(name). List all with: tenant list"
        case .nameTaken(let name): "A tenant \(name) already exists. Choose another name."
        case .beingDeleted(let name):
            "The tenant \(name) is still being deleted. Retry when all its records are removed, or choose another name."
        case .badName:
            "A tenant's name must have 1 to 40 characters: a to z, 0 to 9, and hyphens inside."
        case .isBuiltIn:
            "The tenant \(Tenant.builtInSandboxName) is built in and cannot be deleted. It can be wiped."
        case .noSuchCredential: "The tenant has no such credential. List all with: credential list"
        case .noSuchItem(let id): "There is no quarantined item \(id). List all with: quarantine list"
        case .noSuchOrder(let id): "There is no order \(id)."
        case .noSuchDelivery(let id): "There is no delivery \(id). List deliveries with: deliveries list"
        case .deliveryPending(let id): "The delivery \(id) is still pending. Retry when it has succeeded or failed."
        case .pharmacyUnavailable(.notConfigured):
            "No pharmacy system is configured for live tenants. Set UP_IMPETUS_URL."
        case .pharmacyUnavailable(let reason):
            "The pharmacy system does not respond (\(reason.rawValue)). Retry later, or look at the server's log."
        }
    }
}
