internal import PharmacyDomain
internal import PharmacyStore

/// Runs a read and returns `nil` if the stored record is unreadable.
/// - Throws: failures of the store itself, which may pass.
func ifReadable<Value>(_ read: () throws -> Value?) throws -> Value? {
    do {
        return try read()
    } catch {
        guard QuarantinedItem.Reason(error) != nil else { throw error }
        return nil
    }
}
