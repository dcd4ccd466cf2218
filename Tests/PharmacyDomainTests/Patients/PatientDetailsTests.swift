import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Patient details created in code")
struct PatientDetailsTests {
    /// One change that breaks a rule.
    struct Spoiling: Sendable, CustomTestStringConvertible {
        let member: String
        let sentence: String
        let change: @Sendable (inout PatientDetails) -> Void

        var testDescription: String { "\(member) \(sentence)" }

        init(_ member: String, _ sentence: String, _ change: @escaping @Sendable (inout PatientDetails) -> Void) {
            self.member = member
            self.sentence = sentence
            self.change = change
        }
    }

    private static let long = String(repeating: "a", count: 101)
    private static let letters =
        "may have letters, spaces, hyphens and apostrophes only: it has “1” (the 1st character)."

    static let spoilings: [Spoiling] = [
        Spoiling("first_name", letters) { $0.firstName = "1" },
        Spoiling("first_name", "must not be blank.") { $0.firstName = "" },
        Spoiling("first_name", "must have no white space around it and be in Unicode Normalization Form C.") {
            $0.firstName = " Anna"
        },
        Spoiling("middle_name", letters) { $0.middleName = "1" },
        Spoiling("middle_name", "must not be blank.") { $0.middleName = " " },
        Spoiling("last_name", "must be at most 35 characters.") { $0.lastName = long },
        Spoiling("date_of_birth", "must be in the past.") {
            $0.dateOfBirth = CalendarDate(year: 2025, month: 12, day: 22) ?? $0.dateOfBirth
        },
        Spoiling("date_of_birth", "must not be before 1900-01-01.") {
            $0.dateOfBirth = CalendarDate(year: 1899, month: 12, day: 31) ?? $0.dateOfBirth
        },
        Spoiling("email", "must be an e-mail address: it has no @.") { $0.email = "anna" },
        Spoiling("phone_home", "must be exactly 10 digits: it has 3.") { $0.phoneHome = "202" },
        Spoiling("phone_work", "must be exactly 10 digits: it has 3.") { $0.phoneWork = "202" },
        Spoiling("phone_cell", "must be exactly 10 digits: “+” (the 1st character) is no digit.") {
            $0.phoneCell = "+12025550101"
        },
        Spoiling("address1", "must be at most 60 characters.") { $0.address1 = long },
        Spoiling("address2", "must be at most 60 characters.") { $0.address2 = long },
        Spoiling("city", "must not contain control characters: it has U+0007 (the 2nd character).") {
            $0.city = "a\u{7}b"
        },
        Spoiling("state", "must be the two-letter code of a US state or territory: there is no such code.") {
            $0.state = "XX"
        },
        Spoiling("zip", "must be 5 or 9 digits: it has 4.") { $0.zip = "6270" },
        Spoiling("external_id", "must be at most 100 characters.") { $0.externalID = long },
        Spoiling("suffix", "must be at most 10 characters.") { $0.suffix = long },
        Spoiling("allergies", "must have at most 50 elements.") { $0.allergies = (0..<51).map(String.init) },
        Spoiling("conditions", "has an element, 1, that must not be blank.") { $0.conditions = ["a", " "] },
        Spoiling("medications", "has an element, 0, that must be at most 200 characters.") {
            $0.medications = [long + long]
        },
    ]

    @Test("Details that follow every rule are valid")
    func valid() throws {
        let (details, today) = (try Fixtures.details(), try Fixtures.today())
        #expect(throws: Never.self) { try details.validate(today: today) }
    }

    @Test("Generated details are valid", arguments: 0..<100)
    func generated(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (details, today) = (generator.patientDetails(), try Fixtures.today())
        #expect(throws: Never.self) { try details.validate(today: today) }
    }

    @Test("A value that breaks a rule is refused with its member's message", arguments: spoilings)
    func broken(spoiling: Spoiling) throws {
        var details = try Fixtures.details()
        spoiling.change(&details)
        let (spoiled, today) = (details, try Fixtures.today())
        let errors = #expect(throws: ValidationErrors.self) { try spoiled.validate(today: today) }
        #expect(errors?.fields.map(\.name) == [spoiling.member])
        #expect(errors?[spoiling.member] == ["\(spoiling.member) \(spoiling.sentence)"])
    }

    @Test("Every member with a rule is checked")
    func everyMember() throws {
        let document = Patient(
            id: try #require(PatientID(Fixtures.uuid)), details: try Fixtures.details(), createdAt: Fixtures.now,
            updatedAt: Fixtures.now
        ).document
        let members = Set(document.members?.map(\.name) ?? [])
        let unchecked = members.subtracting(PatientDetailsTests.spoilings.map(\.member))
        #expect(
            unchecked == ["uuid", "gender", "sync", "created_at", "updated_at"],
            "a new member of the patient needs a case above")
    }

    @Test("Every violation is reported at once")
    func allAtOnce() throws {
        var details = try Fixtures.details()
        (details.zip, details.firstName, details.phoneWork) = ("1", "", "2")
        let (spoiled, today) = (details, try Fixtures.today())
        let errors = #expect(throws: ValidationErrors.self) { try spoiled.validate(today: today) }
        #expect(errors?.fields.map(\.name) == ["first_name", "phone_work", "zip"])
    }

    @Test("Of changed details only the members that changed are checked", arguments: spoilings)
    func unchanged(spoiling: Spoiling) throws {
        var old = try Fixtures.details()
        spoiling.change(&old)
        var details = old
        details.gender = .male
        let (before, changed, today) = (old, details, try Fixtures.today())
        #expect(throws: Never.self) { try changed.validate(today: today, changedFrom: before) }
        let valid = try Fixtures.details()
        let errors = #expect(throws: ValidationErrors.self) { try changed.validate(today: today, changedFrom: valid) }
        #expect(errors?.fields.map(\.name) == [spoiling.member])
    }
}
