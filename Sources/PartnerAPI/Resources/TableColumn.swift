import PharmacyDomain

/// A column of a table: a member of a resource that a cell can express.
package struct TableColumn: Sendable {
    /// How a cell expresses the member.
    private enum Form {
        case text
        /// Decimal digits.
        case integer
        /// `true` or `false`.
        case boolean
        /// Texts with semicolons between them.
        case list
    }

    /// The name of the member.
    package let name: String
    package let isRequired: Bool
    private let form: Form

    /// The most elements of a cell with a list. What follows stays in the last one, and the member refuses so many.
    private static let elementLimit = 1_000

    /// - Returns: `nil` for a member that needs more than one cell, such as an object.
    init?(_ property: Schema.Property) {
        switch property.schema.kind {
        case .string: form = .text
        case .integer: form = .integer
        case .boolean: form = .boolean
        case .array(let element, _):
            guard case .string = element.kind else { return nil }
            form = .list
        case .object, .dictionary, .reference, .anyOf: return nil
        }
        name = property.name
        isRequired = property.isRequired
    }

    /// Whether the cells have several texts.
    package var isList: Bool { form == .list }

    /// The member that a cell stands for. A cell that is not written in the column's form becomes a string, which the member
    /// itself refuses, as it does in a JSON body.
    func value(_ cell: String) -> JSON {
        switch form {
        case .text: return .string(cell)
        case .integer: return ASCIIDigits.number(cell.trimmed.utf8).map { .integer(Int64($0)) } ?? .string(cell)
        case .boolean:
            switch cell.trimmed {
            case "true": return true
            case "false": return false
            default: return .string(cell)
            }
        case .list:
            let parts = cell.utf8.split(separator: UInt8(ascii: ";"), maxSplits: TableColumn.elementLimit)
            let elements = parts.map { String(Substring($0)).trimmed }
            return .array(elements.filter { !$0.isEmpty }.map(JSON.string))
        }
    }

    /// The cell that stands for a member; empty for `null`.
    func cell(_ value: JSON) -> String {
        if value.isNull { return "" }
        if let elements = value.elements { return elements.map(cell).joined(separator: ";") }
        return value.text ?? value.written
    }
}
