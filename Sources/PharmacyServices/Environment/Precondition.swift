package import PharmacyDomain

/// Whether a change may be made of a resource with this representation.
package typealias Precondition = @Sendable (Representation) -> Bool

/// Decides about a change of a resource, in the transaction that makes it.
/// - Parameter resource: as it is now; `nil` where it does not exist, which the change itself reports.
/// - Throws: `ServiceError.preconditionFailed`.
func check(_ precondition: Precondition?, of resource: @autoclosure () throws -> Representation?) throws {
    guard let precondition, let resource = try resource() else { return }
    guard precondition(resource) else { throw ServiceError.preconditionFailed }
}
