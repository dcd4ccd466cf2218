/// The types of events that report on a registered endpoint instead of an order.
package enum EndpointEventType: String, CaseIterable, Sendable {
    /// The endpoint's deliveries keep failing (`EndpointHealth.isFailing`).
    case failing = "endpoint.failing"
    /// A delivery to an endpoint that was failing has succeeded.
    case recovered = "endpoint.recovered"
}
