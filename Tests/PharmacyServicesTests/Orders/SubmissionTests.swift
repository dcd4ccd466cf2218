import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("Outcomes that are recorded for an idempotency key")
struct SubmissionTests {
    @Test("An order that was placed can be read back", arguments: 0..<30)
    func placed(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let duplicates: [OrderID] = (0..<Int(seed % 3)).map { _ in generator.identifier() }
        let submission = Submission.placed(PlacedOrder(order: generator.order(), possibleDuplicates: duplicates))
        #expect(Submission(outcome: try JSON.parse(submission.outcome.bytes)) == submission)
    }

    @Test("A price that had changed can be read back")
    func priceChanged() throws {
        let submission = Submission.priceChanged(
            expected: Price(wholeDollars: 1), current: try #require(Price("188.01")))
        #expect(submission.outcome.written == #"{"expected":"1.00","current":"188.01"}"#)
        #expect(Submission(outcome: submission.outcome) == submission)
    }

    @Test("The document is recorded as text, as in earlier versions, and their outcomes can be read")
    func earlierProgram() throws {
        var generator = SeededGenerator(seed: 1)
        let order = generator.order()
        let text = order.document.written
        #expect(
            Submission.placed(PlacedOrder(order: order, possibleDuplicates: [])).outcome == ["document": .string(text)])
        let earlier = Order.placed(
            id: order.id, eventID: generator.identifier(), terms: order.terms, medication: order.medication,
            at: order.createdAt
        ).order
        let stored = earlier.document.without("shipments").without("event_sequence").without("updated_at").written
        #expect(
            Submission(outcome: ["document": .string(stored)])
                == .placed(PlacedOrder(order: earlier, possibleDuplicates: [])))
    }

    @Test(
        "Any other text is not an outcome",
        arguments: [
            [:], ["document": "{}"], ["document": "{"], ["document": [:]], ["expected": "1.00"],
            ["expected": "1.00", "current": "1"],
        ] as [JSON])
    func noOutcome(json: JSON) {
        #expect(Submission(outcome: json) == nil)
    }

    @Test("A created patient can be read back with its possible duplicates", arguments: 0..<30)
    func createdPatient(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let duplicates: [PatientID] = (0..<3).map { _ in generator.identifier() }
        let created = CreatedPatient(patient: generator.patient(), possibleDuplicates: duplicates)
        #expect(created.outcome["document"] == .string(created.patient.document.written))
        #expect(CreatedPatient(outcome: try JSON.parse(created.outcome.bytes)) == created)
        for name in ["document", "duplicates"] {
            #expect(CreatedPatient(outcome: created.outcome.without(name)) == nil)
        }
        #expect(CreatedPatient(outcome: created.outcome.with("document", "{}")) == nil)
    }
}
