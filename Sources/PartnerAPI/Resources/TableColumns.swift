package import PharmacyDomain

/// The columns that a table of new resources may have, made from the declared members of the resource: a new member needs nothing
/// here. A row of a table becomes the body of a single request.
package struct TableColumns: Sendable {
    /// In the order of the members.
    package let all: [TableColumn]

    /// - Parameter schema: of the body of a single request.
    package init(_ schema: Schema) {
        guard case .object(let properties) = schema.kind else {
            all = []
            return
        }
        all = properties.compactMap(TableColumn.init)
    }

    private var names: String { all.map(\.name).joined(separator: ", ") }

    // MARK: Reading

    /// Reads a table whose first line has the names of its columns, in any order.
    /// - Parameter limit: the most rows.
    /// - Throws: `APIError` if it is not CSV (400); `ValidationErrors` for every fault of the first line, or too many rows. A fault
    ///   of one row is the result of that row.
    package func rows(of bytes: [UInt8], atMost limit: Int) throws -> [TableRow] {
        let document: CSVDocument
        do {
            document = try CSVDocument.parse(bytes, atMost: limit + 1)
        } catch {
            let place = "line \(error.line), column \(error.column)"
            let what = error.exceedsLimit ? "exceeds a limit" : "is not valid CSV"
            throw APIError(.malformedCSV, message: "The body \(what): \(error.problem) (\(place)).")
        }
        guard let header = document.records.first, header.line == 1 else {
            throw ValidationErrors("body", "body must begin with a line of column names: \(names).")
        }
        let places = try places(of: header)
        if let nextLine = document.nextLine {
            throw ValidationErrors("body", "body must have at most \(limit) rows. Line \(nextLine) begins one more.")
        }
        return document.records.dropFirst().map { row($0, places: places, width: header.fields.count) }
    }

    /// Where the columns of a table are: for each of `all` the place of its fields, `nil` for a column that the table lacks.
    ///
    /// The sentences count columns instead of quoting them: if the line of names is missing, they are the data of a patient.
    private func places(of header: CSVRecord) throws(ValidationErrors) -> [Int?] {
        var errors = ValidationErrors()
        var places = [Int?](repeating: nil, count: all.count)
        var namesAreListed = false
        for (place, name) in header.fields.enumerated() {
            if let index = all.firstIndex(where: { $0.name.hasSameBytes(as: name) }) {
                let column = all[index].name
                if places[index] != nil { errors.add(column, "\(column) must appear only once in line 1.") }
                places[index] = place
            } else if let nearest = NearestName.of(name, among: all.map(\.name)) {
                errors.add("body", "Column \(place + 1) in line 1 is unknown. Did you mean `\(nearest)`?")
            } else {
                errors.add("body", "Column \(place + 1) in line 1 is unknown.")
                namesAreListed = true
            }
        }
        if namesAreListed { errors.add("body", "The columns are separated by commas and named \(names).") }
        for (column, place) in zip(all, places) where column.isRequired && place == nil {
            errors.add(column.name, "\(column.name) is required: line 1 must have a column of this name.")
        }
        try errors.throwIfAny()
        return places
    }

    /// - Parameter width: the number of fields of the first line.
    private func row(_ record: CSVRecord, places: [Int?], width: Int) -> TableRow {
        TableRow(
            line: record.line,
            body: Result { () throws(ValidationErrors) in
                let count = record.fields.count
                guard count == width else {
                    throw ValidationErrors("item", "item must have \(width) fields, like line 1, but it has \(count).")
                }
                var errors = ValidationErrors()
                var members: [JSON.Member] = []
                // In the order of the declaration, so that a row has the same body whatever the order of the columns is.
                for (column, place) in zip(all, places) {
                    guard let place, !record.fields[place].isEmpty else { continue }
                    let cell = record.fields[place]
                    if cell.hasLongMarkRun {
                        errors.add(
                            column.name,
                            "\(column.name) must not have more than \(String.markRunLimit) combining marks in a row.")
                    } else {
                        members.append(JSON.Member(column.name, column.value(cell)))
                    }
                }
                try errors.throwIfAny()
                return .object(members)
            })
    }

    // MARK: Writing

    /// A table with bodies of single requests, without the columns that none of them needs.
    package func text(of bodies: [JSON]) -> String {
        let columns = all.filter { column in bodies.contains { $0[column.name].map { !$0.isNull } ?? false } }
        let rows = bodies.map { body in columns.map { $0.cell(body[$0.name] ?? .null) } }
        return ([columns.map(\.name)] + rows).map(CSVRecord.text).joined()
    }
}

extension TableColumns {
    /// The schema of a table. JSON Schema cannot describe its text, so that it is described in words.
    var schema: Schema {
        let required = all.filter(\.isRequired).map { "`\($0.name)`" }.joined(separator: ", ")
        let others = all.filter { !$0.isRequired }.map { "`\($0.name)`" }.joined(separator: ", ")
        let lists = all.filter(\.isList).map { "`\($0.name)`" }.joined(separator: ", ")
        return .string().described(
            """
            Comma-separated values (RFC 4180) in UTF-8. The first line has the names of the columns, in any order, and each \
            further line is one item, at most \(BatchResource.limit). Required columns: \(required). Others: \(others). An empty \
            field is an omitted member.\(lists.isEmpty ? "" : " Separate the elements of \(lists) by `;`.")
            """)
    }
}
