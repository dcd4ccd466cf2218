import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("A patient's document")
struct PatientDocumentTests {
    private func patient(_ sync: PatientSync, details: PatientDetails) throws -> Patient {
        Patient(
            id: try #require(PatientID(Fixtures.uuid)), details: details, sync: sync, createdAt: Fixtures.now,
            updatedAt: Fixtures.now + .hours(1))
    }

    @Test("Members follow the contract, in a fixed order; unknown ones are null")
    func document() throws {
        var details = try Fixtures.details()
        details.middleName = nil
        details.phoneWork = nil
        #expect(
            try patient(.pending, details: details).document.written == """
                {"uuid":"135fef3b-b4ac-485f-b9bf-e8beef4990c7","first_name":"Anna","middle_name":null,\
                "last_name":"O'Neill-Ruiz","suffix":null,"date_of_birth":"1990-02-28","gender":"F","email":"anna@example.com",\
                "phone_home":"2025550101","phone_work":null,"phone_cell":"2025550103","address1":"1 Main Street",\
                "address2":"Apt 4","city":"Springfield","state":"IL","zip":"62704","external_id":"EXT-1",\
                "allergies":[],"conditions":[],"medications":[],\
                "sync":{"status":"pending","synced_at":null,"message":null},\
                "created_at":"2025-12-22T17:15:01+00:00","updated_at":"2025-12-22T18:15:01+00:00"}
                """)
    }

    @Test(
        "A shown patient can be read back",
        arguments: [PatientSync.pending, .synced(at: Fixtures.now), .failed(message: "Impetus did not answer.")])
    func roundTrip(sync: PatientSync) throws {
        var sparse = try Fixtures.details()
        sparse.middleName = nil
        sparse.phoneHome = nil
        sparse.phoneWork = nil
        sparse.phoneCell = nil
        sparse.address2 = nil
        sparse.externalID = nil
        for details in [try Fixtures.details(), sparse] {
            let patient = try patient(sync, details: details)
            #expect(Patient(document: try JSON.parse(patient.document.bytes)) == patient)
        }
    }

    @Test("Every generated patient can be read back", arguments: 0..<100)
    func generated(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let patient = generator.patient()
        #expect(Patient(document: try JSON.parse(patient.document.bytes)) == patient)
    }

    @Test(
        "A document with a missing or invalid required member is not a patient",
        arguments: [
            "uuid", "first_name", "last_name", "date_of_birth", "gender", "email", "address1", "city", "state", "zip",
            "sync", "created_at", "updated_at",
        ])
    func noPatient(name: String) throws {
        let document = try patient(.pending, details: Fixtures.details()).document
        #expect(Patient(document: document) != nil)
        #expect(Patient(document: document.without(name)) == nil)
        #expect(Patient(document: document.with(name, 7)) == nil)
    }

    @Test(
        "A document whose sync status is unknown or has no time is not a patient",
        arguments: [["status": "lost"], ["status": "synced"], [:]] as [JSON])
    func noSync(sync: JSON) throws {
        let document = try patient(.pending, details: Fixtures.details()).document
        #expect(Patient(document: document.with("sync", sync)) == nil)
    }

    @Test(
        "Two spellings of one name have the same duplicate key",
        arguments: [
            ("Zoe\u{308}", "ZOË"), ("O'Neil", "O\u{2019}Neil"), ("Mary  Ann", "Mary Ann"), ("Groß", "GROSS"),
            ("\u{FF21}nna", "Anna"), ("Smith-Jones", "Smith\u{2010}Jones"),
        ])
    func duplicateKeyOfSpellings(left: String, right: String) throws {
        var one = try Fixtures.details()
        var other = one
        (one.firstName, other.firstName) = (left, right)
        #expect(one.duplicateKey.hasSameBytes(as: other.duplicateKey))
        one = other
        (one.lastName, other.lastName) = (left, right)
        #expect(one.duplicateKey.hasSameBytes(as: other.duplicateKey))
    }

    @Test(
        "Most names have the duplicate key that earlier versions stored",
        arguments: ["Anna", "O'NEIL", "José", "李"])
    func earlierDuplicateKey(name: String) throws {
        var details = try Fixtures.details()
        details.firstName = name
        #expect(details.duplicateKey.hasSameBytes(as: details.earlierDuplicateKey))
    }

    @Test("The duplicate key ignores the case of the name and the end of the ZIP code")
    func duplicateKey() throws {
        let one = try Fixtures.details()
        var other = one
        other.firstName = "ANNA"
        other.zip = "62704-9999"
        other.email = "other@example.com"
        #expect(one.duplicateKey == other.duplicateKey)
        other.zip = "62705"
        #expect(one.duplicateKey != other.duplicateKey)
        other = one
        other.lastName = "Ruiz"
        #expect(one.duplicateKey != other.duplicateKey)
        other = one
        other.dateOfBirth = try #require(CalendarDate("1990-03-01"))
        #expect(one.duplicateKey != other.duplicateKey)
    }
}
