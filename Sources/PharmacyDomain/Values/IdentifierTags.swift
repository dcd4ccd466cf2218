// One empty type for each kind of thing, so that an identifier of one kind cannot be passed for that of another.

package enum TenantIDTag: TypedIdentifier {}
package typealias TenantID = Identifier<TenantIDTag>

package enum ClientIDTag: TypedIdentifier {}
package typealias ClientID = Identifier<ClientIDTag>

package enum TokenFamilyIDTag: TypedIdentifier {}
package typealias TokenFamilyID = Identifier<TokenFamilyIDTag>

package enum SessionIDTag: TypedIdentifier {}
package typealias SessionID = Identifier<SessionIDTag>

package enum PatientIDTag: TypedIdentifier {}
package typealias PatientID = Identifier<PatientIDTag>

package enum PharmacyIDTag: TypedIdentifier {}
package typealias PharmacyID = Identifier<PharmacyIDTag>

package enum OrderIDTag: TypedIdentifier {}
package typealias OrderID = Identifier<OrderIDTag>

package enum EventIDTag: TypedIdentifier {}
package typealias EventID = Identifier<EventIDTag>

package enum DeliveryIDTag: TypedIdentifier {}
package typealias DeliveryID = Identifier<DeliveryIDTag>

package enum EndpointIDTag: TypedIdentifier {}
package typealias EndpointID = Identifier<EndpointIDTag>
