/// How fast a parcel is sent. Which carrier does it is the pharmacy's choice.
package enum ShippingMethod: String, CaseIterable, Sendable {
    case standard
    case twoDay = "two_day"
    case overnight
}
