/// The limits of registered endpoints.
package enum EndpointRules {
    /// Endpoints of a tenant. Each event of an order is delivered to all of them, so the number bounds the deliveries that one
    /// change of an order makes.
    package static let limit = 20
    package static let description = TextRule(maximum: 255)
}
