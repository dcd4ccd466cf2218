extension Order.Shipping {
    /// The page on which the carrier shows where the parcel is; `nil` for other carriers than USPS, UPS and FedEx, and for a
    /// number that is none.
    package var trackingURL: String? {
        let name = carrier.lowercased().filter { $0.isLetter }
        let page: String? =
            if name.hasPrefix("usps") || name.hasPrefix("unitedstatespostal") {
                "https://tools.usps.com/go/TrackConfirmAction?tLabels="
            } else if name.hasPrefix("ups") || name.hasPrefix("unitedparcel") {
                "https://www.ups.com/track?tracknum="
            } else if name.hasPrefix("fedex") || name.hasPrefix("federalexpress") {
                "https://www.fedex.com/fedextrack/?trknbr="
            } else {
                nil
            }
        let number = trackingKey
        let isNumber = !number.isEmpty && number.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isNumber ? page.map { $0 + number } : nil
    }
}
