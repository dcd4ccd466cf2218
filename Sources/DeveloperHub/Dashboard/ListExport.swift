internal import HTTPTypes
internal import Hummingbird
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// A list of the dashboard as a file, page after page while it is sent, so that a list of any length needs the memory of one page.
struct ListExport: Sendable {
    enum Format: String, CaseIterable {
        /// RFC 4180, with a header line.
        case csv
        /// One JSON object on each line.
        case jsonLines = "jsonl"

        var contentType: String {
            switch self {
            case .csv: "text/csv; charset=utf-8; header=present"
            case .jsonLines: "application/jsonl"
            }
        }
    }

    /// Rows, and where the next ones are; `nil` at the end.
    typealias Part = (rows: [JSON], next: String?)

    /// Of the file, without its end.
    let name: String
    /// The members of each row that the file has.
    let columns: [String]
    /// Reads the rows after a position; from the start, if it is `nil`.
    let part: @Sendable (_ position: String?) async throws -> Part

    static let perPage = 100

    /// An export of a list with cursors.
    init(
        _ name: String, columns: [String], page: @escaping @Sendable (PageRequest) async throws -> Page<JSON>
    ) {
        self.init(name, columns: columns) { position in
            let found = try await page(
                PageRequest(afterIfAny: position.flatMap(ListCursor.init), perPage: ListExport.perPage))
            return (found.items, found.nextCursor?.description)
        }
    }

    init(_ name: String, columns: [String], part: @escaping @Sendable (String?) async throws -> Part) {
        self.name = name
        self.columns = columns
        self.part = part
    }

    // MARK: Response

    /// The file, in the format that the query asks for. An error at the first rows is an error of the response; a later one breaks
    /// the connection, so that the client sees that the file is incomplete.
    func response(_ visit: DashboardVisit) async throws -> DashboardResponse {
        guard let format = visit.filter("format").flatMap(Format.init(rawValue:)) else {
            throw ServiceError.invalid(ValidationErrors("format", "format must be csv or jsonl."))
        }
        guard let slot = visit.services.exports.begin(visit.tenant.id) else {
            throw APIError(
                .rateLimited, message: "Other exports are in progress. Try again when they have ended.",
                headers: [.retryAfter: "30"])
        }
        let first = try await part(nil)
        let body = ResponseBody { writer in
            // Held until the body has been sent, or is dropped.
            _ = slot
            try await visit.reportingFailure(of: "an export of \(name)") {
                if format == .csv { try await writer.write(ByteBuffer(string: ListExport.line(columns))) }
                var (rows, next) = first
                while true {
                    if !rows.isEmpty { try await writer.write(ByteBuffer(string: text(rows, format))) }
                    guard let position = next else { break }
                    (rows, next) = try await withAuditActor(as: visit.signedIn.caller, requestID: visit.requestID) {
                        try await part(position)
                    }
                }
                try await writer.finish(nil)
            }
        }
        let file = "\(name)-\(visit.now.description.prefix(10)).\(format.rawValue)"
        return .other(
            Response(
                status: .ok,
                headers: [
                    .contentType: format.contentType, .contentDisposition: "attachment; filename=\"\(file)\"",
                    .cacheControl: "no-store",
                ], body: body))
    }

    // MARK: Text

    func text(_ rows: [JSON], _ format: Format) -> String {
        rows.map { row in
            let values = columns.map { row[$0] ?? .null }
            switch format {
            case .csv: return ListExport.line(values.map(ListExport.text))
            case .jsonLines:
                let members = zip(columns, values).map { JSON.Member($0, $1) }
                return JSON.object(members).written + "\n"
            }
        }.joined()
    }

    /// A value in a cell: lists with spaces between their elements.
    private static func text(_ value: JSON) -> String {
        if value.isNull { return "" }
        if let elements = value.elements { return elements.map(text).joined(separator: " ") }
        return value.text ?? value.written
    }

    private static func line(_ cells: [String]) -> String { CSVRecord.text(of: cells.map(cell)) }

    /// A cell. A text that a spreadsheet would take for a formula gets an apostrophe before it.
    private static func cell(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
        return isFormula ? "'" + text : text
    }

    /// What a page needs for the links to its export with the same filters.
    static func links(_ path: String, _ visit: DashboardVisit) -> [[String: Any]] {
        Format.allCases.map { format in
            let url = visit.url(
                "\(path)/export", setting: "format", to: format.rawValue, without: ["cursor", "before"])
            return ["url": url, "isCSV": format == .csv]
        }
    }
}
