package import PharmacyDomain

/// A failure of background work that the item itself caused.
package struct ItemFailure: Hashable, Sendable {
    package let key: QuarantinedItem.Key
    package let reason: QuarantinedItem.Reason
    /// The due time under which the item was claimed; `nil` for work without claims. If another time is stored by now, the claim was
    /// lost, and the failure is ignored.
    package let claim: Timestamp?

    package init(_ key: QuarantinedItem.Key, _ reason: QuarantinedItem.Reason, claim: Timestamp? = nil) {
        self.key = key
        self.reason = reason
        self.claim = claim
    }
}

extension QuarantinedItem.Reason {
    /// The reason in an error from reading a record; `nil` where the store itself failed, which may pass.
    package init?(_ error: any Error) {
        switch error {
        case StoreError.sealBroken, StoreError.wrongMasterKey: self = .undecryptable
        // A missing privilege of the database role is not caused by a record; a damaged page concerns the records on it.
        case StoreError.broken(let fault) where fault.kind != .permission: self = .malformed
        case StoreError.alteredTenant: self = .malformed
        default: return nil
        }
    }
}
