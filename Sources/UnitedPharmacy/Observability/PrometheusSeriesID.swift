struct PrometheusSeriesID: Hashable, Sendable {
    /// The prefix of every name of the registry.
    let prefix: String
    let name: String
    /// Rendered: `method="GET",status="200"`, or empty.
    let labels: String

    /// The name on the page.
    var exposedName: String { prefix + name }
}
