import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("A patient from a request's body")
struct PatientResourceTests {
    @Test("A body with every member is read as it is")
    func whole() throws {
        let details = try Fixtures.details()
        #expect(details.firstName == "Anna")
        #expect(details.middleName == "Maria")
        #expect(details.lastName == "O'Neill-Ruiz")
        #expect(details.dateOfBirth.description == "1990-02-28")
        #expect(details.gender == .female)
        #expect(details.email == "anna@example.com")
        #expect(
            [details.phoneHome, details.phoneWork, details.phoneCell] == ["2025550101", "2025550102", "2025550103"])
        #expect(details.address1 == "1 Main Street")
        #expect(details.address2 == "Apt 4")
        #expect([details.city, details.state, details.zip] == ["Springfield", "IL", "62704"])
        #expect(details.externalID == "EXT-1")
    }

    @Test(
        "Optional members may be absent, null or blank, and unknown ones are ignored",
        arguments: [nil, JSON.null, "", "  "])
    func optional(value: JSON?) throws {
        var body = SampleBodies.patient.with("nickname", 7)
        for name in ["middle_name", "phone_home", "phone_work", "phone_cell", "address2", "external_id"] {
            body = value.map { body.with(name, $0) } ?? body.without(name)
        }
        let details = try PatientDetails(parsing: body, today: Fixtures.today())
        #expect([details.middleName, details.phoneHome, details.phoneWork, details.phoneCell] == [nil, nil, nil, nil])
        #expect([details.address2, details.externalID] == [nil, nil])
    }

    @Test("Text is trimmed")
    func trimmed() throws {
        let body = SampleBodies.patient.with("first_name", "  Anna\u{A0}\n").with("zip", " 62704 ")
        let details = try PatientDetails(parsing: body, today: Fixtures.today())
        #expect(details.firstName == "Anna")
        #expect(details.zip == "62704")
    }

    @Test("Every missing member is reported at once, in the order of the declaration")
    func missing() throws {
        let today = try Fixtures.today()
        let error = #expect(throws: ValidationErrors.self) { try PatientDetails(parsing: [:], today: today) }
        let required = [
            "first_name", "last_name", "date_of_birth", "gender", "email", "address1", "city", "state", "zip",
        ]
        #expect(error?.fields.map(\.name) == required)
        for name in required { #expect(error?[name] == ["\(name) is required."]) }
    }

    @Test("Every invalid member is reported at once, with one message each")
    func wrong() throws {
        let today = try Fixtures.today()
        let body: JSON = [
            "first_name": "Anna1", "middle_name": 5, "last_name": "", "date_of_birth": "2025-02-29", "gender": "X",
            "email": "nobody", "phone_home": "1", "phone_work": 2_025_550_101, "phone_cell": "abc",
            "address1": .string(String(repeating: "a", count: 61)), "address2": ["x"], "city": nil, "state": "Illinois",
            "zip": "1234", "external_id": .string(String(repeating: "a", count: 101)),
        ]
        let error = #expect(throws: ValidationErrors.self) { try PatientDetails(parsing: body, today: today) }
        #expect(error?.fields.map(\.name) == body.members?.map(\.name), "in the order of the declaration")
        #expect(error?.fields.allSatisfy { $0.sentences.count == 1 } == true)
    }

    @Test(
        "Each member has its rule and its message",
        arguments: [
            (
                "first_name", "An3na",
                "first_name may have letters, spaces, hyphens and apostrophes only: it has “3” (the 3rd character)."
            ),
            ("first_name", .string(String(repeating: "a", count: 36)), "first_name must be at most 35 characters."),
            (
                "last_name", "Smith!",
                "last_name may have letters, spaces, hyphens and apostrophes only: it has “!” (the 6th character)."
            ),
            ("last_name", nil, "last_name must not be null."), ("last_name", " ", "last_name must not be blank."),
            (
                "middle_name", "B.",
                "middle_name may have letters, spaces, hyphens and apostrophes only: it has “.” (the 2nd character)."
            ),
            ("middle_name", .string(String(repeating: "é", count: 36)), "middle_name must be at most 35 characters."),
            ("gender", "m", "gender must be M, F or U."), ("gender", "Male", "gender must be M, F or U."),
            ("gender", true, "gender must be a string."),
            ("email", "a@b", "email must be an e-mail address: its domain, after the @, has no dot."),
            ("email", .string(String(repeating: "a", count: 255)), "email must be at most 254 characters."),
            (
                "phone_home", "202-555-0101",
                "phone_home must be exactly 10 digits: “-” (the 4th character) is no digit."
            ),
            ("phone_work", "202555010", "phone_work must be exactly 10 digits: it has 9."),
            ("phone_cell", 2_025_550_101, "phone_cell must be a string."),
            ("address1", .string(String(repeating: "a", count: 61)), "address1 must be at most 60 characters."),
            ("address2", .string(String(repeating: "a", count: 61)), "address2 must be at most 60 characters."),
            ("city", "Spring\nfield", "city must not contain control characters: it has U+000A (the 7th character)."),
            ("state", "il", "state must be the two-letter code of a US state or territory, in upper case."),
            ("state", "XX", "state must be the two-letter code of a US state or territory: there is no such code."),
            ("state", "Illinois", "state must be the two-letter code of a US state or territory, like IL."),
            ("zip", "6270", "zip must be 5 or 9 digits: it has 4."), ("zip", 62704, "zip must be a string."),
            ("external_id", .string(String(repeating: "a", count: 101)), "external_id must be at most 100 characters."),
        ] as [(String, JSON, String)])
    func oneMember(name: String, value: JSON, sentence: String) throws {
        let today = try Fixtures.today()
        let old = try Fixtures.details()
        let body = SampleBodies.patient.with(name, value)
        let error = #expect(throws: ValidationErrors.self) { try PatientDetails(parsing: body, today: today) }
        #expect(error?.fields.map(\.name) == [name])
        #expect(error?[name] == [sentence])
        #expect(throws: error ?? ValidationErrors(), "a change follows the same rule") {
            try old.merging(.object([JSON.Member(name, value)]), today: today)
        }
    }

    @Test("Names are converted to Normalization Form C and measured in it")
    func normalized() throws {
        let decomposed = String(repeating: "e\u{301}\u{323}", count: 35)
        let body = SampleBodies.patient.with("first_name", .string(decomposed)).with("city", "Zu\u{308}rich")
            .with("external_id", "E\u{301}-1")
        let details = try PatientDetails(parsing: body, today: Fixtures.today())
        #expect(details.firstName.utf8.elementsEqual(String(repeating: "\u{1EB9}\u{301}", count: 35).utf8))
        #expect(details.city.utf8.elementsEqual("Z\u{FC}rich".utf8))
        #expect(details.externalID?.utf8.elementsEqual("\u{C9}-1".utf8) == true)
    }

    @Test(
        "A member may be as long as its limit",
        arguments: [
            ("first_name", 35), ("middle_name", 35), ("last_name", 35), ("address1", 60), ("address2", 60),
            ("city", 60),
            ("external_id", 100),
        ])
    func longest(name: String, limit: Int) throws {
        let text = String(repeating: "é", count: limit)
        let details = try PatientDetails(
            parsing: SampleBodies.patient.with(name, .string(text)), today: Fixtures.today())
        #expect(details.members.first { $0.name == name }?.value == .string(text))
    }

    @Test(
        "A date of birth is a day of the calendar before today, written YYYY-MM-DD",
        arguments: [
            ("2025-12-21", nil), ("2024-02-29", nil), ("2000-02-29", nil), ("1900-01-01", nil),
            ("2025-12-22", "must be in the past."), ("2025-12-23", "must be in the past."),
            ("9999-12-31", "must be in the past."), ("1899-12-31", "must not be before 1900-01-01."),
            (
                "2025-02-29",
                "must be a day of the calendar, written YYYY-MM-DD: the day must be 01 to 28 in that month."
            ),
            (
                "1900-02-29",
                "must be a day of the calendar, written YYYY-MM-DD: the day must be 01 to 28 in that month."
            ),
            (
                "1990-04-31",
                "must be a day of the calendar, written YYYY-MM-DD: the day must be 01 to 30 in that month."
            ),
            ("1990-13-01", "must be a day of the calendar, written YYYY-MM-DD: the month must be 01 to 12."),
            ("0000-01-01", "must be a day of the calendar, written YYYY-MM-DD: there is no year 0000."),
            (
                "1990/01/01",
                "must be a day of the calendar, written YYYY-MM-DD: “/” (the 5th character) must be a hyphen."
            ),
            (
                "02/28/1990",
                "must be a day of the calendar, written YYYY-MM-DD: “/” (the 3rd character) must be a digit."
            ),
            (
                "1990-2-28",
                "must be a day of the calendar, written YYYY-MM-DD: “-” (the 7th character) must be a digit."
            ),
            (
                "1990-02-28T00:00:00Z",
                "must be a day of the calendar, written YYYY-MM-DD: it has 20 characters, not 10."
            ),
            (
                "1990-02-2٣",
                "must be a day of the calendar, written YYYY-MM-DD: “٣” (the 10th character) must be a digit."
            ),
        ] as [(String, String?)])
    func birthDate(text: String, sentence: String?) throws {
        let today = try Fixtures.today()
        let body = SampleBodies.patient.with("date_of_birth", .string(text))
        if let sentence {
            let error = #expect(throws: ValidationErrors.self) { try PatientDetails(parsing: body, today: today) }
            #expect(error?["date_of_birth"] == ["date_of_birth \(sentence)"])
        } else {
            #expect(try PatientDetails(parsing: body, today: today).dateOfBirth.description == text)
        }
    }

    @Test("A change replaces the members in its body and no others")
    func merging() throws {
        let old = try Fixtures.details()
        for member in old.members {
            let other: JSON =
                switch member.name {
                case "date_of_birth": "2000-02-29"
                case "gender": "U"
                case "email": "new@example.org"
                case "phone_home", "phone_work", "phone_cell": "3125550199"
                case "state": "PR"
                case "zip": "00901-1234"
                case "allergies", "conditions", "medications": ["Other", "Another"]
                default: "Other"
                }
            let changed = try old.merging(.object([JSON.Member(member.name, other)]), today: Fixtures.today())
            #expect(JSON.object(changed.members)[member.name] == other)
            #expect(
                JSON.object(changed.members).without(member.name) == JSON.object(old.members).without(member.name))
        }
    }

    @Test(
        "An empty change changes nothing, and neither does one of unknown members",
        arguments: [[:], ["nickname": "x"]] as [JSON])
    func emptyChange(body: JSON) throws {
        let old = try Fixtures.details()
        #expect(try old.merging(body, today: Fixtures.today()) == old)
    }

    @Test(
        "null clears an optional member",
        arguments: ["middle_name", "suffix", "phone_home", "phone_work", "phone_cell", "address2", "external_id"])
    func clearing(name: String) throws {
        let old = try Fixtures.details()
        let changed = try old.merging(.object([JSON.Member(name, nil)]), today: Fixtures.today())
        #expect(JSON.object(changed.members)[name] == JSON.null)
        #expect(JSON.object(changed.members).without(name) == JSON.object(old.members).without(name))
    }

    @Test(
        "null does not clear a required member",
        arguments: ["first_name", "last_name", "date_of_birth", "gender", "email", "address1", "city", "state", "zip"])
    func notClearing(name: String) throws {
        let old = try Fixtures.details()
        let today = try Fixtures.today()
        let error = #expect(throws: ValidationErrors.self) {
            try old.merging(.object([JSON.Member(name, nil)]), today: today)
        }
        #expect(error?[name] == ["\(name) must not be null."])
    }

    @Test("Every invalid member of a change is reported at once")
    func changeAllAtOnce() throws {
        let old = try Fixtures.details()
        let today = try Fixtures.today()
        let error = #expect(throws: ValidationErrors.self) {
            try old.merging(["zip": "1", "gender": 3, "city": "Chicago", "phone_cell": "x"], today: today)
        }
        #expect(error?.fields.map(\.name) == ["gender", "phone_cell", "zip"])
    }
}

extension PatientResourceTests {
    @Test("What a response shows of a patient makes the same patient", arguments: 0..<100)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let details = generator.patientDetails()
        let body = try JSON.parse(JSON.object(details.members).bytes)
        #expect(try PatientDetails(parsing: body, today: Fixtures.today()) == details)
        let other = generator.patientDetails()
        #expect(try other.merging(body, today: Fixtures.today()) == details)
        #expect(try details.merging([:], today: Fixtures.today()) == details)
    }

    @Test("The document's example is a valid body, and makes the example")
    func example() throws {
        let body = PatientResource.details.exampleBody
        let details = try PatientDetails(parsing: body, today: Fixtures.today())
        #expect(details == PatientResource.details.example)
        let today = try Fixtures.today()
        #expect(throws: Never.self) { try details.validate(today: today) }
        #expect(throws: Never.self) { try details.merging(PatientResource.changesExample, today: today) }
    }

    @Test("The schema of a new patient requires what the parser requires; that of changes requires nothing")
    func schemas() throws {
        let today = try Fixtures.today()
        let schema = PatientResource.details.schema.json
        let missing = #expect(throws: ValidationErrors.self) { try PatientDetails(parsing: [:], today: today) }
        #expect(schema["required"]?.elements?.compactMap(\.text) == missing?.fields.map(\.name))
        let changes = PatientResource.details.changesSchema.json
        #expect(changes["required"] == nil && changes["properties"] == schema["properties"])
        for property in schema["properties"]?.members ?? [] {
            let isNullable = property.value["type"]?.elements?.contains("null") == true
            let body = SampleBodies.patient.with(property.name, nil)
            let isAccepted = (try? PatientDetails(parsing: body, today: today)) != nil
            #expect(isNullable == isAccepted, "\(property.name)")
        }
    }

    @Test("A shown patient has the members of its body, in the same order")
    func shown() throws {
        let members = PatientResource.details.responseMembers.map(\.name)
        #expect(
            PatientResource.patient.exampleJSON.members?.map(\.name)
                == ["uuid"] + members + ["sync", "created_at", "updated_at"])
    }

    @Test(
        "A limit in the schema is the rule's", arguments: [("first_name", 35), ("address1", 60), ("external_id", 100)])
    func limits(name: String, limit: Int) {
        #expect(PatientResource.details.schema.json["properties"]?[name]?["maxLength"] == JSON(limit))
    }
}

private enum Fixtures {
    static func today() throws -> CalendarDate { try #require(CalendarDate(year: 2025, month: 12, day: 22)) }

    static func details() throws -> PatientDetails {
        try PatientDetails(parsing: SampleBodies.patient, today: today())
    }
}

extension PatientDetails {
    /// The members as responses show them.
    fileprivate var members: [JSON.Member] {
        PatientResource.details.responseMembers.map { JSON.Member($0.name, $0.encode(self)) }
    }
}
