package import PharmacyDomain

/// Background work failed on an item for the item's own sake.
package struct ItemFailure: Hashable, Sendable {
    package let key: QuarantinedItem.Key
    package let reason: QuarantinedItem.Reason
    /// The due time under which the item was claimed. Where another is stored by now, the claim was lost, and the failure
    /// with it; `nil` for work that is not claimed.
    package let claim: Timestamp?

    package init(_ key: QuarantinedItem.Key, _ reason: QuarantinedItem.Reason, claim: Timestamp? = nil) {
        self.key = key
        self.reason = reason
        self.claim = claim
    }
}

extension QuarantinedItem.Reason {
    /// What an error says of the record that was being read; `nil` where the store itself failed, which may pass.
    package init?(_ error: any Error) {
        switch error {
        case StoreError.sealBroken, StoreError.wrongMasterKey: self = .undecryptable
        // A privilege that the database role lacks is no record's fault; a damaged page is that of the records on it.
        case StoreError.broken(let fault) where fault.kind != .permission: self = .malformed
        case StoreError.alteredTenant: self = .malformed
        default: return nil
        }
    }
}
