/// How many deliveries to one URL may start.
package struct PlannedClaim: Sendable {
    let endpoint: DueEndpoint
    let limit: Int
}
