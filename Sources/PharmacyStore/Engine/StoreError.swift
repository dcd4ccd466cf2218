/// Why the store did not do what it was asked. Texts are for the operator's log; none reaches a client.
package enum StoreError: Error, Hashable, Sendable {
    /// A unique key is taken already.
    case uniqueViolation
    /// The store cannot be reached, is locked by another process, out of space, or failed to write.
    case unavailable(StoreFault)
    /// Another transaction holds what this one needs; nothing was changed.
    case locked
    /// The write may have been done, or may yet be: the database did not say in time, or not for sure. The client may
    /// repeat its request with the same idempotency key.
    case outcomeUnknown
    /// Too much waits already; nothing was tried.
    case overloaded
    /// The statement or the data in the file is not as this program expects it.
    case broken(StoreFault)
    /// The database was made by a newer version of the program.
    case newerDatabase(found: Int, known: Int)
    /// The tenant is not there, or was deleted.
    case noSuchTenant
    /// The tenant's row is not as this installation wrote it: it counts as absent for partners, and its background work is
    /// put off.
    case alteredTenant
    /// A sealed record does not open: another key, or an altered file.
    case sealBroken
    /// The master key is not the one this database was made with.
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
    /// What is wrong with the store itself; `nil` for what is a record's or a caller's matter.
    package var fault: StoreFault? {
        switch self {
        case .unavailable(let fault): fault
        // A damaged page, or a privilege that is missing, is no record's fault.
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
