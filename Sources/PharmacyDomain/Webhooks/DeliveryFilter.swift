/// What a list of deliveries is narrowed to; `nil` members narrow nothing.
package struct DeliveryFilter: Hashable, Sendable {
    package var status: Delivery.Status?
    package var orderID: OrderID?
    package var event: OrderEvent.Kind?

    package init() {}
}
