internal import Foundation

/// The measurements of one engine, as Markdown.
struct Report: Sendable {
    private let engine: Database.Engine
    private let sizes: [Int]
    /// In the order in which they were measured first.
    private var operations: [String] = []
    private var measurements: [String: [Int: [Measurement]]] = [:]
    private var notes: [Int: [(subject: String, text: String)]] = [:]
    private var storages: [Int: Storage] = [:]

    init(engine: Database.Engine, sizes: [Int]) {
        self.engine = engine
        self.sizes = sizes
    }

    mutating func add(_ measurement: Measurement, to operation: String, at size: Int) {
        if measurements[operation] == nil { operations.append(operation) }
        measurements[operation, default: [:]][size, default: []].append(measurement)
    }

    mutating func add(_ storage: Storage, at size: Int) { storages[size] = storage }

    mutating func note(_ subject: String, at size: Int, _ text: String) {
        notes[size, default: []].append((subject, text))
    }

    // MARK: Text

    var text: String {
        """
        ## \(engine.rawValue)

        Median latency of one at a time in µs, and operations each second at 32 at a time (– : not measured so).

        \(operationTable)

        What is on disk, in bytes (the database holds the audit lines of all measured reads, too):

        \(diskTable)

        Bytes for each row at \(Report.grouped(sizes.last ?? 0)) patients and orders:

        \(rowTable)

        \(noteList)

        """
    }

    private var operationTable: String {
        let heads = sizes.flatMap { ["\(Report.grouped($0)): µs", "/s"] }
        let rows = operations.map { name -> [String] in
            let latencies = sizes.map { latency(name, $0) }
            let cells = sizes.flatMap { size in
                [latency(name, size).map(Report.number) ?? "–", rate(name, size).map(Report.number) ?? "–"]
            }
            let growth: String
            if let first = latencies.first ?? nil, let last = latencies.last ?? nil, first > 0 {
                growth = "× \(String(format: "%.1f", last / first))"
            } else {
                growth = "–"
            }
            return [name] + cells + [growth]
        }
        return Report.table(["Operation"] + heads + ["growth"], rows)
    }

    private func latency(_ operation: String, _ size: Int) -> Double? {
        measurements[operation]?[size].map { $0.map(\.microseconds).median }
    }

    private func rate(_ operation: String, _ size: Int) -> Double? {
        let rates = measurements[operation]?[size]?.compactMap(\.eachSecond) ?? []
        return rates.isEmpty ? nil : rates.median
    }

    /// The average size of an audit entry of a write, in bytes. Entries of measured reads are longer.
    private var auditLine: Double {
        guard let storage = sizes.first.flatMap({ storages[$0] }) else { return 0 }
        return Double(storage.bytes(of: "audit_entries")) / Double(max(1, storage.rows(of: "audit_entries")))
    }

    private var diskTable: String {
        let audit = auditLine
        let rows = sizes.compactMap { size -> [String]? in
            guard let storage = storages[size] else { return nil }
            let ofOrders = ["orders", "order_events", "webhook_deliveries", "webhook_attempts"]
                .reduce(Int64(0)) { $0 + storage.bytes(of: $1) }
            let orders = max(1, storage.rows(of: "orders"))
            let patients = Double(storage.bytes(of: "patients")) / Double(max(1, storage.rows(of: "patients")))
            let hasTables = !storage.tables.isEmpty
            return [
                Report.grouped(size), Report.grouped(Int(storage.bytes)),
                hasTables ? Report.number(patients + audit) : "–",
                hasTables ? Report.number(Double(ofOrders) / Double(orders) + audit) : "–",
            ]
        }
        return Report.table(
            [
                "Patients and orders", "database", "a patient and its audit line",
                "an order, its event, delivery, attempts and audit line",
            ], rows)
    }

    private var rowTable: String {
        guard let storage = sizes.last.flatMap({ storages[$0] }) else { return "" }
        var rows: [[String]] = []
        for table in storage.tables {
            let count = Double(max(1, table.rows))
            rows.append([
                table.name, Report.grouped(Int(table.rows)), Report.number(Double(table.bytes) / count),
                Report.number(Double(table.indexBytes) / count),
            ])
            for index in table.indexes {
                rows.append(["– \(index.name)", "", "", Report.number(Double(index.bytes) / count)])
            }
        }
        return Report.table(["Table", "rows", "table", "indexes"], rows)
    }

    private var noteList: String {
        sizes.flatMap { size in
            (notes[size] ?? []).map { "- \(Report.grouped(size)), \($0.subject): \($0.text)" }
        }.joined(separator: "\n")
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        let lines = [head, ["---"] + head.dropFirst().map { _ in "---:" }] + rows
        return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    private static func number(_ value: Double) -> String { grouped(Int(value.rounded())) }

    /// 1234567 as `1,234,567`.
    private static func grouped(_ number: Int) -> String {
        var digits = Array(String(number).reversed())
        var position = 3
        while position < digits.count {
            digits.insert(",", at: position)
            position += 4
        }
        return String(digits.reversed())
    }
}
