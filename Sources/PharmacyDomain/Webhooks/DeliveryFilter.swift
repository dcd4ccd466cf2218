/// The filter of a list of deliveries. Members that are `nil` filter nothing.
package struct DeliveryFilter: Hashable, Sendable {
    package var status: Delivery.Status?
    package var orderID: OrderID?
    package var event: WebhookEventType?

    package init() {}
}
