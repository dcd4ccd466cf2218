import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// Bodies and values that are right, for tests to spoil one member of.
enum Fixtures {
    static let now = Timestamp(milliseconds: 1_766_423_701_000)
    static let uuid = "135fef3b-b4ac-485f-b9bf-e8beef4990c7"
    static let publicOnly = EgressPolicy.publicOnly

    /// The day of `now`.
    static func today() throws -> CalendarDate { try #require(CalendarDate(year: 2025, month: 12, day: 22)) }

    static let patientBody = SampleBodies.patient

    static func details() throws -> PatientDetails {
        try PatientDetails(parsing: patientBody, today: today())
    }

    /// The guide's example of an order.
    static let orderBody = SampleBodies.order

    static let medication = CatalogItem.sample

    static let shipping = Order.Shipping(carrier: "USPS", tracking: "9400111899223033005012", status: "In Transit")

    /// The order of `body`, just placed, and its first event.
    static func placed(_ body: JSON = orderBody) throws -> (order: Order, event: OrderEvent) {
        let draft = try OrderDraft(parsing: body, egress: publicOnly)
        let id = try #require(OrderID("fd44a635-6d0c-47fa-8343-e0d604d46992"))
        let eventID = try #require(EventID(uuid))
        return Order.placed(id: id, eventID: eventID, terms: draft.terms, medication: medication, at: now)
    }
}

extension Order {
    /// The order after reports; all events have the same id.
    func applying(_ reports: [Report], at now: Timestamp) -> (order: Order, events: [OrderEvent]) {
        applying(reports, at: now, newEventID: { EventID(Fixtures.uuid) ?? EventID(UUID()) })
    }

    func applying(_ report: Report, at now: Timestamp) -> (order: Order, events: [OrderEvent]) {
        applying([report], at: now)
    }
}
