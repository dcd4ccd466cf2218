package import FoundationEssentials

/// The public name of one thing: a UUID (RFC 9562), written in lower case.
package struct Identifier<Thing: TypedIdentifier>: Hashable, Sendable, CustomStringConvertible {
    package let uuid: UUID

    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the 36-character form in either case; `nil` for anything else.
    package init?(_ text: String) {
        guard let uuid = UUIDText.parse(text.utf8) else { return nil }
        self.uuid = uuid
    }

    package var description: String { UUIDText.text(uuid) }
}

package typealias TenantID = Identifier<Tenant>
package typealias ClientID = Identifier<Credential>
package typealias PatientID = Identifier<Patient>
package typealias PharmacyID = Identifier<Pharmacy>
package typealias OrderID = Identifier<Order>
package typealias EventID = Identifier<OrderEvent>
package typealias DeliveryID = Identifier<Delivery>
