/// What has changed of a tenant, for those who look at it.
package struct TenantChange: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Orders, patients, deliveries, credentials and the like.
    package static let records = TenantChange(rawValue: 1)
    /// The request log, to which every request adds.
    package static let requests = TenantChange(rawValue: 2)
}
