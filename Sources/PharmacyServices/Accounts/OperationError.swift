internal import PharmacyDomain

/// Why the operator's wish was not done; its text is one sentence.
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
        case .noSuchTenant(let name): "There is no tenant \(name)."
        case .nameTaken(let name): "There is a tenant \(name) already."
        case .beingDeleted(let name):
            "The tenant \(name) is still being deleted; its name is free when no record of it is left."
        case .badName:
            "A tenant's name has 1 to 40 characters: a to z, 0 to 9, and hyphens inside."
        case .isBuiltIn: "The tenant \(SandboxControls.name) is built in and cannot be deleted; it can be wiped."
        case .noSuchCredential: "The tenant has no such credential."
        case .noSuchItem(let id): "There is no quarantined item \(id)."
        case .noSuchOrder(let id): "There is no order \(id)."
        case .noSuchDelivery(let id): "There is no delivery \(id)."
        case .deliveryPending(let id): "The delivery \(id) is still pending; it can be made again when it has ended."
        case .pharmacyUnavailable(.notConfigured):
            "No pharmacy system is configured for tenants that are not sandboxes (UP_IMPETUS_URL)."
        case .pharmacyUnavailable(let reason): "The pharmacy system does not answer (\(reason.rawValue))."
        }
    }
}
