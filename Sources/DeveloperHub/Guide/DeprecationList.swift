internal import PartnerAPI
internal import PharmacyDomain

/// The operations of the API that are deprecated, as a text of the guide.
struct DeprecationList: Sendable {
    let operations: [Operation]

    /// A table, or a sentence if there are none.
    var markdown: String {
        let rows = operations.compactMap { operation -> String? in
            guard let deprecation = operation.deprecation else { return nil }
            return """
                | [\(operation.summary)](\(Reference.path(operation))) | \(deprecation.since) \
                | \(deprecation.sunset) | [What to use instead](\(deprecation.page)) |
                """
        }
        if rows.isEmpty { return "No operation of version \(PartnerAPIRouter.version) is deprecated." }
        let head = ["| Operation | Deprecated since | Available until at least | Instead |", "|---|---|---|---|"]
        return (head + rows).joined(separator: "\n")
    }
}
