import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("The columns of a table")
struct TableColumnsTests {
    private static let schema = Schema.object([
        .required("name", .string()), .optional("nickname", .string().nullable), .required("age", .integer(0, 30)),
        .optional("tame", .boolean.nullable), .optional("toys", .array(of: .string()).nullable),
        .optional("owner", .reference("Owner")), .optional("visits", .array(of: .object([]))),
    ])
    private static let columns = TableColumns(schema)

    private func rows(_ text: String, atMost limit: Int = 100) throws -> [TableRow] {
        try TableColumnsTests.columns.rows(of: Array(text.utf8), atMost: limit)
    }

    private func bodies(_ text: String) throws -> [JSON] { try rows(text).map { try $0.body.get() } }

    private func problems(_ text: String, atMost limit: Int = 100) -> [String: [String]]? {
        let errors = #expect(throws: ValidationErrors.self) { try rows(text, atMost: limit) }
        return errors.map { Dictionary(uniqueKeysWithValues: $0.fields.map { ($0.name, $0.sentences) }) }
    }

    @Test("A member that a cell can express is a column")
    func names() {
        #expect(TableColumnsTests.columns.all.map(\.name) == ["name", "nickname", "age", "tame", "toys"])
        #expect(TableColumnsTests.columns.all.filter(\.isRequired).map(\.name) == ["name", "age"])
        #expect(TableColumns(.reference("Pet")).all.isEmpty)
    }

    @Test("Each row is a body with its members in the order of the declaration, whatever the order of the columns")
    func order() throws {
        let body: JSON = ["name": "Rex", "nickname": "R", "age": 4]
        #expect(try bodies("name,nickname,age\nRex,R,4\n") == [body])
        #expect(try bodies("age,name,nickname\r\n4,Rex,R") == [body])
        #expect(try rows("age,name\n\n\"4\",\"R\nx\"\n5,Tom\n").map(\.line) == [3, 5])
    }

    @Test("An empty field is an omitted member, and a blank one is not")
    func empty() throws {
        #expect(try bodies("name,nickname,age\n,,\nRex,\"\",4") == [[:], ["name": "Rex", "age": 4]])
        #expect(try bodies("name,age\n ,4") == [["name": " ", "age": 4]])
    }

    @Test("Cells are read in the form of the member, and others are left for it to refuse")
    func forms() throws {
        let text = "name,age,tame,toys\na,4,true,ball\na,-1,yes, ball ; bone;;\na, 4 ,false,;\n"
        #expect(
            try bodies(text) == [
                ["name": "a", "age": 4, "tame": true, "toys": ["ball"]],
                ["name": "a", "age": "-1", "tame": "yes", "toys": ["ball", "bone"]],
                ["name": "a", "age": 4, "tame": false, "toys": []],
            ])
        let many = String(repeating: "x;", count: 100_000)
        #expect(try bodies("name,age,toys\na,4,\(many)").first?["toys"]?.elements?.count == 1_001)
    }

    @Test("A row with more or fewer fields than the first line is refused by itself")
    func width() throws {
        let rows = try rows("name,age\nRex\nRex,4\nRex,4,")
        #expect(rows.map(\.line) == [2, 3, 4])
        let problems = rows.map { row -> [String] in
            if case .failure(let errors) = row.body { errors["item"] } else { [] }
        }
        #expect(
            problems == [
                ["item must have 2 fields, like line 1, but it has 1."], [],
                ["item must have 2 fields, like line 1, but it has 3."],
            ])
    }

    @Test("Long runs of combining marks, which are slow to compare, are errors of their row")
    func marks() throws {
        let rows = try rows("name,age\na\(String(repeating: "\u{301}", count: 100_000)),4\nb,5")
        let errors = #expect(throws: ValidationErrors.self) { try rows.first?.body.get() }
        #expect(errors?["name"] == ["name must not have more than 30 combining marks in a row."])
        #expect(try rows.last?.body.get() == ["name": "b", "age": 5])
    }

    @Test("Every fault of the first line is reported, and none of its texts is repeated")
    func header() {
        #expect(
            problems("nmae,age,age,Jane\n") == [
                "body": [
                    "Column 1 in line 1 is unknown. Did you mean `name`?", "Column 4 in line 1 is unknown.",
                    "The columns are separated by commas and named name, nickname, age, tame, toys.",
                ],
                "age": ["age must appear only once in line 1."],
                "name": ["name is required: line 1 must have a column of this name."],
            ])
        let start = ["body": ["body must begin with a line of column names: name, nickname, age, tame, toys."]]
        for text in ["", "\n", "\nname,age\nRex,4"] { #expect(problems(text) == start) }
        #expect(problems("owner,name,age\n")?["body"]?.first == "Column 1 in line 1 is unknown.")
    }

    @Test("More rows than the limit are refused, and not read")
    func limit() throws {
        #expect(try rows("name,age\na,1\nb,2\n", atMost: 2).count == 2)
        #expect(
            problems("name,age\na,1\nb,2\n\n\"c", atMost: 2)
                == ["body": ["body must have at most 2 rows. Line 5 begins one more."]])
    }

    @Test("A text that is not CSV is refused with the place")
    func syntax() {
        let error = #expect(throws: APIError.self) { try rows("name,age\nRex,\"4\n") }
        #expect(error?.code == .malformedCSV)
        #expect(error?.message == "The body is not valid CSV: a quotation mark is not closed (line 2, column 5).")
        let wide = #expect(throws: APIError.self) { try rows(String(repeating: ",", count: 1_000)) }
        #expect(wide?.message.hasPrefix("The body exceeds a limit: a line has more than 256 fields (line 1, ") == true)
    }

    @Test("What was written from bodies is read as the same bodies")
    func writing() throws {
        let pets: [JSON] = [
            ["name": "Rex, \"the\" dog", "age": 4, "tame": true, "toys": ["ball", "bone"]],
            ["name": "b\r\nc", "age": 0],
        ]
        let text = TableColumnsTests.columns.text(of: pets)
        #expect(text.hasPrefix("name,age,tame,toys\r\n"))
        #expect(try bodies(text) == pets)
    }

    // MARK: Patients

    @Test("A table of patients has a column for each member that partners can set, and the key")
    func patients() throws {
        let names = PatientBatchEndpoint.columns.all.map(\.name)
        let members = PatientResource.details.schema.json["properties"]?.members ?? []
        let expressible = members.filter { $0.value["$ref"] == nil && $0.value["anyOf"] == nil }
        #expect(Set(names).isSuperset(of: ["first_name", "date_of_birth", "zip", "external_id", "idempotency_key"]))
        #expect(Set(names).isSubset(of: expressible.map(\.name) + ["idempotency_key"]))
    }

    @Test("The examples of a table in the document are those in JSON")
    func examples() throws {
        let operation = PatientBatchEndpoint.endpoint.operation
        let content = OperationObject(operation).json["requestBody"]?["content"]
        #expect(content?.members?.map(\.name) == ["application/json", "text/csv"])
        for example in try #require(operation.body?.examples) {
            let text = try #require(content?["text/csv"]?["examples"]?[example.name]?["value"]?.text)
            let rows = try PatientBatchEndpoint.columns.rows(of: Array(text.utf8), atMost: 100)
            #expect(try rows.map { try $0.body.get() } == example.value["items"]?.elements)
        }
    }

    @Test("Any valid patients are the same as a table and as JSON")
    func properties() throws {
        var generator = SeededGenerator(seed: 62704)
        let context = WireContext(today: CalendarDate(Timestamp(milliseconds: 1_766_423_743_000)), egress: .publicOnly)
        for _ in 0..<200 {
            let patients = (0..<Int.random(in: 1...5, using: &generator)).map { _ in generator.patientDetails() }
            let bodies = patients.map { patient in
                JSON.object(
                    PatientResource.details.responseMembers.map { JSON.Member($0.name, $0.encode(patient)) })
            }
            let table = PatientBatchEndpoint.columns.text(of: bodies)
            let rows = try PatientBatchEndpoint.columns.rows(of: Array(table.utf8), atMost: 100)
            #expect(try rows.map { try PatientResource.details.parse($0.body.get(), context) } == patients)
        }
    }

    @Test("Changed bytes of a table are read or refused without a crash")
    func mutations() throws {
        var generator = SeededGenerator(seed: 7)
        let table = Array(PatientBatchEndpoint.columns.text(of: [PatientResource.details.exampleBody]).utf8)
        var (read, refused) = (0, 0)
        for _ in 0..<3_000 {
            var bytes = table
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: index)
            default: bytes.insert(bytes[index], at: index)
            }
            do {
                let rows = try PatientBatchEndpoint.columns.rows(of: bytes, atMost: 100)
                #expect(rows.count <= 2)
                read += 1
            } catch is ValidationErrors {
                refused += 1
            } catch is APIError {
                refused += 1
            }
        }
        #expect(read > 100 && refused > 100)
    }
}
