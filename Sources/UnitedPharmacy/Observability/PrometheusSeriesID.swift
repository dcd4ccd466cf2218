struct PrometheusSeriesID: Hashable, Sendable {
    /// What stands before every name of the registry.
    let prefix: String
    let name: String
    /// Rendered: `method="GET",status="200"`, or empty.
    let labels: String

    /// As it stands on the page.
    var exposedName: String { prefix + name }
}
