/// Why an operation of the store failed. Descriptions are for the operator's log; none reaches a client.
package enum StoreError: Error, Hashable, Sendable {
    /// A unique key exists already.
    case uniqueViolation
    /// The store cannot be reached, is locked by another process, out of space, or failed to write.
    case unavailable(StoreFault)
    /// Another transaction holds a lock that this one needs. Nothing was changed.
    case locked
    /// The write may have been committed, or may still be: the database has not reported it in time, or not for certain. The
    /// client may repeat its request with the same idempotency key.
    case outcomeUnknown
    /// Too many transactions wait already. Nothing was tried.
    case overloaded
    /// A statement failed, or stored data is not as this program expects it.
    case broken(StoreFault)
    /// The database was made by a newer version of the program.
    case newerDatabase(found: Int, known: Int)
    /// The tenant does not exist or was deleted.
    case noSuchTenant
    /// The tenant's row is not as this installation wrote it. For partners it counts as absent; its background work is
    /// postponed.
    case alteredTenant
    /// A sealed record does not open: it was sealed with another key, or was altered.
    case sealBroken
    /// The master key is not that of this database.
    case wrongMasterKey
    /// The store has been closed.
    case closed
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .uniqueViolation: "A record with the same unique key exists."
        case .unavailable(let reason): "The database cannot be used: \(reason)."
        case .locked: "Another transaction holds what this one needs."
        case .outcomeUnknown: "The database did not say whether the write was done."
        case .overloaded: "Too many requests wait for the store."
        case .broken(let reason): "The store is not as expected: \(reason)."
        case .newerDatabase(let found, let known):
            "The database has version \(found) and this program knows versions up to \(known): run a newer program."
        case .noSuchTenant: "The tenant does not exist."
        case .alteredTenant: "The tenant's row was altered in the database."
        case .sealBroken: "A sealed record does not open with the keys at hand."
        case .wrongMasterKey: "The master key is not the one this database was made with."
        case .closed: "The store is closed."
        }
    }
}

extension StoreError {
    /// The failure of the store itself; `nil` where the error concerns a record or a caller.
    package var fault: StoreFault? {
        switch self {
        case .unavailable(let fault): fault
        // A damaged page or a missing privilege is a failure of the store, not of a record.
        case .broken(let fault): fault.kind == .other ? nil : fault
        case .locked: StoreFault(.busy, "another transaction holds what this one needs")
        case .outcomeUnknown:
            StoreFault(.timedOut, "the database did not report in time, or not for sure, whether a write was done")
        case .overloaded:
            StoreFault(
                .overloaded, "more requests wait for the store's connections than can have their turn in time")
        case .uniqueViolation, .newerDatabase, .noSuchTenant, .alteredTenant, .sealBroken, .wrongMasterKey, .closed: nil
        }
    }
}
