import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

/// The store writes one JSON for document and representation as long as they are equal (`Rendering.rendersDocument`).
@Suite("Representations as the API sends them")
struct RenderingsTests {
    private static let advice: Comment = """
        The representation is no longer the stored document: set rendersDocument to false in Renderings.wire, so that the \
        document is stored separately.
        """

    private static let seeds: [UInt64] = Array(0..<300)

    private func text(_ representation: Representation) -> String {
        String(decoding: representation.bytes, as: UTF8.self)
    }

    @Test("A patient's representation is the stored document, byte for byte")
    func patients() throws {
        try #require(Renderings.wire.patient.rendersDocument)
        for seed in RenderingsTests.seeds {
            var generator = SeededGenerator(seed: seed)
            let patient = generator.patient()
            let rendered = Renderings.wire.patient.representation(of: patient, id: patient.id.description)
            #expect(text(rendered) == patient.document.written, RenderingsTests.advice)
            #expect(Patient(document: try JSON.parse(rendered.bytes)) == patient, RenderingsTests.advice)
        }
    }

    @Test("An order's representation is the stored document, byte for byte")
    func orders() throws {
        try #require(Renderings.wire.order.rendersDocument)
        for seed in RenderingsTests.seeds {
            var generator = SeededGenerator(seed: seed)
            let order = generator.order()
            let rendered = Renderings.wire.order.representation(of: order, id: order.id.description)
            #expect(text(rendered) == order.document.written, RenderingsTests.advice)
            #expect(Order(document: try JSON.parse(rendered.bytes)) == order, RenderingsTests.advice)
        }
    }

    @Test("Commands that send nothing render as the API does, so that both may write the same database")
    func commands() {
        for seed in RenderingsTests.seeds {
            var generator = SeededGenerator(seed: seed)
            let (patient, deleted, order) = (generator.patient(), generator.deletedPatient(), generator.order())
            #expect(
                Renderings.documents.patient.representation(of: patient, id: "1").bytes
                    == Renderings.wire.patient.representation(of: patient, id: "1").bytes)
            #expect(
                Renderings.documents.deletedPatient.representation(of: deleted, id: "2").bytes
                    == Renderings.wire.deletedPatient.representation(of: deleted, id: "2").bytes)
            #expect(
                Renderings.documents.order.representation(of: order, id: "3").bytes
                    == Renderings.wire.order.representation(of: order, id: "3").bytes)
        }
    }

    /// The members of each version of a representation, in their order. The entry of a released version never changes.
    private static let patientMembers = [
        1: [
            "uuid", "first_name", "middle_name", "last_name", "date_of_birth", "gender", "email", "phone_home",
            "phone_work", "phone_cell", "address1", "address2", "city", "state", "zip", "external_id", "sync",
            "created_at", "updated_at",
        ],
        2: [
            "uuid", "first_name", "middle_name", "last_name", "suffix", "date_of_birth", "gender", "email",
            "phone_home",
            "phone_work", "phone_cell", "address1", "address2", "city", "state", "zip", "external_id", "allergies",
            "conditions", "medications", "sync", "created_at", "updated_at",
        ],
    ]
    private static let orderMembers = [
        1: [
            "uuid", "status", "order_id", "customer_id", "patient_id", "pharmacy_id", "medication",
            "dispense_quantity", "days_supply", "memo", "clinical_notes", "webhook_urls", "shipping", "shipments",
            "dispatch", "status_history", "event_sequence", "created_at", "updated_at",
        ],
        2: [
            "uuid", "status", "order_id", "customer_id", "patient_id", "pharmacy_id", "medication",
            "dispense_quantity", "days_supply", "memo", "clinical_notes", "webhook_urls", "webhook_urls_since",
            "ship_to",
            "shipping_method", "prescriber", "directions", "refills_authorized", "shipping", "shipments", "dispatch",
            "status_history", "event_sequence", "refill_of", "refills", "created_at", "updated_at",
        ],
    ]

    @Test("A representation with other members has another version, so that stored ones are rendered again")
    func versions() {
        let advice: Comment = "raise the version in the resource, and add its members here"
        var generator = SeededGenerator(seed: 1)
        #expect(
            generator.patient().json.members?.map(\.name)
                == RenderingsTests.patientMembers[Renderings.wire.patient.version], advice)
        #expect(
            generator.order().json.members?.map(\.name)
                == RenderingsTests.orderMembers[Renderings.wire.order.version], advice)
    }

    @Test("A deleted patient is shown by id and time alone")
    func deletedPatient() {
        var generator = SeededGenerator(seed: 1)
        let deleted = DeletedPatient(
            id: generator.identifier(), deletedAt: Timestamp(milliseconds: 1_766_423_701_000))
        #expect(
            text(Renderings.wire.deletedPatient.representation(of: deleted, id: "x"))
                == #"{"uuid":"\#(deleted.id)","deleted_at":"2025-12-22T17:15:01+00:00"}"#)
    }
}
