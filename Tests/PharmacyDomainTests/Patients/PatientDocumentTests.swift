import PharmacyDomain
import Testing

@Suite("A patient as the API shows it")
struct PatientDocumentTests {
    private func patient(_ sync: PatientSync, details: PatientDetails) throws -> Patient {
        Patient(
            id: try #require(PatientID(Fixtures.uuid)), details: details, sync: sync, createdAt: Fixtures.now,
            updatedAt: Fixtures.now + .hours(1))
    }

    @Test("Its members are the contract's, in one order, those that are not known null")
    func document() throws {
        var details = try Fixtures.details()
        details.middleName = nil
        details.phoneWork = nil
        #expect(
            try patient(.pending, details: details).document.written == """
                {"uuid":"135fef3b-b4ac-485f-b9bf-e8beef4990c7","first_name":"Anna","middle_name":null,\
                "last_name":"O'Neill-Ruiz","date_of_birth":"1990-02-28","gender":"F","email":"anna@example.com",\
                "phone_home":"2025550101","phone_work":null,"phone_cell":"2025550103","address1":"1 Main Street",\
                "address2":"Apt 4","city":"Springfield","state":"IL","zip":"62704","external_id":"EXT-1",\
                "sync":{"status":"pending","synced_at":null,"message":null},\
                "created_at":"2025-12-22T17:15:01+00:00","updated_at":"2025-12-22T18:15:01+00:00"}
                """)
    }

    @Test(
        "What is shown can be read back",
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

    @Test(
        "A document that lacks what every patient has, or has it wrong, is none",
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
        "A sync status that is not known, or has no moment, is none",
        arguments: [["status": "lost"], ["status": "synced"], [:]] as [JSON])
    func noSync(document: JSON) {
        #expect(PatientSync(document: document) == nil)
    }

    @Test(
        "Two ways to write one name are one likeness",
        arguments: [
            ("Zoe\u{308}", "ZOË"), ("O'Neil", "O\u{2019}Neil"), ("Mary  Ann", "Mary Ann"), ("Groß", "GROSS"),
            ("\u{FF21}nna", "Anna"), ("Smith-Jones", "Smith\u{2010}Jones"),
        ])
    func likenessOfNames(left: String, right: String) throws {
        var one = try Fixtures.details()
        var other = one
        (one.firstName, other.firstName) = (left, right)
        #expect(one.duplicateKey.hasSameBytes(as: other.duplicateKey))
        one = other
        (one.lastName, other.lastName) = (left, right)
        #expect(one.duplicateKey.hasSameBytes(as: other.duplicateKey))
    }

    @Test(
        "Of most names the likeness is the one that earlier versions stored",
        arguments: ["Anna", "O'NEIL", "José", "李"])
    func earlierDuplicateKey(name: String) throws {
        var details = try Fixtures.details()
        details.firstName = name
        #expect(details.duplicateKey.hasSameBytes(as: details.earlierDuplicateKey))
    }

    @Test("Two records of one person are alike whatever the case of the name and the end of the ZIP code")
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
